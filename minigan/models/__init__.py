"""Networks: pairs of a generator G and a discriminator D, with their usual settings."""

from minigan.models.dcgan import dcgan
from minigan.models.mlp import mlp
from minigan.models.presets import PRESETS, Preset, build, preset

__all__ = ["PRESETS", "Preset", "build", "dcgan", "mlp", "preset"]
