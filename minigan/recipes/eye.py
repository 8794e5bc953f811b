"""Whose feature network looks: that of a named data set, or one that learns from the real side itself.

pytorch-fid and others look through one fixed network that has learnt from neither side, so that all their FIDs are in
one unit. Here that is the network of the bundled digits, or of any other data set by its name. The network of the
reference's own pictures sees more in them, and knows them already; its FIDs compare only with each other.
"""

from typing import Any, NamedTuple

from minigan import data
from minigan.checks import naming
from minigan.metrics import LeNet, feature_network
from minigan.metrics.network_files import labels_to_learn

OWN, USUAL = "own", "digits"


class Eye(NamedTuple):
    """A feature network, the name of the data that it learnt from, and the classes that it tells apart (None: quarters
    of a turn)."""

    network: LeNet
    of: str
    classes: tuple[str, ...] | None

    def __str__(self):
        size, channels, _ = self.network.sizes
        return f"that of {self.of} ({self.network.sha256[:12]}), which sees {size}x{size} pixels in {COLOURS[channels]}"


COLOURS = {1: "grey", 3: "colour"}


def eye_of(name: str | None, own: data.Dataset | None, *, data_dir: str | None = None, **options: Any) -> Eye:
    """The Eye of the data set `name`; None or "own": of `own`, the Dataset that the reference learns from.

    data_dir: where to look for the files of `name` first. options: for minigan.metrics.feature_network.
    Raises ValueError for a name that is unknown or of no single pictures, and as `feature_network` does.
    """
    if name in (None, OWN):
        if own is None:
            raise ValueError("--network own has no pictures to learn from; name a data set, such as --network digits")
        return Eye(feature_network(own, **options), own.name, classes_of(own))
    with naming("--network"):
        if name in data.STACKED_SOURCES or data.is_points(name):
            raise ValueError(f"expected a data set of single pictures, such as digits, or own, got {name}")
        learnt_from = data.load(name, split="train", data_dir=data_dir)
    return Eye(feature_network(learnt_from, **options), name, classes_of(learnt_from))


def classes_of(dataset: data.Dataset) -> tuple[str, ...] | None:
    """The names of the classes that a network for this Dataset learns to tell apart, or None."""
    return None if labels_to_learn(dataset)[0] is None else dataset.classes
