"""--labels: the few samples whose class a training is told, as many of each class as of any other."""

from dataclasses import replace

import numpy as np

from minigan import data
from minigan.penalties import Supervised
from minigan.recipes.settings import Settings
from minigan.recipes.streams import stream


def labelled_alone(settings: Settings, dataset: data.Dataset) -> data.Dataset:
    """The --labels samples that a conditional game is played with; its report says so."""
    chosen = np.sort(as_many_of_each(settings, dataset.labels))
    part = dataset.part(chosen, f"{len(chosen):,} of {dataset.split}")
    each = len(chosen) // len(np.unique(part.labels))
    note = f"trained on {len(chosen):,} labelled ones alone, {each:,} of each class (--labels 0: on all)"
    return replace(part, report=replace(part.report, notes=(*part.report.notes, note)))


def make_supervised(settings: Settings, samples: np.ndarray, labels: np.ndarray | None) -> list:
    """[the penalty for wrong classes of labelled samples], as many of each class as of any other, or []."""
    if not settings.semi_supervised:
        return []
    chosen = as_many_of_each(settings, labels)
    classes, shown = np.unique(labels), min(settings.batch_size, len(chosen))
    return [Supervised(samples[chosen], np.searchsorted(classes, labels[chosen]), shown)]


def as_many_of_each(settings: Settings, labels: np.ndarray | None) -> np.ndarray:
    """The indices of --labels samples, as many of each class as of any other, drawn by the seed. Raises ValueError for
    data without labels, and for a number that is not so."""
    if labels is None:
        raise ValueError(f"--labels needs labelled data, and {settings.data!r} has no labels; use digits, mnist, or "
                         "folder:PATH with a subfolder for each class")  # fmt: skip
    classes, counts = np.unique(labels, return_counts=True)
    each, rest = divmod(settings.labels, len(classes))
    if rest or not 1 <= each <= counts.min():
        raise ValueError(f"--labels must be a multiple of the {len(classes)} classes, as many samples of each, and at "
                         f"most {counts.min() * len(classes)}; got {settings.labels}")  # fmt: skip
    rng = stream(settings.seed, "labels")
    return np.concatenate([rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in classes])
