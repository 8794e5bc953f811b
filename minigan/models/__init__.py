"""Networks: pairs of a generator G and a discriminator D, with their usual settings."""

from minigan.models.dcgan import dcgan
from minigan.models.degraded import Degraded
from minigan.models.mlp import mlp
from minigan.models.noise import Noise
from minigan.models.presets import PRESETS, Preset, build, preset
from minigan.models.recogniser import recogniser
from minigan.models.signals import signals
