"""The real samples that generated ones are compared with, and the feature network that looks at both.

Of a data set it is what no training has seen: the test split. Of a folder or a file of one's own, named as a reference,
it is every picture, as pytorch-fid and others have it (`everything`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigan import data
from minigan.data.dataset import HOLD_OUT_EVERY
from minigan.metrics import (
    LeNet,
    Seen,
    StackedLeNet,
    Templates,
    mode_coverage,
    signal_mode_coverage,
    spectral_distance,
    stacked_mode_coverage,
)
from minigan.metrics.signals import Heard
from minigan.recipes.eye import OWN, USUAL, Eye, eye_of
from minigan.recipes.rules import sides
from minigan.recipes.scoring import LEAST_REAL, check_enough
from minigan.recipes.setup import stream

UNITS = {3: "images", 2: "signals", 1: "points"}  # what a sample with so many axes is called
HELD_OUT = 5  # where there is one split only, every fifth image of it, shuffled, is held out
STACKED = 10_000  # held-out stacked digits, of which there could be any number


@dataclass(frozen=True, eq=False)
class Reference:
    """Real samples, and the network that looks at them and at generated ones.

    Attributes:
        name: of the data.
        network: LeNet, or None for points, tables and signals, which are their own features.
        train, real: uint8 images (N, H, W, C), points (N, 2), or scaled numbers (N, d), (N, T, C): what the
            network (and mostly the generator) learnt from, and what was held out.
        labels: of `real`, (N,), if the network tells these classes apart; None if it does not, and for points.
        notes: caveats to print with every score.
        classes: the names of the classes, or None without labels.
        eye: the Eye whose network that is (of stacked digits: that of the single ones), None for points.
        held_out: whether `real` were kept apart from `train`; if not, both are the same.
        train_labels: of `train`, as `labels`.
        templates: of made signals, what their known modes look like; else None.
    """

    name: str
    network: LeNet | StackedLeNet | None
    train: np.ndarray
    real: np.ndarray
    labels: np.ndarray | None
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None
    eye: Eye | None = None
    held_out: bool = True
    train_labels: np.ndarray | None = None
    templates: Templates | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of the network; None for points."""
        return self.network and self.network.sha256

    @property
    def unit(self) -> str:
        """What a sample is called."""
        return UNITS[self.real.ndim - 1]

    @property
    def modes(self) -> Callable | None:
        """Function (Seen, **options) -> Score that counts the modes found; None where the data have no known ones."""
        if isinstance(self.network, StackedLeNet):
            return lambda seen, **options: stacked_mode_coverage(self.network.figures(seen.probs), **options)
        if self.templates:
            return lambda seen, **options: signal_mode_coverage(seen.features, self.templates, **options)
        known = data.known_modes(self.name)
        return known and (lambda seen, **options: mode_coverage(seen.features, *known, **options))

    @property
    def more(self) -> dict[str, Callable]:
        """Further scores, by name: functions (real, fake, **options) -> Score, of what `see` gives of both."""
        if not self.templates:
            return {}
        return {"spectral_distance": lambda real, fake, **o: spectral_distance(real.spectra, fake.spectra, **o)}

    @property
    def counts(self) -> dict[str, Any]:
        """What is counted of samples, as arguments of `scoring.score_all`: the modes, more scores, and whether there
        are classes."""
        classes = self.eye is not None and self.eye.classes is not None
        return {"modes": self.modes, "more": self.more, "classes": classes}

    def see(self, samples: np.ndarray, labels: np.ndarray | None = None) -> Seen | Heard:
        """Seen, of uint8 images (N, H, W, C) of any size, or of numbers, which are their own features.
        labels: the classes that generated samples were drawn for, (N,), or None."""
        if self.templates:
            return self.templates.hear(samples, labels)
        if self.network is None:
            return Seen(np.asarray(samples, np.float64).reshape(len(samples), -1), None, labels)
        size, channels, _ = self.network.sizes
        return self.network.look(data.prepare_images(samples, size, channels))._replace(labels=labels)


