"""Noise against class: every number drawn for every class. What a row shares is the class, and a column the noise, or
the other way round; so it shows what the noise says (slant, stroke) and what the label says.
"""

from typing import Any

import numpy as np

from minigan.recipes.numbered import Numbered
from minigan.report.samples import PROJECTOR, kind_of

EACH = 8  # images of each class, unless it is said: fewer where they would make a picture longer than PROJECTOR


class Crossed:
    """The samples of a Numbered for each of these classes. The numbers are the columns and the classes the rows, or
    with `across` the other way round; all come row by row."""

    def __init__(self, run: Numbered, classes: list[int], across: bool = False) -> None:
        self.singles, self.across, self.shape = [run.of_class(k) for k in classes], across, run.shape
        self.names = [run.names[k] for k in classes]

    @property
    def many(self) -> int:
        """How many numbers a picture shows, unless it is said."""
        kind = kind_of(self.shape)
        return int(np.clip(PROJECTOR // self.shape[0 if self.across else 1], 2, EACH)) if kind.single else kind.many

    def columns(self, count: int) -> int:
        """How many stand in a row of a picture of so many numbers."""
        return len(self.singles) if self.across else count

    def samples(self, numbers: list[int]) -> np.ndarray:
        """(classes times numbers, ...)."""
        return self._in_order([run.samples(numbers) for run in self.singles])

    def labels(self, numbers: list[int]) -> np.ndarray:
        """The class of each, (classes times numbers,)."""
        return self._in_order([run.labels(numbers) for run in self.singles])

    def heads(self, numbers: list[int], numbered: bool = False) -> dict[str, Any]:
        """The names of the classes beside the rows, or above the columns; and if `numbered`, the numbers on the other
        side."""
        sides = self.names, list(map(str, numbers)) if numbered else [""] * len(numbers)
        return dict(zip(("columns", "rows") if self.across else ("rows", "columns"), sides, strict=True))

    def _in_order(self, of_classes):
        """An array for each class -> one array, row by row."""
        table = np.stack(of_classes, axis=1 if self.across else 0)
        return table.reshape(-1, *table.shape[2:])
