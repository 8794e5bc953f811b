"""Named trainings: settings in, a run folder out."""

from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.settings import Settings
from minigan.recipes.train import train

__all__ = ["Settings", "load_generator", "sample", "train"]
