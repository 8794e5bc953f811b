"""A folder of your own pictures: PNG, JPEG or BMP, in subfolders too, grey or colour. The subfolders are the classes.

Read in two rounds. The first opens only the headers, so that mixed sizes, mixed colours and pictures that are
far too large are found before a pixel is decoded; the second decodes. A file that cannot be read is dropped,
counted and named in the report.
"""

import re
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigan.checks import naming

from .cleaning import CleaningReport, clean
from .dataset import listed
from .idx import MAX_BYTES
from .pictures import channels_of, size_of, to_pixels
from .steps import crop, pad, resize, to_channels

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
FITS = ("pad", "stretch", "crop")
MAX_PIXELS = 2**26  # of one picture, 8192 x 8192: beyond that, a file of a few kB can fill the memory


class _Picture(NamedTuple):
    """What the header of a picture says."""

    path: Path
    name: str  # the path below the folder, with / between its parts
    size: tuple  # (height, width)
    channels: int


def read_folder(
    folder: str | Path, *, fit: str | None = None, channels: int | None = None
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...] | None, CleaningReport]:
    """Read and clean all pictures below a folder, in the order of their names.

    Files whose name or folder begins with a dot are not looked at (file managers leave such files behind).
    Transparency is laid over black. 16-bit grey is scaled to 8 bit.

    The class of a picture is the subfolder of `folder` that it lies in, at whatever depth: faces/cat/young/1.png
    is a cat. Classes are numbered by name in natural order: 0, 1, 2, ..., 9, 10. A subfolder without a usable
    picture is no class. If there are pictures beside the subfolders, there are no labels. The report says both.

    Args:
        folder: path.
        fit: how to bring all to one size. None: they must have one. "pad": into the middle of a black square
            with the longest side of all. "crop": the middle square with the shortest side of all. "stretch":
            to the most frequent size (of equally frequent ones the largest).
        channels: 1 (all to grey) or 3 (all to colour). None: they must agree.

    Returns:
        (images uint8 (N, H, W, C), labels int64 (N,) or None, names of the classes or None, CleaningReport).

    Raises:
        ValueError: no folder, no pictures, mixed sizes or colours without fit or channels, more than half
            unusable, or more than MAX_BYTES.
    """
    if fit is not None and fit not in FITS:
        raise ValueError(f"expected a fit out of {', '.join(FITS)}, got {fit!r}")
    if channels not in (None, 1, 3):
        raise ValueError(f"expected 1 or 3 channels, got {channels!r}")
    folder = Path(folder).expanduser()
    with naming(folder):
        pictures, unreadable = _read_headers(folder, _find(folder))
        size = _common_size(pictures, fit)
        channels = _common_channels(pictures) if channels is None else channels
        if len(pictures) * size[0] * size[1] * channels > MAX_BYTES:
            raise ValueError(f"{len(pictures):,} pictures of {size[0]} x {size[1]} need more than the limit of "
                             f"{MAX_BYTES:,} bytes; fix: shrink the files first")  # fmt: skip
        images, names, broken = _decode_all(pictures, size, channels, fit)
        subfolders = _subfolders(folder)
        inside = [subfolders.get(name.partition("/")[0], -1) if "/" in name else -1 for name in names]
        already = {"unreadable": unreadable + broken}
        images, labels, report = clean(images, np.array(inside, np.int64), names=names, already=already)
        labels, classes, notes = _classes(labels, list(subfolders))
        return images, labels, classes, replace(report, notes=notes)


def _subfolders(folder):
    """{name: number} of the subfolders, in natural order: runs of figures count as numbers, so 2 is before 10."""
    names = [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    parts = {name: [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)] for name in names}
    return {name: number for number, name in enumerate(sorted(names, key=lambda name: (parts[name], name)))}


