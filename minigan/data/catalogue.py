"""One door to all data: `load(spec)`, where spec is what stands after --data on the command line."""

import difflib
from dataclasses import replace
from pathlib import Path

import numpy as np

from .cleaning import CleaningReport, clean
from .dataset import SPLITS, check_split, hold_out, make_dataset
from .digits import read_digits
from .folder import read_folder
from .mnist import read_mnist
from .npz import read_npz
from .points import grid, ring, swiss_roll
from .stacked import COUNT, SOURCES, stack
from .steps import to_channels

DESCRIPTIONS = {
    "digits": "1,797 real handwritten digits, 8 x 8, grey; comes with minigan",
    "mnist": "70,000 handwritten digits, 28 x 28, grey; found here or downloaded once (11 MB)",
    "fashion-mnist": "70,000 pieces of clothing, 28 x 28, grey; found here or downloaded once (30 MB)",
    "stacked-digits": "25,600 pictures of three MNIST digits, one in each colour: 1,000 kinds to be found",
    "stacked-digits:digits": "the same from the 8 x 8 digits that come with minigan",
    "folder:PATH": "your own PNG, JPEG or BMP pictures, subfolders included",
    "npz:FILE": "your own images in an .npz file, key 'images', uint8 or float in [0, 1]",
    "ring": "2-D points from 8 Gaussians on a circle",
    "grid": "2-D points from 25 Gaussians on a grid",
    "swiss-roll": "2-D points along a spiral",
}
NAMES = tuple(DESCRIPTIONS)

POINTS = {"ring": ring, "grid": grid, "swiss-roll": swiss_roll}
POINT_COUNTS = {"train": 50_000, "test": 10_000}


def load(spec, *, split="train", data_dir=None, rng=None, n=None, fit=None, channels=None):
    """Read, clean and hash a data set.

    Args:
        spec: one of NAMES, with a real path after "folder:" and "npz:".
        split: "train", "test" (kept apart for evaluation) or "all". Folders and .npz files hold out every
            tenth image for "test"; of points, train and test are independent draws.
        data_dir: where to look for the files of mnist and fashion-mnist first; other sets do not need it.
        rng: numpy.random.Generator, needed for points and stacked digits only; four numbers are drawn from it.
        n: number of points in each split, by default 50,000 (train) and 10,000 (test), or of stacked digits, by default
            25,600 in any split; for these only.
        fit: "pad", "crop" or "stretch", for pictures of mixed sizes; for folders only (see read_folder).
        channels: 1 or 3 turns images to grey or to colour; None leaves them.

    Returns:
        Dataset.

    Raises:
        ValueError: one line: what was expected, what came, the fix.
    """
    name, path = _parse(spec)
    check_split(split)
    _check_options(name, rng, n, fit, channels)
    if name in POINTS:
        return _load_points(name, split, rng, n)
    if name in SOURCES:
        return _load_stacked(name, split, data_dir, rng, n)
    if name in ("folder", "npz"):
        if name == "folder":
            images, report = read_folder(path, fit=fit, channels=channels)
            labels = None
        else:
            images, labels, report = read_npz(path)
        images, labels = hold_out(spec, images, labels, split)
    else:
        images, labels = read_digits(split) if name == "digits" else read_mnist(name, split, data_dir)
        images, labels, report = clean(images, labels)
    if channels is not None:
        images = to_channels(images, channels)
    return make_dataset(spec, split, images, labels, report)


def _parse(spec):
    """("folder", "faces") from "folder:faces", ("ring", "") from "ring"; ValueError for an unknown name."""
    name, _, path = str(spec).partition(":")
    if name in ("folder", "npz"):
        if not path:
            raise ValueError(f"expected a path after '{name}:', got {spec!r}; fix: --data {name}:PATH")
        return name, path
    if spec in NAMES:
        return spec, ""
    plain = [known.partition(":")[0] for known in NAMES]
    near = difflib.get_close_matches(name.lower(), plain, n=1)
    if Path(str(spec)).is_dir():
        hint = f"; did you mean folder:{spec}?"
    elif str(spec).endswith(".npz"):
        hint = f"; did you mean npz:{spec}?"
    else:
        hint = f"; did you mean {NAMES[plain.index(near[0])]}?" if near else ""
    raise ValueError(f"expected a data set out of {', '.join(NAMES)}, got {spec!r}{hint}")


def _check_options(name, rng, n, fit, channels):
    if (name in POINTS or name in SOURCES) and not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"{name}: expected rng to be a numpy.random.Generator, got {type(rng).__name__}; "
            f"fix: rng=np.random.default_rng(0)"
        )
    if n is not None and name not in POINTS and name not in SOURCES:
        raise ValueError(
            f"{name}: n is the number of 2-D points or stacked digits, got {n!r}; fix: leave it out for other images"
        )
    if fit is not None and name != "folder":
        raise ValueError(f"{name}: fit is for folder:PATH, got {fit!r}; fix: leave out --fit")
    if channels is not None and (name in POINTS or channels not in (1, 3)):
        raise ValueError(f"{name}: channels are 1 or 3, of images, got {channels!r}; fix: drop --channels")
    if channels == 1 and name in SOURCES:
        raise ValueError(f"{name}: each of the three channels is a digit, got the wish for 1; fix: drop --channels")


def _load_points(name, split, rng, n):
    """Each split has a stream of its own, seeded from rng, so that one seed gives two independent draws."""
    streams = dict(zip(("train", "test"), _streams(rng, 2), strict=True))
    draws = [
        POINTS[name](POINT_COUNTS[part] if n is None else n, own)
        for part, own in streams.items()
        if split in (part, "all")
    ]
    points = np.concatenate(draws)
    return make_dataset(name, split, points, None, CleaningReport(len(points), len(points), unit="points"))


def _load_stacked(name, split, data_dir, rng, n):
    """Three digits of the same split of the source in each picture: no digit of "test" is in one of "train"."""
    digits = load(SOURCES[name], split=split, data_dir=data_dir)
    own = _streams(rng, len(SPLITS))[SPLITS.index(split)]
    images, labels = stack(digits.x, digits.labels, COUNT if n is None else n, own)
    return make_dataset(name, split, images, labels, replace(digits.report, unit="digits"))


def _streams(rng, count):
    """Independent streams, one for each split, seeded by four numbers from rng."""
    entropy = rng.integers(2**32, size=4).tolist()
    return [np.random.default_rng([stream, *entropy]) for stream in range(count)]


__all__ = ["DESCRIPTIONS", "NAMES", "SPLITS", "load"]
