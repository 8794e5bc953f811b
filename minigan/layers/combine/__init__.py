"""Layers made of layers: one after the other, or side by side."""

from minigan.layers.combine.base import Composite
from minigan.layers.combine.condition import SharedCondition
from minigan.layers.combine.parallel import Concat, Identity, Sum
from minigan.layers.combine.sequential import Sequential
