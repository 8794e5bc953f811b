"""Samples of a run by their numbers: sample k of a seed is always the same one, however many are drawn with it.

Each number has a random generator of its own, `default_rng([seed, k])`, which its noise is drawn from. G then runs on
whole blocks of BLOCK numbers: the last bits of a matrix product depend on how many rows it has, and so on the company.
A number is a noise, whatever class it is drawn for: a 3 and a 7 of the same number have all but the class in common.
"""

import copy
from pathlib import Path
from typing import Any

import numpy as np

from minigan.models.noise import one_hot, truncated
from minigan.recipes.sampling import load_generator, noise_within, sample, scaling_of, stood
from minigan.recipes.setup import class_number, labels_asked, noise_of
from minigan.report.pictures import columns_of
from minigan.report.samples import kind_of

BLOCK = 64  # numbers that G draws at once
MOST = 10_000_000  # numbers in a list: more are a slip of the pen
ALL, ACROSS = "all", "across"  # words for all classes: a row for each; a column for each


def numbers_of(text: str) -> list[int]:
    """The numbers of a text like "3,17,40-44" -> [3, 17, 40, 41, 42, 43, 44]. Raises ValueError for another text."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise ValueError(f"--numbers expected numbers and ranges, such as 3,17,40-44, got {text!r}")
        first, last = int(first), int(last or first)
        if last < first:
            raise ValueError(f"--numbers expected a range to rise, got {part.strip()}; try {last}-{first}")
        if len(numbers) + last - first >= MOST:
            raise ValueError(f"--numbers names more than {MOST:,} samples; take fewer at once")
        numbers.extend(range(first, last + 1))
    return numbers


class Numbered:
    """The samples of the run in folder `path`, by number.

    truncation: how far from 0 a number of the noise may lie (`minigan.models.noise.truncated`); 0: anywhere; None: as
    in the run's settings. standing: batches that the batch norms of G get new statistics from; None: none.
    code: the code of all samples; None: as the noise has it. Classes come in turn: see `of_class`.
    Raises ValueError as `load_generator`, or for a seed below 0, a truncation out of range, a code that this generator
    does not take.
    """

    label: int | None = None  # the class that all samples are drawn for; None: each in turn

    def __init__(self, path: str | Path, seed: int = 0, truncation: float | None = None,
                 code: int | None = None, standing: int | None = None) -> None:  # fmt: skip
        if seed < 0:
            raise ValueError(f"--seed must be at least 0, got {seed}")
        self.G, config = load_generator(path)
        self.path, self.seed, self.code = path, seed, code
        self.classes, self.names = config["data"]["classes"], config["data"]["class_names"]
        self.source, self.scaling = noise_within(noise_of(config["settings"]), truncation), scaling_of(config)
        self.truncation, self.rate = self.source.truncation, config["data"].get("rate", 0)
        if standing is not None:
            self.G = stood(self.G, config, self.source, standing, path)
        self.conditional = labels_asked(self.G, 1, self.classes) is not None
        if code is not None and not self.source.codes:
            raise ValueError(f"--code is for a run with --codes, and {path} has none; leave it out")
        if code is not None and not 0 <= code < self.source.codes:
            raise ValueError(f"--code must be in 0..{self.source.codes - 1}, got {code}")
        first = self.draw(self.noise([0]), self.labels([0]))  # what is wrong is refused now
        self.shape, self.dtype = first.shape[1:], first.dtype

    def of_class(self, label: int) -> "Numbered":
        """The same numbers, all drawn for one class."""
        one = copy.copy(self)
        one.label = label
        return one

    def classes_in(self, text: str) -> list[int]:
        """The classes that a text names -> their numbers: "7", "cats", "3,7,1"; ALL and ACROSS are all of them. A class
        is named by its name, or by its number where no class has that name. Raises ValueError for an unknown one, and
        where G takes no labels."""
        if not self.conditional:
            raise ValueError(f"--class is for a generator that is told what to draw, and that of {self.path} takes no "
                             "labels; leave it out, or train another: minigan train --recipe projection")  # fmt: skip
        if text in (ALL, ACROSS) and text not in self.names:
            return list(range(self.classes))
        parts = [text] if text in self.names else map(str.strip, text.split(","))
        return [class_number(self.names, part) for part in parts]

    @property
    def many(self) -> int:
        """How many numbers a picture shows, unless it is said."""
        return kind_of(self.shape).many

    @property
    def singles(self) -> list["Numbered"]:
        """What a folder has single pictures of: these samples."""
        return [self]

    def columns(self, count: int) -> int:
        """How many stand in a row of a picture of so many numbers."""
        return columns_of(count)

    def heads(self, numbers: list[int], numbered: bool = False) -> dict[str, Any]:
        """What is written into a picture of these numbers, as fields of `minigan.report.samples.Look`."""
        return {"texts": self.texts(numbers, numbered)}

    def noise(self, numbers: np.ndarray) -> np.ndarray:
        """The noise of these numbers, (n, z_dim + codes) float32. A truncation leaves the codes alone."""
        return np.stack([self._noise(number) for number in numbers])

    def labels(self, numbers: np.ndarray) -> np.ndarray | None:
        """The classes that these numbers are drawn for, (n,): each in turn, or all the same. None: G takes none."""
        if not self.conditional:
            return None
        numbers = np.asarray(numbers)
        return numbers % self.classes if self.label is None else np.full(len(numbers), self.label)

    def draw(self, z: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        """Samples of this noise and these labels (n,), or mixtures of classes (n, classes), in the units of the data.
        Raises ValueError if any is not finite."""
        samples = sample(self.G, z, labels=labels)
        if not np.isfinite(samples).all():
            raise ValueError(f"the generator of {self.path} draws NaNs or infinities: its training diverged; train "
                             "anew")  # fmt: skip
        return self.scaling.undo(samples)

    def samples(self, numbers: list[int]) -> np.ndarray:
        """The samples of these numbers, images (n, H, W, C) in [0, 1], or numbers in the units of the data."""
        numbers = np.asarray(numbers)
        blocks, where = np.unique(numbers // BLOCK, return_inverse=True)
        drawn = np.empty((len(numbers), *self.shape), self.dtype)
        for i, block in enumerate(blocks):
            every = np.arange(BLOCK) + block * BLOCK
            drawn[where == i] = self.draw(self.noise(every), self.labels(every))[numbers[where == i] % BLOCK]
        return drawn

    def texts(self, numbers: list[int], numbered: bool = False) -> list[str] | None:
        """What stands below each sample: its number if it shall, the name of its class if it has one."""
        labels = self.labels(numbers)
        columns = [list(map(str, numbers))] if numbered else []
        columns += [] if labels is None else [[self.names[label] for label in labels]]
        return [": ".join(words) for words in zip(*columns, strict=True)] or None

    def _noise(self, number):
        rng = np.random.default_rng([self.seed, int(number)])
        (z,), n = self.source.sample(1, rng), self.source.z_dim
        if self.truncation is not None:
            z[:n] = truncated(z[:n], self.truncation, rng)
        if self.code is not None:
            z[n:] = one_hot(self.code, self.source.codes)
        return z
