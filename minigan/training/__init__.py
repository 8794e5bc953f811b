"""The loop around the game: batches, numbers for each step, checkpoints, growing, the watch for NaN and infinity."""

from minigan.training.checkpoint import load_checkpoint, save_checkpoint
from minigan.training.growing import Growth
from minigan.training.length import StepLimit, TimeLimit
from minigan.training.loop import Trainer, run
from minigan.training.watch import Diverged