def reference(name: str, *, split: str = "train", data_dir: str | None = None, fit: str | None = None,
              channels: int | None = None, background: str | None = None, data_as: str | None = None,
              image_size: int | str | None = None, shape: tuple[int, int, int] | None = None, seed: int = 0,
              network: str | None = None, **options: Any) -> Reference:  # fmt: skip
    """The Reference for the data set `name`.

    Args:
        name, data_dir, fit, channels, background: as `minigan.data.load` takes them. data_as, image_size: of an array
            file, as in Settings.
        split: what the generator was trained on. After "train" the test split is held against it. After "test" or
            "all" nothing is left; then a fifth of that split, at random, is held out from the feature network, though
            the generator knows it, and the note says so. Of points there are always both splits.
        shape: (H, W, C), the size at which a run draws: real images are brought to it first, as they were for its
            training, so that both sides went the same way; those of a folder are read anew, at that size. The network
            always learns from the size that `load` chooses by itself, so that runs of several sizes are seen through
            the same eyes. None: they stay as they are.
        seed: of points, stacked digits and registered sets.
        network: the name of a data set whose network shall look; None or "own": the network of this one.
        options: for minigan.metrics.feature_network.

    Raises ValueError as `load` and `feature_network` do.
    """

    kind, flat = None, None
    if data.is_arrays(name):
        kind, flat = data_as or data.kind_of(name, size=sides(image_size)), sides(image_size)

    def load(part, size=None):
        return data.load(name, split=part, data_dir=data_dir, rng=stream(seed, "data"), fit=fit, channels=channels,
                         size=size or flat, background=background, kind=kind)  # fmt: skip

    def both(size=None):
        return [load("train", size), load("test", size)] if split == "train" else hold_out_a_fifth(load(split, size))

    numbers = (kind or data.kind_of(name)) != "pictures"
    if network not in (None, OWN) and (numbers or name in data.STACKED_SOURCES):
        raise ValueError(f"--network is for single pictures, and {name} holds none; leave it out")
    if numbers:  # as G draws them: scaled
        seen = () if split == "train" or not kind else (
            f"real samples are the test split; a generator trained on the {split} split has seen them",)  # fmt: skip
        train, real = load("train"), load("test")
        check_enough(real=len(real), fix=more_of(name, "train", real.report.unit), what=" held-out")
        if name in data.SIGNAL_SETS:
            templates = Templates.of(train.x, train.labels, data.SIGNAL_SETS[name].window)
            return Reference(name, None, train.x, real.x, real.labels, seen, real.classes, templates=templates)
        return Reference(name, None, train.x, real.x, None, seen)
    if name in data.STACKED_SOURCES:
        single = reference(data.STACKED_SOURCES[name], split=split, data_dir=data_dir, **options)
        return stacked_reference(single, load(split), shape)
    notes = (f"real images are a fifth of the {split} split, at random; a generator trained on it has seen them",)
    train, real = both()
    check_enough(real=len(real), fix=more_of(name, split), what=" held-out")
    eye = eye_of(network, train, data_dir=data_dir, **options)
    if read_anew(train, shape):
        train, real = both(tuple(shape[:2]))
    labels, classes = known(real, eye)
    return Reference(name, eye.network, at_size(train.x, shape), at_size(real.x, shape), labels,
                     () if split == "train" else notes, classes, eye, train_labels=known(train, eye)[0])  # fmt: skip


def everything(name: str, *, data_dir: str | None = None, fit: str | None = None, channels: int | None = None,
               background: str | None = None, shape: tuple[int, int, int] | None = None, network: str | None = None,
               say: Callable[[str], Any] = lambda text: None, **options: Any) -> Reference:  # fmt: skip
    """The Reference where all pictures of `name`, folder:PATH or npz:FILE, are the real side.

    network: the name of a data set whose network looks, or "own" for one that learns from these pictures; None: that
    of the bundled digits, which has learnt from neither side, but "own" for colour, which it does not see. The rest is
    as for `reference`.
    """
    if data.is_arrays(name) and (kind := data.kind_of(name)) != "pictures":
        raise ValueError(f"--reference expected pictures of yours, and {name} holds {'rows' if kind == 'table' else kind}"
                         ", which a run scales in its own way; leave it out: a run is held against its own held-out "
                         "data")  # fmt: skip
    given = dict(split="all", data_dir=data_dir, fit=fit, channels=channels, background=background)
    real = data.load(name, **given)
    check_enough(real=len(real), fix=f"more pictures in {name}")
    say(f"reference: {name}, {real.report}")
    grey = real.x.shape[3] == 1
    eye = eye_of(network or (USUAL if grey else OWN), real, data_dir=data_dir, say=say, **options)
    labels, classes = known(real, eye)
    notes = [f"all {len(real):,} pictures of {name} are the real side, so copying cannot be told from likeness"]
    if eye.of == real.name:
        notes.append(f"the network has learnt from {name}, the real side; --network digits knows neither side, but "
                     "sees grey")  # fmt: skip
    elif eye.network.sizes[1] == 1 and not grey:
        notes.append("the network sees grey: colours count for nothing; --network own learns one that sees them")
    x = at_size(data.load(name, size=tuple(shape[:2]), **given).x if read_anew(real, shape) else real.x, shape)
    return Reference(name, eye.network, x, x, labels, tuple(notes), classes, eye, held_out=False,
                     train_labels=labels)  # fmt: skip


