"""A folder of your own pictures: of every format that Pillow reads, in subfolders too. The subfolders are the classes.

Read in two rounds. The first opens only the headers, so that the size of all, grey or colour, and pictures that are far
too large are found before a pixel is decoded. The second decodes one picture at a time, straight to that size: the
memory needed is that of the small pictures, and of one large one. A file that cannot be read is dropped, counted and
named in the report, and so is all that is no picture.
"""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigan.checks import naming

from . import fitting
from .cleaning import CleaningReport, clean
from .dataset import listed
from .finding import HEIC, HEIC_MARK, MARKS, NOT_HERE, find_pictures, mark_of, printable, unreadable_notes
from .idx import MAX_BYTES
from .pictures import Header, background_of, black_and_white, decode, depth_of, header_of, opened, to_8_bits
from .steps import Size, to_channels

MAX_PIXELS = 2**26  # of one picture, 8192 x 8192: beyond that, a file of a few kB can fill the memory
GLIMPSE = 128  # side of a picture that is only looked at


class _Picture(NamedTuple):
    """A file, its name below the folder, when it was changed last, its bytes, and what its header says."""

    path: Path
    name: str
    changed: int
    bytes: int
    header: Header


class _Plan(NamedTuple):
    """What all pictures are brought to."""

    fit: str  # a name in fitting.PLACES
    size: tuple[int, int]
    channels: int
    background: tuple[int, int, int]


