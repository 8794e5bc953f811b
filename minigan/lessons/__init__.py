"""What the notebooks share: the length of trainings, minigan's source printed, pictures; and exercises with marking."""

from minigan.lessons.pace import FAST, steps
from minigan.lessons.shown import show
