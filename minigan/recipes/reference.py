"""What generated samples are held against: real ones that no training has seen, and a network to look at both with."""

from dataclasses import dataclass

import numpy as np

from minigan import data
from minigan.data.dataset import make_dataset
from minigan.metrics import Seen, StackedLeNet, feature_network, mode_coverage, stacked_mode_coverage
from minigan.recipes.scoring import check_enough
from minigan.recipes.setup import stream

HELD_OUT = 5  # where there is one split only, every fifth image of it, shuffled, is held out
STACKED = 10_000  # held-out stacked digits, of which there could be any number


@dataclass(frozen=True, eq=False)
class Reference:
    """Real samples and the eyes to see them with.

    Attributes:
        name: of the data.
        network: LeNet, or None for points, which are their own features.
        train, real: uint8 images (N, H, W, C) or points (N, 2): what the network (and mostly the generator) learnt
            from, and what was held out.
        labels: of `real`, (N,), or None.
        note: a caveat to print with every score, or "".
    """

    name: str
    network: object
    train: np.ndarray
    real: np.ndarray
    labels: np.ndarray | None
    note: str = ""

    @property
    def sha256(self):
        """The hash of the network; None for points."""
        return self.network and self.network.sha256

    @property
    def unit(self):
        """What a sample is called."""
        return "images" if self.network else "points"

    @property
    def modes(self):
        """Function (Seen, **options) -> Score that counts the modes found; None where the data have no known ones."""
        if isinstance(self.network, StackedLeNet):
            return lambda seen, **options: stacked_mode_coverage(self.network.figures(seen.probs), **options)
        known = data.known_modes(self.name)
        return known and (lambda seen, **options: mode_coverage(seen.features, *known, **options))

    def see(self, samples):
        """Seen, of uint8 images (N, H, W, C) of any size, or points (N, 2)."""
        if self.network is None:
            return Seen(np.asarray(samples, np.float64), None)
        size, channels, _ = self.network.sizes
        return self.network.look(data.prepare_images(samples, size, channels))


def reference(name, *, split="train", data_dir=None, fit=None, channels=None, shape=None, seed=0, **options):
    """The Reference for the data set `name`.

    Args:
        name, data_dir, fit, channels: as `minigan.data.load` takes them.
        split: what the generator was trained on. After "train" the test split is held against it. After "test" or
            "all" nothing is left; then a fifth of that split, at random, is held out from the feature network, though
            the generator knows it, and the note says so.
        shape: (S, S, C), the size at which a run draws: real images are brought to it first, as they were for its
            training, so that both sides went the same way. None: they stay as they are.
        seed: of points and stacked digits.
        options: for minigan.metrics.feature_network.

    Raises ValueError as `load` and `feature_network` do.
    """
    options_of_load = dict(data_dir=data_dir, fit=fit, channels=channels)
    if data.catalogue.is_points(name):
        train, real = (data.load(name, split=part, rng=stream(seed, "data")) for part in ("train", "test"))
        return Reference(name, None, train.x, real.x, None)
    if name in data.STACKED_SOURCES:
        single = reference(data.STACKED_SOURCES[name], split=split, data_dir=data_dir, **options)
        train = data.load(name, split=split, data_dir=data_dir, rng=stream(seed, "data"))
        return stacked_reference(single, train, shape)
    note = ""
    if split == "train":
        train, real = (data.load(name, split=part, **options_of_load) for part in ("train", "test"))
    else:
        train, real = hold_out_a_fifth(data.load(name, split=split, **options_of_load))
        note = (
            f"real images are a fifth of the {split} split, at random; a generator trained on that split has seen them"
        )
    check_enough(real=len(real))
    network = feature_network(train, **options)
    return Reference(name, network, at_size(train.x, shape), at_size(real.x, shape), real.labels, note)


def stacked_reference(single, train, shape):
    """The Reference of stacked digits.

    single: that of the digits they are made from. Its network reads each channel, and its held-out digits are stacked,
    always in the same way. train: the stacked Dataset that the generator learnt from.
    """
    real, labels = data.stack(single.real, single.labels, STACKED, np.random.default_rng(0))
    network = StackedLeNet(single.network)
    return Reference(train.name, network, at_size(train.x, shape), at_size(real, shape), labels, single.note)


def hold_out_a_fifth(dataset):
    """A Dataset in two: four fifths and one fifth, at random, always the same."""
    order = np.random.default_rng(0).permutation(len(dataset))
    cut = len(order) - len(order) // HELD_OUT
    return [
        make_dataset(
            dataset.name, f"part of {dataset.split}", dataset.x[chosen],
            None if dataset.labels is None else dataset.labels[chosen], dataset.report,
        )
        for chosen in (order[:cut], order[cut:])
    ]  # fmt: skip


def at_size(images, shape):
    """uint8 images brought to `shape` (S, S, C) as for a training; as they are if it is None."""
    return images if shape is None else as_pictures(data.prepare_images(images, shape[0], shape[2]))


def as_pictures(x):
    """Images in [-1, 1] -> uint8, as a file would hold them: so a score is the same whether a file lay in between."""
    return data.to_uint8(data.denormalise(x))