def read_folder(folder: str | Path, *, fit: str | None = None, channels: int | None = None, size: Size | None = None,
                background: str | None = None) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...] | None,
                                                        tuple[str, ...], CleaningReport]:  # fmt: skip
    """Read and clean all pictures below a folder, in the order of their names.

    The class of a picture is the subfolder of `folder` that it lies in, at whatever depth: faces/cat/young/1.png
    is a cat. Classes are numbered by name in natural order: 0, 1, 2, ..., 9, 10. A subfolder without a usable
    picture is no class. If there are pictures beside the subfolders, there are no labels. The report says both.

    Args:
        folder: path.
        fit: what is done to pictures of another shape: "crop" to the middle (the default), "pad" or "stretch".
        channels: 1 (all to grey) or 3 (all to colour). None: colour, if any is in colour.
        size: side, or (height, width), of all. None: as `fitting.choose` has it.
        background: under transparent parts and around padded pictures: black (the default), white, #rrggbb.

    Returns:
        (images uint8 (N, H, W, C), labels int64 (N,) or None, names of the classes or None, names of the files,
        CleaningReport).

    Raises:
        ValueError: no folder, a subfolder that cannot be looked into, no pictures, more than half unusable, more than
            MAX_BYTES, or a wish that cannot be.
    """
    under = background_of(background)
    if channels not in (None, 1, 3):
        raise ValueError(f"expected 1 or 3 channels, got {channels!r}")
    folder = Path(folder).expanduser()
    with naming(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pillow: on damaged tags, and on sizes that MAX_PIXELS refuses
        found = find_pictures(folder)
        pictures, unreadable = _read_headers(found.pictures)
        plan = _plan(pictures, fit, channels, size, under)
        images, kept, broken, depth_notes, transparent = _decode_all(tuple(pictures), plan)
        unreadable = sorted(found.unreadable + unreadable + broken)
        already = {"unreadable": [f"{name} ({reason})" for name, reason in unreadable]}
        names = [picture.name for picture in kept]
        images, rows, report = clean(images, np.arange(len(images)), names=names, already=already)
        inside = [_top(name, found.subfolders) for name in names]
        labels, classes, class_notes = _classes(np.array(inside, np.int64)[rows], found.subfolders)
    notes = _notes([picture.header for picture in kept], plan, depth_notes, transparent, background or "black")
    notes += [*unreadable_notes(unreadable), *found.notes, *class_notes]
    sizes = {picture.header.size for picture in kept}
    largest = None if sizes == {plan.size} else max(sizes, key=min)
    files = tuple(kept[row].path.relative_to(folder).as_posix() for row in rows)
    return images, labels, classes, files, replace(report, notes=tuple(notes), largest=largest)


def read_pictures(paths: Sequence[str | Path], *, size: tuple[int, int], channels: int, fit: str | None = None,
                  background: str | None = None) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """Read picture files, and all pictures below folders, at one size, in the order given.

    Unlike `read_folder` it drops nothing, neither doubles nor pictures of one colour, and knows no classes: it is for
    single pictures that something is done to.

    Args:
        paths: of files and folders. size: (height, width) of all. The rest as for `read_folder`.

    Returns:
        (images uint8 (N, H, W, C), their names, notes: sentences on what was done to how many).

    Raises:
        ValueError: a path with nothing there, a file that is no picture, more than MAX_BYTES, or a wish that cannot be.
    """
    under, files, notes = background_of(background), [], []
    for path in (Path(path).expanduser() for path in paths):
        if not path.exists():
            raise ValueError(f"{path}: expected a picture or a folder of pictures, found nothing; fix: check the path")
        if path.is_dir():
            with naming(path):
                found = find_pictures(path)
            files += found.pictures
            notes += [*unreadable_notes(found.unreadable), *found.notes]
        else:
            files.append((path, path.name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        pictures, unreadable = _read_headers(files)
        plan = _plan(pictures, fit, channels, size, under)
        images, kept, broken, depth_notes, transparent = _decode_all(tuple(pictures), plan)
    if unreadable or broken:
        raise ValueError(f"{unreadable_notes(unreadable + broken)[0]}; fix: leave it out, or save it as .png")
    notes += _notes([picture.header for picture in kept], plan, depth_notes, transparent, background or "black", True)
    return images, tuple(picture.name for picture in kept), tuple(notes)


def glimpse(path: Path) -> np.ndarray:
    """One picture file, all of it in the middle of a grey square, in colour: uint8 (GLIMPSE, GLIMPSE, 3)."""
    frame = np.full((GLIMPSE, GLIMPSE, 3), 128, np.uint8)
    with opened(path) as image:
        depth, pixels = depth_of(image), decode(image, 3, "pad", frame.shape[:2], (128, 128, 128))
    DEEP.get(depth, _put_plain)([(frame, pixels)])
    return frame


def _read_headers(files):
    """First round. Returns (pictures, [(name, reason), ...]); raises ValueError when no picture is left."""
    pictures, unreadable = [], []
    for path, name in files:
        try:
            with opened(path) as image:
                header = header_of(image, path)
            if header.size[0] * header.size[1] > MAX_PIXELS:
                height, width = header.size
                raise ValueError(f"{height} x {width} is above the limit of {MAX_PIXELS:,} pixels")
            state = path.stat()
            pictures.append(_Picture(path, name, state.st_mtime_ns, state.st_size, header))
        except Exception as error:  # a hostile file can make a decoder raise almost anything
            unreadable.append((name, _reason(path, error)))
    if not pictures:
        raise ValueError(f"expected readable pictures, none of {len(files)} is; {unreadable_notes(unreadable)[0]}; "
                         "fix: check that the files are what their names say")  # fmt: skip
    return pictures, unreadable


def _plan(pictures, fit, channels, size, background):
    """What all are brought to. Raises ValueError for more than MAX_BYTES."""
    fit, size = fitting.choose([picture.header.size for picture in pictures], size, fit)
    if channels is None:
        shown = fit in ("pad", "frame") or any(picture.header.alpha for picture in pictures)
        colours = 3 if shown and len(set(background)) > 1 else 1
        channels = max(colours, *(picture.header.channels for picture in pictures))
    if len(pictures) * size[0] * size[1] * channels > MAX_BYTES:
        raise ValueError(f"{len(pictures):,} pictures of {size[0]} x {size[1]} need more than the limit of "
                         f"{MAX_BYTES:,} bytes; fix: a smaller --image-size")  # fmt: skip
    return _Plan(fit, size, channels, background)


@lru_cache(maxsize=1)  # the train and the test split are asked for one after the other, of the same files
def _decode_all(pictures, plan):
    """Second round. Returns (uint8 (N, *size, channels), their _Pictures, [(name, reason), ...], notes on those with
    more than 8 bits, how many are transparent)."""
    images = np.empty((len(pictures), *plan.size, plan.channels), np.uint8)
    images[...] = to_channels(np.array(plan.background, np.uint8).reshape(1, 1, 1, 3), plan.channels)
    kept, broken, deep, transparent = [], [], {}, 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # pillow decodes outside of Python's lock
        for picture, pixels in zip(pictures, pool.map(partial(_decoded, plan=plan), pictures), strict=True):
            if isinstance(pixels, str):
                broken.append((picture.name, pixels))
                continue
            if picture.header.depth:
                deep.setdefault(picture.header.depth, []).append((images[len(kept)], pixels))
            else:
                _put(images[len(kept)], pixels.values)
            transparent += pixels.transparent
            kept.append(picture)
    notes = [DEEP[depth](found) for depth, found in deep.items()]
    images.flags.writeable = False
    return images[: len(kept)], kept, broken, notes, transparent


def _decoded(picture, plan):
    """Pixels, or why there are none. Runs in several threads."""
    try:
        with opened(picture.path) as image:
            return decode(image, plan.channels, plan.fit, plan.size, plan.background)
    except MemoryError:
        raise
    except Exception as error:  # as above
        return _reason(picture.path, error)


def _put(frame, values):
    """Pixels (h, w, C or 1) into the middle of a frame (H, W, C)."""
    h, w = values.shape[:2]
    top, left = (frame.shape[0] - h) // 2, (frame.shape[1] - w) // 2
    frame[top : top + h, left : left + w] = values


def _put_wide(found, whole):
    """Fill in wider grey, on one scale for all -> a note. found: pairs (frame, Pixels)."""
    low, high = (extreme(pixels.extent[i] for _, pixels in found) for i, extreme in enumerate((min, max)))
    black, white = black_and_white(low, high, whole)
    for frame, pixels in found:
        _put(frame, to_8_bits(pixels.values, black, white))
    kind = "grey of more than 8 bits" if whole else "floats"
    return f"{len(found):,} in {kind}, from {low:g} to {high:g} in all: {black:g} is black and {white:g} is white"


def _put_colour(found):
    """Fill in colour of 16 bits, of which pillow gives the upper 8 -> a note."""
    for frame, pixels in found:
        _put(frame, pixels.values)
    top = max(int(pixels.values.max()) for _, pixels in found)
    dark = f" (none is above {top} of 255: they come out dark; fix: save them with 8 bits)" if top < 64 else ""
    return f"{len(found):,} in colour of 16 bits, of which the upper 8 are taken{dark}"


def _put_plain(found):
    for frame, pixels in found:
        _put(frame, pixels.values)


DEEP = {"whole": partial(_put_wide, whole=True), "float": partial(_put_wide, whole=False), "colour": _put_colour}


def _notes(headers, plan, depth_notes, transparent, background, fixed=False):
    """What was done to the pictures with these headers, as sentences. fixed: no flag chooses size or channels."""
    notes = [fitting.note([header.size for header in headers], plan.fit, plan.size, background, fixed)]
    in_colour = sum(header.channels == 3 for header in headers)
    grey = len(headers) - in_colour
    if grey and in_colour:
        done, other = ("in colour", 1) if plan.channels == 3 else ("as grey", 3)
        choose = "" if fixed else f" (--channels {other} does otherwise)"
        notes.append(f"{grey:,} grey and {in_colour:,} in colour, all taken {done}{choose}")
    elif plan.channels != headers[0].channels:
        notes.append(f"all turned to {'grey' if plan.channels == 1 else 'colour'}")
    notes += depth_notes
    if transparent:
        notes.append(f"{transparent:,} with transparent parts, laid over {background} (--background chooses another)")
    several = sum(header.frames for header in headers)
    if several:
        notes.append(f"{several:,} with several frames or pages, of which the first is taken")
    return [note for note in notes if note]


def _reason(path, error):
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        mark = mark_of(path)
        return HEIC if HEIC_MARK.match(mark) else NOT_HERE.get(path.suffix.lower()) or (
            "damaged" if MARKS.match(mark) else "no picture inside" if mark else "an empty file")  # fmt: skip
    if isinstance(error, Image.DecompressionBombError):
        return f"above the limit of {MAX_PIXELS:,} pixels"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if "truncated" in text.lower():
        return "the file is cut off"
    return printable(" ".join(text.split()))[:100] or type(error).__name__


def _top(name, subfolders):
    """The number of the subfolder that a picture of this name lies in, -1 for none."""
    first, slash, _ = name.partition("/")
    return subfolders.index(first) if slash else -1


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
