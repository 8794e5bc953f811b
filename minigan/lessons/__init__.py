"""For the tutorials: how long to train, the library's own lines on show, pictures that explain, and the marking."""

from minigan.lessons.pace import FAST, steps
from minigan.lessons.shown import show

__all__ = ["FAST", "show", "steps"]
