"""One door to all data: `load(spec)`, where spec is what stands after --data on the command line.

Behind it is one table, SOURCES: for each name a function that reads the set, and which options the function takes.
`register` adds data sets of your own to the table.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigan.checks import naming, pair

from . import arrays, emnist, signals
from .cleaning import CleaningReport, checked_labels, clean, clean_foreign
from .dataset import SPLITS, Dataset, Reading, check_split, hold_out, make_dataset, with_class_notes
from .digits import read_digits
from .folder import read_folder
from .mnist import read_mnist
from .points import known_modes, mixture, swiss_roll
from .stacked import COUNT, stack
from .stacked import SOURCES as STACKED
from .steps import Size, to_channels

FIGURES = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
POINT_COUNTS = {"train": 50_000, "test": 10_000}
SIGNAL_COUNTS = {"train": 4_000, "test": 1_000}

Read = Callable[..., tuple[np.ndarray, np.ndarray | None]]


class Source(NamedTuple):
    """One entry of the table.

    read: function (split, **options) -> Reading, with those of its name, its path and the options of `load` that
        `takes` lists.
    kind: what its samples are; that of an array file is looked for in the file. rate: of signals, steps a second; 0:
        not known. hash_labels: see Dataset. own: whether it was registered, and not built in.
    """

    read: Callable[..., Reading]
    description: str
    takes: tuple[str, ...] = ()
    kind: str = "pictures"
    hash_labels: bool = True
    own: bool = False
    rate: int = 0


def load(spec: str, *, split: str = "train", data_dir: str | Path | None = None, rng: np.random.Generator | None = None,
         n: int | None = None, fit: str | None = None, channels: int | None = None, size: Size | None = None,
         background: str | None = None, kind: str | None = None) -> Dataset:  # fmt: skip
    """Read, clean and hash a data set.

    Args:
        spec: a name out of DESCRIPTIONS, with a real path after "folder:", "npz:" and "npy:".
        split: "train", "test" (kept apart for evaluation) or "all". Folders and .npz files hold out every
            tenth image for "test"; of points, train and test are independent draws.
        data_dir: where to look for the files of mnist, fashion-mnist and emnist first; other sets do not need it.
        rng: numpy.random.Generator; four numbers are drawn from it. Needed for points, made signals, stacked
            digits and registered sets only.
        n: number of points in each split, by default 50,000 (train) and 10,000 (test), of made signals, 4,000 and
            1,000, or of stacked digits, by default 25,600 in any split; for these and registered sets only.
        fit: "crop" (the default), "pad" or "stretch": what is done to pictures of another shape; for folders only
            (see read_folder).
        channels: 1 or 3 turns images to grey or to colour; None leaves them.
        size: side, or (height, width), that `prepare` is going to bring the images to. The pictures of a folder are
            read straight at that size, so that large ones need no memory; None: see `fitting.choose`. Flattened
            pictures of an array file are taken to have it. Other sets come as they are.
        background: "black" (the default), "white" or "#rrggbb", under transparent parts of pictures and around padded
            ones; for folders only.
        kind: what the samples of an array file are, "pictures", "signals", "table" or "points"; None: as they look.

    Returns:
        Dataset.

    Raises:
        ValueError: one line: what was expected, what came, the fix.
    """
    name, source, path = _find(spec)
    check_split(split)
    options = dict(name=name, path=path, data_dir=data_dir, rng=rng, n=n, fit=fit, channels=channels, size=size,
                   background=background, kind=kind)  # fmt: skip
    with naming(name):
        _check_options(name, source, options)
    x, labels, report, classes, names, scaling = source.read(split, **{key: options[key] for key in source.takes})
    if channels is not None:
        if x.ndim != 4:
            raise ValueError(f"{spec}: channels are of images, got {channels}; fix: drop --channels")
        x = to_channels(x, channels)
    dataset = make_dataset(spec, split, x, labels, report, classes, source.hash_labels, names, scaling)
    return with_class_notes(dataset) if "path" in source.takes or source.own else dataset


def look(spec: str, kind: str | None = None, size: tuple[int, int] | None = None) -> tuple[str, int]:
    """What the samples of a data set are, "pictures", "signals", "table" or "points", and how many numbers each has, 0
    where that is not known before they are read. Of an array file only the headers are read; kind and size are as for
    `load`. Raises ValueError for an unknown name, or as `minigan.data.arrays.look`."""
    _, source, path = _find(spec)
    if source.read is not _arrays:
        return source.kind, 2 if source.kind == "points" else 0
    found = arrays.look(path, kind, size)
    return found.kind, prod(found.shape)


def kind_of(spec: str, kind: str | None = None, size: tuple[int, int] | None = None) -> str:
    """What the samples of a data set are; as `look`."""
    return look(spec, kind, size)[0]


def kind_by_name(spec: str) -> str:
    """`kind_of`, told by the name alone; of array files that is pictures."""
    return _find(spec)[1].kind


def rate_of(spec: str) -> int:
    """Steps a second of the signals of a data set; 0 where that is not known, as of array files, or there are none.
    Raises ValueError for an unknown name."""
    return _find(spec)[1].rate


def is_arrays(spec: str) -> bool:
    """Whether a data set is a file of arrays. Raises ValueError for an unknown name."""
    return _find(spec)[1].read is _arrays


def is_points(spec: str) -> bool:
    """Whether a data set holds numbers that are no pictures: points, a table or signals. Raises ValueError as
    `kind_of`."""
    return kind_of(spec) != "pictures"


def register(name: str, read: Read, description: str, points: bool = False,
             classes: Sequence[str] | None = None) -> None:  # fmt: skip
    """Add a data set to the table, so that `load` knows it. The same name again replaces what was registered.

    Args:
        name: what stands after --data; without ":" and spaces.
        read: function (split, rng, n) -> (x, labels), called for each `load`. split: "train", "test" or "all". rng: a
            numpy Generator; each split has its own. n: the number of samples that was asked for, or None.
            x: images (N, H, W, C) or (N, H, W), uint8 or float in [0, 1], which are then cleaned as all images; or
            points (N, 2), which become float32. labels: class numbers (N,) from 0, or None.
        description: one line for the list of data sets.
        points: whether x are points.
        classes: the names of classes 0, 1, ...; None: their numbers, up to the largest of the split.

    Raises:
        ValueError: a name that is taken or cannot be written on the command line, or no function. What `read` returns
            is checked by `load`.
    """
    if not isinstance(name, str) or not name or ":" in name or name.split() != [name]:
        raise ValueError(f"expected a name without ':' and spaces for the data set, got {name!r}")
    if name in [known.partition(":")[0] for known, source in SOURCES.items() if not source.own]:
        raise ValueError(f"the data set {name!r} comes with minigan; choose another name for yours")
    if not callable(read):
        raise ValueError(f"{name}: expected a function (split, rng, n) -> (x, labels), got {type(read).__name__}")
    if not isinstance(description, str) or len(description.splitlines()) != 1:
        raise ValueError(f"{name}: expected a description of one line, got {description!r}")
    reader = partial(_registered, name=name, read=read, points=points, classes=classes and tuple(map(str, classes)))
    SOURCES[name] = Source(reader, description, ("rng", "n"), "points" if points else "pictures", own=True)
    DESCRIPTIONS[name] = description


def _find(spec):
    """(key, Source, path) of "folder:faces" or "ring", the path "" where there is none; ValueError if it is unknown."""
    kind, _, path = str(spec).partition(":")
    for key, source in SOURCES.items():
        if "path" in source.takes and key.partition(":")[0] == kind:
            if not path:
                raise ValueError(f"expected a path after '{kind}:', got {spec!r}; fix: --data {key}")
            return kind, source, path
        if key == spec:
            return key, source, ""
    plain = {known.partition(":")[0]: known for known in reversed(SOURCES)}
    near = difflib.get_close_matches(kind.lower(), plain, n=1)
    hint = f"; did you mean {plain[near[0]]}?" if near else ""
    if Path(str(spec)).is_dir():
        hint = f"; did you mean folder:{spec}?"
    elif str(spec).endswith((".npz", ".npy")):
        hint = f"; did you mean npz:{spec}?"
    raise ValueError(f"expected a data set out of {', '.join(SOURCES)}, got {spec!r}{hint}")


def _check_options(name, source, options):
    rng, n, channels, kind = (options[key] for key in ("rng", "n", "channels", "kind"))
    if "rng" in source.takes and not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, got {type(rng).__name__}; fix: rng=np.random.default_rng(0)")
    if n is not None and "n" not in source.takes:
        raise ValueError(f"n is the number of 2-D points or stacked digits, or of made signals, got {n!r}; fix: "
                         "leave it out")  # fmt: skip
    for of_pictures in ("fit", "background"):
        if options[of_pictures] is not None and of_pictures not in source.takes:
            raise ValueError(f"{of_pictures} is for folder:PATH, got {options[of_pictures]!r}; fix: leave out "
                             f"--{of_pictures}")  # fmt: skip
    if kind not in (None, *arrays.KINDS):
        raise ValueError(f"expected a kind out of {', '.join(arrays.KINDS)}, got {kind!r}; fix: --data-as pictures")
    if kind is not None and source.read is not _arrays and kind != source.kind:
        raise ValueError(f"--data-as is for npz:FILE, and {name} is what it is, got {kind!r}; fix: leave it out")
    if channels is not None and (source.kind != "pictures" or channels not in (1, 3)):
        raise ValueError(f"channels are 1 or 3, of images, got {channels!r}; fix: drop --channels")
    if channels == 1 and name in STACKED:
        raise ValueError("each of the three channels is a digit, got the wish for 1; fix: drop --channels")


def _digits(split, name):
    return Reading(*clean(*read_digits(name, split)), FIGURES)


def _mnist(split, name, data_dir):
    return Reading(*clean(*read_mnist(name, split, data_dir)), FIGURES if name == "mnist" else CLOTHES)


def _stacked(split, name, data_dir, rng, n):
    """Three digits of the same split of the source in each picture: no digit of "test" is in one of "train"."""
    digits = load(STACKED[name], split=split, data_dir=data_dir)
    x, labels = stack(digits.x, digits.labels, COUNT if n is None else n, _streams(rng, SPLITS)[split])
    return Reading(x, labels, replace(digits.report, unit="digits"), tuple(f"{k:03}" for k in range(1000)))


def _folder(split, path, fit, channels, size, background):
    images, labels, classes, names, report = read_folder(path, fit=fit, channels=channels, size=size,
                                                         background=background)  # fmt: skip
    spec = f"folder:{path}"
    names, _ = hold_out(spec, np.array(names, object), None, split)
    return Reading(*hold_out(spec, images, labels, split), report, classes, tuple(names))


def _arrays(split, path, kind, size):
    return arrays.read(path, split, kind, None if size is None else pair("size", size))


def _emnist(split, name, data_dir):
    return Reading(*clean(*emnist.read_emnist(name, split, data_dir)), emnist.CLASSES[name.removeprefix("emnist-")])


def _points(split, name, rng, n):
    """Each split has a stream of its own, seeded from rng, so that one seed gives two independent draws. Labels are the
    modes, where the set has known ones."""
    streams, modes = _streams(rng, POINT_COUNTS), known_modes(name)
    drawn = [(POINT_COUNTS[part] if n is None else n, streams[part]) for part in POINT_COUNTS if split in (part, "all")]
    parts = [mixture(*part, *modes) if modes else (swiss_roll(*part), None) for part in drawn]
    points, labels = (None if own[0] is None else np.concatenate(own) for own in zip(*parts, strict=True))
    return Reading(points, labels, CleaningReport(len(points), len(points), unit="points"))


def _signals(split, name, rng, n):
    """As `_points`; the modes are the classes."""
    streams, made = _streams(rng, SIGNAL_COUNTS), signals.SETS[name]
    parts = [part for part in SIGNAL_COUNTS if split in (part, "all")]
    drawn = [signals.make_signals(name, SIGNAL_COUNTS[part] if n is None else n, streams[part]) for part in parts]
    x, labels = (np.concatenate(own) for own in zip(*drawn, strict=True))
    note = f"{signals.T} steps of 1 channel, {made.rate:,} a second"
    return Reading(x, labels, CleaningReport(len(x), len(x), unit="signals", notes=(note,)), made.modes)


def _registered(split, rng, n, name, read, points, classes):
    """What a registered function returns, checked as arrays from a file are."""
    came = read(split, _streams(rng, SPLITS)[split], n)
    with naming(name):
        if not isinstance(came, tuple | list) or len(came) != 2:
            raise ValueError(f"expected read to return (x, labels), got {type(came).__name__}; fix: return x, None")
        try:
            x, labels = np.asarray(came[0]), None if came[1] is None else np.asarray(came[1])
        except ValueError as error:
            raise ValueError(f"expected arrays from read ({error}); fix: bring all images to one size") from None
        reading = Reading(*(_foreign_points if points else clean_foreign)(x, labels), classes)
        if classes is not None and labels is not None and (most := reading.labels.max()) >= len(classes):
            raise ValueError(f"expected labels 0..{len(classes) - 1}, as there are names of classes, found {most}; "
                             "fix: name them all")  # fmt: skip
        return reading


def _foreign_points(x, labels):
    if x.ndim != 2 or x.shape[1] != 2 or not len(x) or x.dtype.kind != "f":
        raise ValueError(f"expected float points (N, 2), found {x.dtype} {x.shape}; fix: x.astype(np.float32)")
    broken = int(np.count_nonzero(~np.isfinite(x).all(axis=1)))
    if broken:
        raise ValueError(f"expected finite points, found {broken:,} of {len(x):,} with NaN or infinity")
    return x.astype(np.float32), checked_labels(labels, len(x)), CleaningReport(len(x), len(x), unit="points")


def _streams(rng, splits):
    """{split: a Generator of its own}, seeded by four numbers from rng."""
    entropy = rng.integers(2**32, size=4).tolist()
    return {split: np.random.default_rng([stream, *entropy]) for stream, split in enumerate(splits)}


STACK = ("name", "data_dir", "rng", "n")
POINTS = {"takes": ("name", "rng", "n"), "kind": "points", "hash_labels": False}
SIGNALS = {
    "chirps": "1,024 steps of sound: a tone that stays or glides, 8 known glides; made by a program",
    "plucks": "1,024 steps of sound: a plucked string, 8 known pitches; made by a program",
    "beats": "1,024 steps of a heart's current, 5 known kinds of beats; made by a program",
}
SOURCES = {
    "digits": Source(_digits, "5,000 handwritten digits of MNIST, 28 x 28, grey; comes with minigan", ("name",)),
    "digits-8x8": Source(_digits, "1,797 handwritten digits, 8 x 8, grey; comes with minigan", ("name",)),
    "mnist": Source(_mnist, "70,000 handwritten digits, 28 x 28, grey; found here or downloaded once (11 MB)",
                    ("name", "data_dir")),
    "fashion-mnist": Source(_mnist, "70,000 pieces of clothing, 28 x 28, grey; found here or downloaded once (30 MB)",
                            ("name", "data_dir")),
    **{f"emnist-{kind}": Source(_emnist, f"handwritten characters, 28 x 28, grey, {len(names)} classes; files of yours",
                                ("name", "data_dir")) for kind, names in emnist.CLASSES.items()},
    "stacked-digits": Source(
        _stacked, "25,600 pictures of three MNIST digits, one in each colour: 1,000 kinds to be found", STACK),
    "stacked-digits:digits": Source(_stacked, "the same from the digits that come with minigan", STACK),
    "stacked-digits:digits-8x8": Source(_stacked, "the same from the 8 x 8 digits that come with minigan", STACK),
    "folder:PATH": Source(_folder, "your own pictures, of any format and size; the subfolders are the classes",
                          ("path", "fit", "channels", "size", "background"), hash_labels=False),
    "npz:FILE": Source(_arrays, "your own arrays, .npz or .npy: pictures, signals (N, T, C), tables (N, d)",
                       ("path", "kind", "size")),
    "npy:FILE": Source(_arrays, "the same", ("path", "kind", "size")),
    **{name: Source(_signals, text, ("name", "rng", "n"), "signals", rate=signals.SETS[name].rate)
       for name, text in SIGNALS.items()},
    "dirac": Source(_points, "2-D points of one narrow Gaussian at (0, 0), for the smallest GAN of all", **POINTS),
    "ring": Source(_points, "2-D points from 8 Gaussians on a circle", **POINTS),
    "grid": Source(_points, "2-D points from 25 Gaussians on a grid", **POINTS),
    "swiss-roll": Source(_points, "2-D points along a spiral", **POINTS),
}  # fmt: skip
DESCRIPTIONS = {name: source.description for name, source in SOURCES.items()}
