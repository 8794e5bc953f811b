"""From the arrays of a file to samples: which array it is, whether it holds pictures, signals, a table or points, and
what its numbers mean.

What the samples are is told from the headers of the file, before it is read. The shape decides where it can:

    (N, H, W, 1 or 3), (N, 1 or 3, H, W)    pictures
    (N, A, B)        pictures if they are uint8 or bool, or `images` by name, or about as high as wide; else signals.
                     With a side of 1 they are signals whatever they are called
    (N, d), (N,)     a table of d columns; with two columns, points in the plane. Pictures if --image-size is given

Where both could be meant, the report says what was taken, and --data-as takes the other. From here on the shape of a
sample says what it is: (H, W, C) a picture, (T, C) a signal of T steps, (d,) a row of a table.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isqrt, prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigan.checks import naming

from .cleaning import MAX_CLASSES, channels_last, checked_labels, clean_numbers, clean_pictures
from .dataset import Reading, listed, split_mask
from .npz import ALONE, Header, check_plain, read_arrays, read_headers
from .scaling import Scaling

KINDS = ("pictures", "signals", "table", "points")
UNITS = {"pictures": "images", "signals": "signals", "table": "rows", "points": "points"}
# Names that are looked for, in this order, in small or large letters; for samples, then a single array of any name.
SAMPLES = ("images", "x_train", "x", "data", "arr_0", "signals", "table", "points")
LABELS = ("labels", "y_train", "y", "target", "arr_1")
LONG = 3  # an array (N, A, B) whose sides differ by more than this factor holds signals rather than pictures
LEAST_SIDE = 8  # of a picture of floats that no name calls one


class Found(NamedTuple):
    """The arrays of a file that matter, and what the samples are.

    key, header: of the samples. labels: key of the class numbers, or None. test: keys of the samples and the labels of
    a test split of the file's own, or None. shape: of one sample, (H, W, C), (T, C) or (d,); pictures may still have
    their channels first. notes: what was taken for what.
    """

    key: str
    header: Header
    kind: str
    labels: str | None
    test: tuple[str, str | None] | None
    shape: tuple[int, ...]
    notes: tuple[str, ...]


def look(path: str | Path, kind: str | None = None, size: tuple[int, int] | None = None) -> Found:
    """What a file of arrays holds, told from its headers.

    kind: one of KINDS, to say so oneself; None: as the array looks. size: (height, width) of pictures that are
    flattened, (N, d), in the file.
    Raises ValueError, naming the file: no such file, no array that could be meant, or one that is no `kind`.
    """
    headers = read_headers(path)
    with naming(path):
        names = {key.lower(): key for key in headers}
        key = _samples_key(headers, names)
        check_plain(key, headers[key])
        test = (names["x_test"], names.get("y_test")) if key.lower() == "x_train" and "x_test" in names else None
        labels = next((names[name] for name in LABELS if names.get(name, key) != key), None)
        kind, shape, notes = _kind_and_shape(key, headers[key], kind, size)
        unread = sorted(set(headers) - {key, labels, *(test or ())})
        if key not in ("images", ALONE):
            of = f", labels from '{labels}'" if labels else ""
            more = f"; not read: {listed(unread)}" if unread else ""
            notes = (f"samples from '{key}'{of}{more}", *notes)
        return Found(key, headers[key], kind, labels, test, shape, notes)


def read(
    path: str | Path, split: str = "train", kind: str | None = None, size: tuple[int, int] | None = None
) -> Reading:
    """The samples of a file of arrays, cleaned; tables and signals are brought to one scale.

    Args:
        path: an .npz or .npy file.
        split: "train", "test" or "all". A file with x_train and x_test has its own; of others every tenth sample is for
            the test.
        kind, size: as for `look`.

    Returns:
        Reading. Pictures are uint8 (N, H, W, C). Points and tables (N, d) and signals (N, T, C) are float32, by the
        Scaling of the train split, whatever split is asked for. Labels are class numbers, or None.

    Raises:
        ValueError: as `look`; values out of range; nothing usable.
    """
    found = look(path, kind, size)
    arrays = read_arrays(path, wanted=[key for key in (found.key, found.labels, *(found.test or ())) if key])
    with naming(path):
        x, labels, own, notes = _joined(found, arrays)
        if found.kind == "pictures":
            x, moved = channels_last(x)
            x, rows, report = clean_pictures(x, np.arange(len(x)))
            notes += moved + report.notes
        else:
            x, rows, report = clean_numbers(x, np.arange(len(x)), UNITS[found.kind])
        labels, is_test = None if labels is None else labels[rows], None if own is None else own[rows]
        scaling = Scaling()
        if found.kind != "pictures":
            scaling = Scaling.of(x[split_mask(path, len(x), "train", is_test)])
            x, notes = scaling.apply(x), notes + _scaled(found.kind, scaling, x)
        classes = None if labels is None else tuple(map(str, range(labels.max() + 1)))  # those of both splits
    keep = split_mask(f"npz:{path}", len(x), split, is_test)
    report = replace(report, notes=found.notes + notes)
    return Reading(x[keep], None if labels is None else labels[keep], report, classes, scaling=scaling)


def _samples_key(headers, names):
    """The key of the samples: one of SAMPLES, or the only array there is beside labels."""
    for name in SAMPLES:
        if name in names:
            return names[name]
    others = [key for key in headers if key.lower() not in LABELS]
    if len(others) != 1:
        there = [f"{key} {headers[key]}" for key in headers][:9]
        raise ValueError(f"expected the key 'images' (or x_train, X, data, arr_0), or a single array, found {there}; "
                         "fix: np.savez(path, images=...)")  # fmt: skip
    return others[0]


def _kind_and_shape(key, header, asked, size):
    """(kind, shape of a sample, notes) of an array, `asked` for as one of KINDS or None."""
    sample, what = header.shape[1:] or (1,), f"{header}" if key == ALONE else f"'{key}', {header},"
    if len(sample) > 3:
        raise ValueError(f"expected samples of 1 to 3 axes, pictures (H, W, C), signals (T, C) or rows (d,), found "
                         f"{what} with {len(sample)}; fix: reshape it")  # fmt: skip
    flat = _unflattened(sample[0], size) if len(sample) == 1 else None
    if len(sample) == 1 and asked in (None, "pictures") and (size or asked or key.lower() == "images"):
        if flat and (size or asked):
            return "pictures", flat, (f"{sample[0]} numbers each: taken as pictures of {' x '.join(map(str, flat))}",)
        if asked or key.lower() == "images":
            raise ValueError(f"expected images (N, H, W, C) with C = 1 or 3, or (N, H, W), found {what}; "
                             "fix: --image-size HEIGHTxWIDTH for flattened pictures, --data-as table for rows of "
                             "numbers")  # fmt: skip
    natural, notes = _natural(key, sample, header.dtype)
    kind = asked or natural
    if kind == "table":
        flattened = len(sample) > 1
        return kind, (prod(sample),), ((f"{what} taken as a table of {prod(sample)} columns",) if flattened else notes)
    if kind == "signals" and len(sample) < 3:
        shape = (*sample, 1)[:2]
        return kind, shape, notes if kind == natural else (f"{what} taken as signals, {steps(shape)}",)
    if kind == "points" and sample == (2,):
        return kind, sample, notes
    if kind == "pictures" and len(sample) > 1:
        return kind, sample, notes if kind == natural else (f"{what} taken as pictures",)
    raise ValueError(f"expected {kind}, found {what} which cannot be that; fix: --data-as {natural}")


def _natural(key, sample, dtype):
    """What samples of this shape are if nobody says so, and notes if they could be something else."""
    if len(sample) == 3:
        return "pictures", ()
    if len(sample) == 1:
        if dtype == np.uint8 and (flat := _unflattened(sample[0], None)) and sample[0] >= LEAST_SIDE**2:
            return "table", (f"a table of {sample[0]} columns; for pictures of {flat[0]} x {flat[1]} say "
                             f"--image-size {flat[0]}",)  # fmt: skip
        return ("points" if sample == (2,) else "table"), ()
    low, high = sorted(sample)
    called = key.lower() == "images" or dtype.kind == "b" or dtype == np.uint8
    shaped = key.lower() != "signals" and low >= LEAST_SIDE and high <= LONG * low
    if low > 1 and (called or shaped):
        clear = called or (low, high) == (28, 28)
        return "pictures", () if clear else (f"{dtype} {sample} taken as pictures; --data-as signals if they are not",)
    clear = key.lower() == "signals" or low == 1 and key.lower() != "images"
    other = "" if clear else "; --data-as pictures if they are not" if low > 1 else ", for pictures have two sides"
    return "signals", (f"taken as signals, {steps(sample)}{other}",)


def steps(shape: Sequence[int]) -> str:
    """A shape (T, C) in words."""
    return f"{shape[0]} steps of {shape[1]} channel{'s' * (shape[1] > 1)}"


def _unflattened(d, size):
    """(H, W, C) of pictures of d numbers: of the given size (height, width), else square; None if neither is."""
    for channels in (1, 3):
        if size and prod(size) * channels == d:
            return (*size, channels)
    for channels in (1, 3):
        side = isqrt(d // channels)
        if side > 1 and side * side * channels == d:
            return side, side, channels
    return None


def _joined(found, arrays):
    """The samples of both splits, their labels or None, which are of a test split of the file's own or None, notes."""
    x, labels, notes = arrays[found.key], arrays.get(found.labels), ()
    counts, own = [len(x)], None
    if found.test:
        test, test_labels = arrays[found.test[0]], arrays.get(found.test[1])
        if test.shape[1:] != x.shape[1:]:
            raise ValueError(f"expected samples of one shape, found '{found.key}' {x.shape} and '{found.test[0]}' "
                             f"{test.shape}; fix: bring both to one")  # fmt: skip
        own = np.repeat([False, True], [len(x), len(test)])
        x, counts = np.concatenate([x, test]), [len(x), len(test)]
        if labels is not None:
            both = test_labels is not None and test_labels.shape[1:] == labels.shape[1:]
            labels = np.concatenate([labels, test_labels]) if both else None
            notes += () if both else (f"'{found.labels}' without one for '{found.test[0]}': left out",)
    if labels is not None:
        labels, said = _class_numbers(found.labels, labels, sum(counts))
        notes += said
    return x.reshape(len(x), *found.shape), labels, own, notes


