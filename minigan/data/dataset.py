"""What every source of data hands back: arrays, where they come from, and a hash that names them.

Images stay as uint8 (0 is black, 255 white) until `prepare` makes the input of a network from them; 2-D points are
float32 from the start.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from .cleaning import CleaningReport
from .scaling import Scaling

SPLITS = ("train", "test", "all")

# For folders and .npz files, which bring no hold-out of their own: one image in ten is kept for evaluation.
HOLD_OUT_EVERY = 10
NAMED = 5  # how many classes a note names


class Reading(NamedTuple):
    """What is read of a source, before it is hashed; `names`, `scaling`: see Dataset. Without `classes` the numbers are
    the names of the classes."""

    x: np.ndarray
    labels: np.ndarray | None
    report: CleaningReport
    classes: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    scaling: Scaling = Scaling()


@dataclass(frozen=True, eq=False)
class Dataset:
    """One split of one data set, read, cleaned and hashed.

    Attributes:
        name: the text it was asked for with, such as "digits" or "folder:faces".
        split: "train", "test" or "all".
        x: uint8 images (N, H, W, C) with C = 1 or 3 and values 0..255; or float32: points (N, 2), tables (N, d),
            signals (N, T, C).
        labels: int64 (N,) in 0..len(classes)-1, or None when the source has no classes.
        classes: the name of each class, or None without labels. A class may have no sample in this split.
        sha256: hash of the arrays (shape, dtype and bytes), 64 hexadecimal digits.
        report: what cleaning dropped and why. It counts what cleaning saw: for folders and .npz files that
            is the whole set, before the hold-out is set aside.
        hash_labels: whether the hash is over x and labels, or over x alone. It is over x alone where labels came
            later than the first runs: ring, grid, and the subfolders of a folder. So those runs can be resumed.
        names: of a folder of pictures the file of each image, below the folder; else None.
        scaling: how the numbers of a table or of signals were brought to one scale; scaling.undo(x) has their units.
    """

    name: str
    split: str
    x: np.ndarray
    labels: np.ndarray | None
    classes: tuple[str, ...] | None
    sha256: str
    report: CleaningReport
    hash_labels: bool = True
    names: tuple[str, ...] | None = None
    scaling: Scaling = field(default_factory=Scaling)

    @property
    def is_images(self) -> bool:
        """True for images (N, H, W, C), False for points, tables and signals."""
        return self.x.ndim == 4

    def __len__(self):
        return len(self.x)

    def part(self, chosen: np.ndarray, split: str) -> "Dataset":
        """The samples with these indices, with their labels, as a Dataset whose split has the name `split`."""
        labels = None if self.labels is None else self.labels[chosen]
        names = self.names and tuple(np.array(self.names, object)[chosen])
        return make_dataset(self.name, split, self.x[chosen], labels, self.report, self.classes, self.hash_labels,
                            names, self.scaling)  # fmt: skip


def make_dataset(name: str, split: str, x: np.ndarray, labels: np.ndarray | None, report: CleaningReport | None,
                 classes: Sequence[str] | None = None, hash_labels: bool = True,
                 names: tuple[str, ...] | None = None, scaling: Scaling | None = None) -> Dataset:  # fmt: skip
    """A Dataset of these arrays, with their hash; labels become int64, classes without names get their numbers. The
    hash of scaled numbers is over their scale, too."""
    if labels is not None:
        labels = labels.astype(np.int64)
        classes = tuple(classes or map(str, range(labels.max() + 1)))
    scaling = scaling or Scaling()
    sha256 = hash_arrays(x, labels if hash_labels else None, *((scaling.mean, scaling.deviation) if scaling else ()))
    return Dataset(name, split, x, labels, None if labels is None else classes, sha256, report, hash_labels, names,
                   scaling)  # fmt: skip


def subset(dataset: Dataset, size: int, rng: np.random.Generator) -> Dataset:
    """`size` random samples of a Dataset, none twice, in the order they had. Raises ValueError if there are fewer."""
    if not 1 <= size <= len(dataset):
        raise ValueError(f"expected a subset of 1 to {len(dataset):,} samples, as many as {dataset.name} "
                         f"({dataset.split}) has, got {size:,}")  # fmt: skip
    chosen = np.sort(rng.choice(len(dataset), size, replace=False))
    return dataset.part(chosen, f"{size:,} of {dataset.split}")


def hash_arrays(*arrays: np.ndarray | None) -> str:
    """SHA-256 of the arrays' shapes, dtypes and bytes, as 64 hexadecimal digits; None counts as an array.

    The shape and dtype go in first: the same bytes read as (2, 8) and as (4, 4) are not the same data.
    """
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none;")
            continue
        # Little-endian on every machine, so that one data set has one hash everywhere.
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{array.shape};{array.dtype.str};".encode())
        digest.update(array.data)
    return digest.hexdigest()


def check_split(split: str) -> None:
    """Raise ValueError unless split is one of SPLITS."""
    if split not in SPLITS:
        raise ValueError(f"expected a split out of {', '.join(SPLITS)}, got {split!r}; fix: --split train")


def hold_out(
    name: str, images: np.ndarray, labels: np.ndarray | None, split: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """The asked part of a set that has no test split of its own: every tenth image is for evaluation.

    Args:
        name: names the set in the error message.
        images: (N, H, W, C), already cleaned, so that no image is in both parts.
        labels: (N,) or None.
        split: "train" (nine in ten), "test" (images 9, 19, 29, ...) or "all".

    Raises:
        ValueError: the test part would be empty.
    """
    if split == "all":
        return images, labels
    keep = split_mask(name, len(images), split)
    return images[keep], None if labels is None else labels[keep]


def split_mask(name: Any, count: int, split: str, is_test: np.ndarray | None = None) -> np.ndarray:
    """Which of `count` samples belong to a split: bool (N,). is_test: those of the set's own test split, (N,); None:
    every tenth is. Raises ValueError as `hold_out`."""
    check_split(split)
    if is_test is None:
        is_test = np.arange(count) % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1
    keep = {"train": ~is_test, "test": is_test, "all": np.ones(count, bool)}[split]
    if not keep.any():
        raise ValueError(f"{name}: the test split is every {HOLD_OUT_EVERY}th image, and there are only {count}; "
                         "fix: add images or use --split train")  # fmt: skip
    return keep


def with_class_notes(dataset: Dataset) -> Dataset:
    """The Dataset; its report also says which classes have no samples in this split or fewer than ten, and whether
    there is only one class."""
    if dataset.labels is None:
        return dataset
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    notes = ["one class only: labels tell nothing apart"] if len(counts) == 1 else []
    few = (counts > 0) & (counts < HOLD_OUT_EVERY)
    for what, which in (("no samples", counts == 0), (f"fewer than {HOLD_OUT_EVERY} samples", few)):
        if which.any():
            named = listed([dataset.classes[k] for k in np.flatnonzero(which)])
            notes.append(f"{what} in {which.sum():,} of {len(counts):,} classes of the {dataset.split} split ({named})")
    return replace(dataset, report=replace(dataset.report, notes=(*dataset.report.notes, *notes)))


def listed(names: Sequence[str]) -> str:
    """ "cat, dog, fox", and of many names the first five and how many more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