def _classes(inside, names):
    """From the number of each picture's subfolder, -1 for none, and the names of all subfolders: (labels, classes,
    notes for the report). Numbers without a picture are closed up."""
    outside = int(np.count_nonzero(inside < 0))
    if outside == len(inside):
        return None, None, ()
    if outside:
        note = (f"no labels, because {outside:,} of {len(inside):,} pictures lie beside the subfolders; "
                "fix: move each into the subfolder of its class")  # fmt: skip
        return None, None, (note,)
    used, labels = np.unique(inside, return_inverse=True)
    classes = tuple(names[number] for number in used)
    notes = [f"{len(classes):,} classes, the subfolders {listed(classes)}"]
    empty = [name for name in names if name not in classes]
    if empty:
        notes.append(f"no class for subfolders without a usable picture: {listed(empty)}")
    return labels.reshape(-1), classes, tuple(notes)


def _find(folder):
    """Paths of all files with the name of a picture, sorted; raises ValueError when there are none."""
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise ValueError(f"expected a folder, found {found}; fix: check the path")
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    paths = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not paths:
        raise ValueError(f"expected pictures ({', '.join(SUFFIXES)}), found none, subfolders too; fix: check the path")
    return sorted(paths, key=lambda path: path.relative_to(folder).as_posix())


def _open(path):
    from PIL import Image

    with warnings.catch_warnings():
        # pillow only warns of what MAX_PIXELS refuses; beyond twice its own limit it raises.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path, formats=("PNG", "JPEG", "BMP"))


def _read_headers(folder, paths):
    """First round. Returns (pictures, ["name (reason)", ...]); raises ValueError when no picture is left."""
    pictures, unreadable = [], []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            with _open(path) as image:
                height, width = size_of(image)
                if height * width > MAX_PIXELS:
                    raise ValueError(f"{height} x {width} is above the limit of {MAX_PIXELS:,} pixels")
                pictures.append(_Picture(path, name, (height, width), channels_of(image)))
        except Exception as error:  # a hostile file can make a decoder raise almost anything
            unreadable.append(f"{name} ({_reason(error)})")
    if not pictures:
        raise ValueError(f"expected readable pictures, none of {len(paths)} is; first: {unreadable[0]}; "
                         "fix: check that the files are what their names say")  # fmt: skip
    return pictures, unreadable


def _decode_all(pictures, size, channels, fit):
    """Second round. Returns (uint8 (N, *size, channels), names, ["name (reason)", ...])."""
    fit_to_size = {None: crop, "pad": pad, "stretch": resize, "crop": crop}[fit]
    images = np.empty((len(pictures), *size, channels), np.uint8)
    names, broken = [], []
    for picture in pictures:
        try:
            with _open(picture.path) as image:
                pixels = to_pixels(image, picture.channels)
            images[len(names)] = to_channels(fit_to_size(pixels[None], size), channels)[0]
            names.append(picture.name)
        except MemoryError:
            raise
        except Exception as error:  # as above
            broken.append(f"{picture.name} ({_reason(error)})")
    return images[: len(names)], names, broken


def _reason(error):
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "not a PNG, JPEG or BMP inside"
    if isinstance(error, Image.DecompressionBombError):
        return f"above the limit of {MAX_PIXELS:,} pixels"
    return " ".join(str(error).split())[:100] or type(error).__name__


def _common_size(pictures, fit):
    counts = Counter(picture.size for picture in pictures)
    sides = [side for size in counts for side in size]
    if fit == "pad":
        return (max(sides), max(sides))
    if fit == "crop":
        return (min(sides), min(sides))
    if fit is None and len(counts) > 1:
        found = listed([f"{H} x {W} ({count})" for (H, W), count in counts.most_common()])
        raise ValueError(f"expected pictures of one size, found height x width {found}; "
                         "fix: --fit pad, --fit crop or --fit stretch")  # fmt: skip
    return max(counts, key=lambda size: (counts[size], size[0] * size[1], size))


def _common_channels(pictures):
    counts = Counter(picture.channels for picture in pictures)
    if len(counts) > 1:
        first = {C: next(p.name for p in pictures if p.channels == C) for C in (1, 3)}
        raise ValueError(f"expected all grey or all colour, found {counts[1]} grey (first: {first[1]}) and "
                         f"{counts[3]} in colour (first: {first[3]}); fix: --channels 1 or --channels 3")  # fmt: skip
    return next(iter(counts))