def against(name: str, *, split: str | None = None, seed: int = 0, **options: Any) -> Reference:
    """The Reference that `name` stands for as a --reference: `everything` of a folder or file unless a split is named;
    of all other data the test split, or as `reference` takes the split."""
    if split is None and is_own_file(name):
        return everything(name, **options)
    return reference(name, split=split or "train", seed=seed, **options)


def read_anew(dataset: data.Dataset, shape: tuple[int, int, int] | None) -> bool:
    """Whether the files of a folder are to be read again, straight at the size at which a run draws."""
    return shape is not None and bool(dataset.names) and dataset.x.shape[1:3] != tuple(shape[:2])


def is_own_file(name: str) -> bool:
    """Whether the data are a folder or file of the user's, which have no test split."""
    return name.startswith(("folder:", "npz:", "npy:"))


def known(real: data.Dataset, eye: Eye) -> tuple[np.ndarray | None, tuple[str, ...] | None]:
    """The labels of a Dataset, and the classes, where the network tells just these apart; else (None, None)."""
    same = eye.of == real.name or eye.classes == real.classes
    return (real.labels, eye.classes) if real.labels is not None and eye.classes and same else (None, None)


def more_of(name: str, split: str, unit: str = "pictures") -> str:
    """What to do where too few real samples of this data set are held out. unit: what they are called."""
    if not is_own_file(name):
        return "more samples in its test split"
    least = LEAST_REAL * (HOLD_OUT_EVERY if split == "train" else HELD_OUT)
    all_of_them = f"; or --reference {name}, which takes all of them as the real side" if unit == "pictures" else ""
    return f"at least {least} {unit} in {name}, of which {LEAST_REAL} are held out{all_of_them}"


def reference_for(settings: dict[str, Any], shape: Sequence[int] = (), **options: Any) -> Reference:
    """The Reference for a training by `settings`, a dict as in its config, on samples of `shape`: (H, W, C), (2,) or,
    where it does not matter, (). options: as for `reference`; those that are not None come before the settings."""
    given = {name: settings[name] for name in ("split", "data_dir", "fit", "channels", "seed")}
    # Not all of them stand in what older runs have kept.
    given |= {name: settings.get(name) for name in ("background", "data_as", "image_size")}
    given |= {name: value for name, value in options.items() if value is not None}
    return reference(settings["data"], shape=shape if len(shape) == 3 else None, **given)


def stacked_reference(single: Reference, train: data.Dataset, shape: tuple[int, int, int] | None) -> Reference:
    """The Reference of stacked digits.

    single: that of the digits they are made from. Its network reads each channel, and its held-out digits are stacked,
    always in the same way. train: the stacked Dataset that the generator learnt from.
    """
    real, labels = data.stack(single.real, single.labels, STACKED, np.random.default_rng(0))
    pictures = at_size(train.x, shape), at_size(real, shape)
    return Reference(train.name, StackedLeNet(single.network), *pictures, labels, single.notes, train.classes,
                     single.eye)  # fmt: skip


def hold_out_a_fifth(dataset: data.Dataset) -> list[data.Dataset]:
    """A Dataset in two: four fifths and one fifth, at random, always the same."""
    order = np.random.default_rng(0).permutation(len(dataset))
    cut = len(order) - len(order) // HELD_OUT
    return [dataset.part(chosen, f"part of {dataset.split}") for chosen in (order[:cut], order[cut:])]


def at_size(images: np.ndarray, shape: tuple[int, int, int] | None) -> np.ndarray:
    """uint8 images brought to `shape` (H, W, C) as for a training; as they are if it is None."""
    return images if shape is None else as_pictures(data.prepare_images(images, shape[:2], shape[2]))


def as_pictures(x: np.ndarray) -> np.ndarray:
    """Images in [-1, 1] -> uint8, as a file would hold them: so a score is the same whether a file lay in between."""
    return data.to_uint8(data.denormalise(x))
