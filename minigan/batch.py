"""A batch: samples, and their conditions, such as labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples x (N, ...), and their conditions: labels or other inputs by name, which get no gradient.

    A condition that is an array (N, ...) has one entry for each sample, such as the labels (N,) of a conditional GAN. A
    plain number holds for the whole batch, such as the alpha of a fade-in.

        batch = Batch(images, {"labels": labels})
        logits, cache = D.forward(batch.x, given=batch.given)

    Raises ValueError if an array in `given` does not have N entries.
    """

    x: np.ndarray
    given: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, condition in self.given.items():
            if of_samples(condition) and len(condition) != len(self.x):
                raise ValueError(
                    f"given[{name!r}] must have one entry for each of the {len(self.x)} samples, got {len(condition)}"
                )

    def __len__(self) -> int:
        return len(self.x)

    def chosen(self, indices: np.ndarray) -> "Batch":
        """The samples at these indices, with their conditions."""
        given = {name: np.asarray(c)[indices] if of_samples(c) else c for name, c in self.given.items()}
        return Batch(self.x[indices], given)

    def told(self, more: Mapping[str, Any]) -> "Batch":
        """The same samples, with further conditions."""
        return Batch(self.x, {**self.given, **more}) if more else self


def as_batch(x: Batch | np.ndarray) -> Batch:
    """A Batch as it is; an array as a Batch without conditions."""
    return x if isinstance(x, Batch) else Batch(x)


def of_samples(condition: Any) -> bool:
    """Whether a condition is an array with one entry for each sample, and not a plain number for all of them."""
    return np.ndim(condition) > 0


def joined(one: Batch, two: Batch) -> Batch:
    """Both batches as one, `one` first. Raises ValueError unless they have the same kinds of conditions."""
    check_same(one, two)
    given = {name: np.concatenate([c, two.given[name]]) if of_samples(c) else c for name, c in one.given.items()}
    return Batch(np.concatenate([one.x, two.x]), given)


def between(one: Batch, two: Batch, weight: np.ndarray) -> Batch:
    """weight * one + (1 - weight) * two, sample by sample. weight: in [0, 1], (N, 1, ...). Both samples of a pair must
    have the same conditions: a mixture of a 3 and a 7 has no label. Raises ValueError otherwise."""
    check_same(one, two)
    for name, condition in one.given.items():
        if not np.array_equal(condition, two.given[name]):
            raise ValueError(
                f"a mixture of a real and a fake sample needs the same given[{name!r}] for both, but "
                f"given[{name!r}] differs; let G draw with the labels of the real batch"
            )
    return Batch(weight * one.x + (1 - weight) * two.x, one.given)


def packed(given: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The conditions of packs of `size` samples: an array (N, ...) becomes (N / size, size, ...)."""
    return {
        name: np.reshape(condition, (-1, size, *np.shape(condition)[1:])) if of_samples(condition) else condition
        for name, condition in given.items()
    }


def check_same(one: Batch, two: Batch) -> None:
    """Raise ValueError unless `given` has the same names and kinds in both batches, and the same plain numbers."""
    if one.given.keys() != two.given.keys():
        raise ValueError(
            f"both batches must have the same names in `given`, got {sorted(one.given) or 'none'} and "
            f"{sorted(two.given) or 'none'}"
        )
    for name, condition in one.given.items():
        other = two.given[name]
        if of_samples(condition) != of_samples(other):
            raise ValueError(
                f"given[{name!r}] is an array in one batch and a plain number in the other; use the same kind in both"
            )
        if not of_samples(condition) and condition != other:
            raise ValueError(f"given[{name!r}] must be the same number in both batches, got {condition} and {other}")


def memberships(given: Mapping[str, Any] | None, samples: int, classes: int, who: str, dtype: Any) -> np.ndarray:
    """given["labels"] as a matrix m (N, classes), for a layer called `who`: a label (N,) becomes a one-hot row.

    A layer with a row for each class, table (classes, F), then computes m @ table, and backward is that of a matrix
    product. The labels may be such a matrix themselves: shares (N, classes) that add up to 1 in each row are mixtures
    of classes, for a walk from one class to the next. Raises ValueError for other labels.
    """
    labels = np.asarray((given or {}).get("labels", ()))
    if labels.ndim != 2 or labels.dtype.kind != "f":
        m = np.zeros((samples, classes), dtype)
        m[np.arange(samples), labels_of(given, samples, classes, who)] = 1
        return m
    if labels.shape != (samples, classes) or not (np.abs(labels.sum(axis=1) - 1) < 1e-4).all():
        raise ValueError(f"{who} expected mixtures of classes ({samples}, {classes}), each row with the sum 1, got an "
                         f"array of shape {labels.shape}")  # fmt: skip
    return labels.astype(dtype)


def labels_of(given: Mapping[str, Any] | None, samples: int, classes: int, who: str) -> np.ndarray:
    """given["labels"] as whole numbers (N,), for a layer, loss or term called `who`.

    Raises ValueError if there are none, or they are not one whole number from 0 to classes - 1 for each sample.
    """
    if not given or "labels" not in given:
        raise ValueError(f'{who} needs labels; write forward(x, given={{"labels": labels}}), or train on labelled data')
    labels = np.asarray(given["labels"])
    if labels.shape != (samples,) or labels.dtype.kind not in "iu":
        pack = "; a pack of samples has no one label" if labels.ndim == 2 else ""
        if labels.ndim == 2 and labels.dtype.kind == "f":
            pack = "; for mixtures of classes, take minigan.batch.memberships in place of labels_of"
        raise ValueError(
            f"{who} expected labels ({samples},) of whole numbers, got {labels.dtype} {labels.shape}{pack}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(f"{who} knows {classes} classes, got labels from {labels.min()} to {labels.max()}")
    return labels
