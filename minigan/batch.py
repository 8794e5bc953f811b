"""A batch: samples, and the facts that come with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples x (N, ...), and what is `given` beside them: facts by name, through which no gradient passes.

    An array (N, ...) has one entry for each sample: the labels (N,) of a conditional game. A plain number holds for the
    whole batch: the alpha of a fade-in.

        batch = Batch(images, {"labels": labels})
        logits, cache = D.forward(batch.x, given=batch.given)

    Raises ValueError for a fact that has another number of entries than there are samples.
    """

    x: np.ndarray
    given: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, fact in self.given.items():
            if of_samples(fact) and len(fact) != len(self.x):
                raise ValueError(
                    f"given[{name!r}] must have one entry for each of the {len(self.x)} samples, got {len(fact)}"
                )

    def __len__(self) -> int:
        return len(self.x)

    def chosen(self, indices: np.ndarray) -> "Batch":
        """The samples of these numbers, with their facts."""
        facts = {name: np.asarray(fact)[indices] if of_samples(fact) else fact for name, fact in self.given.items()}
        return Batch(self.x[indices], facts)


def as_batch(x: Batch | np.ndarray) -> Batch:
    """A Batch as it is; an array as a batch that is given nothing."""
    return x if isinstance(x, Batch) else Batch(x)


def of_samples(fact: Any) -> bool:
    """Whether a fact has one entry for each sample; a plain number holds for all of them."""
    return np.ndim(fact) > 0


def joined(one: Batch, two: Batch) -> Batch:
    """Both batches as one, `one` first. Raises ValueError if they are not given the same facts."""
    check_same(one, two)
    facts = {
        name: np.concatenate([fact, two.given[name]]) if of_samples(fact) else fact for name, fact in one.given.items()
    }
    return Batch(np.concatenate([one.x, two.x]), facts)


def between(one: Batch, two: Batch, share: np.ndarray) -> Batch:
    """share * one + (1 - share) * two, sample by sample. Both samples of a pair must be given the same facts: a point
    between a 3 and a 7 has no label. Raises ValueError otherwise."""
    check_same(one, two)
    for name, fact in one.given.items():
        if not np.array_equal(fact, two.given[name]):
            raise ValueError(
                f"a point between a real and a fake sample needs one fact for both, and given[{name!r}] differs; "
                "let G draw with the labels of the real batch"
            )
    return Batch(share * one.x + (1 - share) * two.x, one.given)


def packed(given: Mapping[str, Any], size: int) -> dict[str, Any]:
    """The facts of packs of `size` samples: those of its samples side by side, (N, ...) -> (N / size, size, ...)."""
    return {
        name: np.reshape(fact, (-1, size, *np.shape(fact)[1:])) if of_samples(fact) else fact
        for name, fact in given.items()
    }


def check_same(one: Batch, two: Batch) -> None:
    """Raise ValueError unless both batches are given facts of the same names and kinds, and the same plain numbers."""
    if one.given.keys() != two.given.keys():
        raise ValueError(
            f"both batches must be given the same facts, got {sorted(one.given) or 'none'} and "
            f"{sorted(two.given) or 'none'}"
        )
    for name, fact in one.given.items():
        other = two.given[name]
        if of_samples(fact) != of_samples(other):
            raise ValueError(f"both batches must be given {name} alike, for each sample or for all; got one of each")
        if not of_samples(fact) and fact != other:
            raise ValueError(f"both batches must be given one {name}, got {fact} and {other}")


def labels_of(given: Mapping[str, Any] | None, samples: int, classes: int, who: str) -> np.ndarray:
    """given["labels"] as whole numbers (N,), for a layer, loss or term called `who`.

    Raises ValueError where there are none, or they are not one whole number from 0 to classes - 1 for each sample.
    """
    if not given or "labels" not in given:
        raise ValueError(f'{who} needs labels; write forward(x, given={{"labels": labels}}), or train on labelled data')
    labels = np.asarray(given["labels"])
    if labels.shape != (samples,) or labels.dtype.kind not in "iu":
        pack = "; a pack of samples has no one label" if labels.ndim == 2 else ""
        raise ValueError(
            f"{who} expected labels ({samples},) of whole numbers, got {labels.dtype} {labels.shape}{pack}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(f"{who} knows {classes} classes, got labels from {labels.min()} to {labels.max()}")
    return labels