def _class_numbers(key, y, count):
    """Labels as int64 (N,), or None with a note on why they are none. What is called `labels` must be some."""
    if key == "labels":
        return checked_labels(y, count), ()
    notes = ()
    if y.shape[1:] == (1,):
        y = y[:, 0]
    if y.ndim == 2 and len(y) == count and (np.sort(y, axis=1)[:, [0, -2, -1]] == [0, 0, 1]).all():
        y, notes = y.argmax(axis=1), (f"'{key}' is one-hot: class k has its 1 in column k",)
    if y.shape == (count,) and (y == np.rint(y)).all() and y.min() >= 0 and y.max() < MAX_CLASSES:
        return y.astype(np.int64), notes
    return None, (f"'{key}' is left out: expected a class number 0..{MAX_CLASSES - 1:,} for each of {count:,} samples, "
                  f"found {y.dtype} {y.shape}",)  # fmt: skip


def _scaled(kind, scaling, x):
    """What to say of a Scaling of numbers x, as notes."""
    what = {"signals": "channel"}.get(kind, "column")
    notes = [f"each {what} is brought to mean 0 and deviation 1; samples.npz is in the units of the file"]
    flat = x.reshape(-1, x.shape[-1])
    same = np.flatnonzero((flat == flat[0]).all(axis=0))
    if len(same):
        notes.append(f"{what}s that are always the same, and are kept so: {listed(list(map(str, same)))}")
    return tuple(notes)
