"""The real samples that generated ones are compared with, which no training has seen, and the feature network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigan import data
from minigan.metrics import LeNet, Seen, StackedLeNet, feature_network, mode_coverage, stacked_mode_coverage
from minigan.metrics.network_files import labels_to_learn
from minigan.recipes.scoring import check_enough
from minigan.recipes.setup import stream

HELD_OUT = 5  # where there is one split only, every fifth image of it, shuffled, is held out
STACKED = 10_000  # held-out stacked digits, of which there could be any number


@dataclass(frozen=True, eq=False)
class Reference:
    """Real samples, and the network that looks at them and at generated ones.

    Attributes:
        name: of the data.
        network: LeNet, or None for points, which are their own features.
        train, real: uint8 images (N, H, W, C) or points (N, 2): what the network (and mostly the generator) learnt
            from, and what was held out.
        labels: of `real`, (N,), if the network tells these classes apart; None if it does not, and for points.
        note: a caveat to print with every score, or "".
        classes: the names of the classes, or None without labels.
    """

    name: str
    network: LeNet | StackedLeNet | None
    train: np.ndarray
    real: np.ndarray
    labels: np.ndarray | None
    note: str = ""
    classes: tuple[str, ...] | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of the network; None for points."""
        return self.network and self.network.sha256

    @property
    def unit(self) -> str:
        """What a sample is called."""
        return "images" if self.network else "points"

    @property
    def modes(self) -> Callable | None:
        """Function (Seen, **options) -> Score that counts the modes found; None where the data have no known ones."""
        if isinstance(self.network, StackedLeNet):
            return lambda seen, **options: stacked_mode_coverage(self.network.figures(seen.probs), **options)
        known = data.known_modes(self.name)
        return known and (lambda seen, **options: mode_coverage(seen.features, *known, **options))

    @property
    def counts(self) -> dict[str, Any]:
        """What is counted of samples, as arguments of `scoring.score_all`: the modes, and whether there are classes."""
        return {"modes": self.modes, "classes": self.labels is not None}

    def see(self, samples: np.ndarray, labels: np.ndarray | None = None) -> Seen:
        """Seen, of uint8 images (N, H, W, C) of any size, or points (N, 2). labels: the classes that generated samples
        were drawn for, (N,), or None."""
        if self.network is None:
            return Seen(np.asarray(samples, np.float64), None, labels)
        size, channels, _ = self.network.sizes
        return self.network.look(data.prepare_images(samples, size, channels))._replace(labels=labels)


def reference(name: str, *, split: str = "train", data_dir: str | None = None, fit: str | None = None,
              channels: int | None = None, background: str | None = None, shape: tuple[int, int, int] | None = None,
              seed: int = 0, **options: Any) -> Reference:  # fmt: skip
    """The Reference for the data set `name`.

    Args:
        name, data_dir, fit, channels, background: as `minigan.data.load` takes them.
        split: what the generator was trained on. After "train" the test split is held against it. After "test" or
            "all" nothing is left; then a fifth of that split, at random, is held out from the feature network, though
            the generator knows it, and the note says so. Of points there are always both splits.
        shape: (S, S, C), the size at which a run draws: real images are brought to it first, as they were for its
            training, so that both sides went the same way; those of a folder are read anew, at that size. The network
            always learns from the size that `load` chooses by itself, so that runs of several sizes are seen through
            the same eyes. None: they stay as they are.
        seed: of points, stacked digits and registered sets.
        options: for minigan.metrics.feature_network.

    Raises ValueError as `load` and `feature_network` do.
    """

    def load(part, size=None):
        return data.load(name, split=part, data_dir=data_dir, rng=stream(seed, "data"), fit=fit, channels=channels,
                         size=size, background=background)  # fmt: skip

    def both(size=None):
        return [load("train", size), load("test", size)] if split == "train" else hold_out_a_fifth(load(split, size))

    if data.is_points(name):
        return Reference(name, None, load("train").x, load("test").x, None)
    if name in data.STACKED_SOURCES:
        single = reference(data.STACKED_SOURCES[name], split=split, data_dir=data_dir, **options)
        return stacked_reference(single, load(split), shape)
    note = f"real images are a fifth of the {split} split, at random; a generator trained on it has seen them"
    note = "" if split == "train" else note
    train, real = both()
    check_enough(real=len(real))
    network = feature_network(train, **options)
    known = labels_to_learn(train)[0] is not None  # if not, the network tells quarters of a turn apart, not classes
    if shape is not None and train.names and train.x.shape[1:3] != tuple(shape[:2]):
        train, real = both(tuple(shape[:2]))
    labels, classes = (real.labels, real.classes) if known else (None, None)
    return Reference(name, network, at_size(train.x, shape), at_size(real.x, shape), labels, note, classes)


def reference_for(settings: dict[str, Any], shape: Sequence[int] = (), **options: Any) -> Reference:
    """The Reference for a training by `settings`, a dict as in its config, on samples of `shape`: (H, W, C), (2,) or,
    where it does not matter, (). options: as for `reference`; they come before the settings."""
    given = {name: settings[name] for name in ("split", "data_dir", "fit", "channels", "seed")}
    given["background"] = settings.get("background")  # which older runs do not have
    return reference(settings["data"], shape=shape if len(shape) == 3 else None, **given | options)


def stacked_reference(single: Reference, train: data.Dataset, shape: tuple[int, int, int] | None) -> Reference:
    """The Reference of stacked digits.

    single: that of the digits they are made from. Its network reads each channel, and its held-out digits are stacked,
    always in the same way. train: the stacked Dataset that the generator learnt from.
    """
    real, labels = data.stack(single.real, single.labels, STACKED, np.random.default_rng(0))
    pictures = at_size(train.x, shape), at_size(real, shape)
    return Reference(train.name, StackedLeNet(single.network), *pictures, labels, single.note, train.classes)


def hold_out_a_fifth(dataset: data.Dataset) -> list[data.Dataset]:
    """A Dataset in two: four fifths and one fifth, at random, always the same."""
    order = np.random.default_rng(0).permutation(len(dataset))
    cut = len(order) - len(order) // HELD_OUT
    return [dataset.part(chosen, f"part of {dataset.split}") for chosen in (order[:cut], order[cut:])]


def at_size(images: np.ndarray, shape: tuple[int, int, int] | None) -> np.ndarray:
    """uint8 images brought to `shape` (S, S, C) as for a training; as they are if it is None."""
    return images if shape is None else as_pictures(data.prepare_images(images, shape[0], shape[2]))


def as_pictures(x: np.ndarray) -> np.ndarray:
    """Images in [-1, 1] -> uint8, as a file would hold them: so a score is the same whether a file lay in between."""
    return data.to_uint8(data.denormalise(x))
