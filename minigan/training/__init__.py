"""The loop around the game: batches, numbers for each step, checkpoints, a watch for NaNs."""

from minigan.training.checkpoint import load_checkpoint, save_checkpoint
from minigan.training.loop import Trainer, run
from minigan.training.watch import Diverged

__all__ = ["Diverged", "Trainer", "load_checkpoint", "run", "save_checkpoint"]
