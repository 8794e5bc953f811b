"""Which files below a folder are pictures, and what else lies there, counted by kind: nothing is left out unsaid.

A file counts as a picture if its suffix is that of a format which this Pillow reads, or if its first bytes are those
of a usual one, whatever it is called.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .dataset import listed

# What Pillow has a name for, and cannot show by itself: EPS is a program for Ghostscript, WMF needs Windows, the rest
# need other libraries.
LEFT_OUT = {"EPS", "WMF", "BUFR", "GRIB", "HDF5", "IPTC", "MPEG"}
UNMARKED = {"IM", "IMT", "PCD", "SPIDER", "TGA"}  # no first bytes tell them: tried only where the suffix does

HEIC = "HEIC, which this Pillow cannot read; fix: save it as .jpg"
RAW = "a camera's raw file; fix: save it as .jpg"
CAMERAS = ".3fr .arw .cr2 .cr3 .crw .dng .erf .kdc .mrw .nef .nrw .orf .pef .raf .raw .rw2 .sr2 .srf .srw .x3f".split()
NOT_HERE = dict.fromkeys((".heic", ".heif", ".hif"), HEIC) | {
    ".avif": "AVIF, which this Pillow cannot read; fix: pip install -U pillow, or save it as .png",
    ".jxl": "JPEG XL, which this Pillow cannot read; fix: save it as .png",
}

# PNG, JPEG, GIF, TIFF (two orders of bytes), WebP, BMP (the reserved bytes are 0), JPEG 2000, AVIF.
MARKS = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF....WEBP|BM....\0{4}|\0\0\0\x0cjP  |....ftypavi[fs]",
    re.DOTALL,
)
HEIC_MARK = re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL)


class Found(NamedTuple):
    """What lies below a folder.

    pictures: (path, name) of each file that should be one, by name; a name is the path below the folder, with "/"
    between its parts. unreadable: (name, reason) of pictures that this Pillow cannot read. subfolders: the names of
    those right in the folder. notes: sentences on everything else.
    """

    pictures: list[tuple[Path, str]]
    unreadable: list[tuple[str, str]]
    subfolders: list[str]
    notes: tuple[str, ...]


def find_pictures(folder: Path) -> Found:
    """Look through a folder and its subfolders. Names that begin with a dot are not looked at, only counted.

    A link to a folder is followed, unless that folder is read anyway, so a ring of links comes to an end.

    Raises:
        ValueError: no folder, a subfolder that cannot be looked into, or no pictures.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise ValueError(f"expected a folder, found {found}; fix: check the path")
    files, subfolders, hidden, known = _walk(folder)
    suffixes = readable_suffixes()
    pictures, unreadable, others = [], [], Counter()
    for path, name in sorted(files, key=lambda file: file[1]):
        suffix = path.suffix.lower()
        kind = _kind(path, suffix, suffixes)
        if kind == "picture":
            pictures.append((path, name))
        elif kind:
            unreadable.append((name, kind))
        else:
            others[suffix or "without a suffix"] += 1
    notes = tuple(note for note in (_others_note(others), _hidden_note(hidden), _known_note(known)) if note)
    if not pictures:
        fix = () if unreadable else ("fix: check the path",)
        raise ValueError("; ".join(["expected pictures (.png, .jpg, .webp, .tiff, .gif, ...), found none, subfolders "
                                    "too", *unreadable_notes(unreadable), *notes, *fix]))  # fmt: skip
    return Found(pictures, unreadable, subfolders, notes)


def unreadable_notes(unreadable: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The sentence on files that could not be read, those with one reason together; () if there are none."""
    names = {}
    for name, reason in unreadable:
        names.setdefault(reason, []).append(name)
    groups = [f"{listed(group)} ({reason})" for reason, group in names.items()]
    return (f"unreadable: {listed(groups)}",) if groups else ()


def formats(suffix: str) -> list[str]:
    """The formats to try on a file with this suffix: all that this Pillow reads, and that have a mark of their own."""
    from PIL import Image

    own = readable_suffixes().get(suffix.lower())
    return [name for name in Image.OPEN if name not in LEFT_OUT and (name not in UNMARKED or name == own)]


def readable_suffixes() -> dict[str, str]:
    """{suffix: format} of what this Pillow reads."""
    from PIL import Image

    known = Image.registered_extensions()  # loads all formats
    readable = {*Image.OPEN, "MPO"} - LEFT_OUT  # an MPO, of two JPEGs, is opened as a JPEG
    return {suffix: name for suffix, name in known.items() if name in readable}


def printable(name: str) -> str:
    """A file name for a message of one line: what cannot be printed is a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def mark_of(path: Path) -> bytes:
    """The first 32 bytes of a file; none where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(32)
    except OSError:
        return b""


def _walk(folder):
    """(files as (path, name), subfolders of the first floor, Counter of hidden "file" and "folder", links to folders
    that are read anyway)."""
    root = os.path.realpath(folder)
    files, subfolders, hidden, known = [], [], Counter(), []
    waiting, seen = [(folder, "")], {root}
    while waiting:
        place, prefix = waiting.pop()
        for entry in _entries(place, prefix):
            path, name = Path(entry), prefix + printable(entry.name)
            if not path.is_dir():
                hidden["file"] += entry.name.startswith(".")
                files += [] if entry.name.startswith(".") else [(path, name)]
            elif entry.name.startswith("."):
                hidden["folder"] += 1
            else:
                real = os.path.realpath(path)
                if real in seen or entry.is_symlink() and Path(real).is_relative_to(root):
                    known.append(name)
                    continue
                seen.add(real)
                waiting.append((path, f"{name}/"))
                subfolders += [] if prefix else [name]
    return files, sorted(subfolders, key=_natural), hidden, known


def _natural(name):
    """Key of the natural order: runs of figures count as numbers, so 2 is before 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)], name


def _entries(place, prefix):
    try:
        with os.scandir(place) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        which = f"the subfolder {prefix[:-1]}" if prefix else "the folder"
        raise ValueError(f"cannot look into {which} ({error.strerror or error}); fix: allow it (chmod u+rx), or move "
                         "it away") from None  # fmt: skip


def _kind(path, suffix, suffixes):
    """ "picture", the reason why it is none although it should be, or "" for a file of another kind."""
    if not path.is_file():
        return _odd(path) if suffix in suffixes else ""
    if suffix in suffixes:
        return "picture"
    if suffix in CAMERAS:
        return RAW
    mark = mark_of(path)
    if MARKS.match(mark):
        return "picture"
    return HEIC if HEIC_MARK.match(mark) else NOT_HERE.get(suffix, "")


def _odd(path):
    """Why something with the name of a picture is no file."""
    try:
        os.stat(path)
    except OSError as error:
        return error.strerror
    return "no plain file"


def _others_note(others: Counter) -> str:
    kinds = [f"{count:,} {suffix}" for suffix, count in others.most_common()]
    if not kinds:
        return ""
    total = others.total()
    return f"{total:,} {'file is no picture' if total == 1 else 'files are no pictures'}: {listed(kinds)}"


def _hidden_note(hidden: Counter) -> str:
    counts = [f"{count:,} hidden {kind}{'s' * (count > 1)}" for kind, count in hidden.items() if count]
    return f"not looked at: {' and '.join(counts)}" if counts else ""


def _known_note(known: Sequence[str]) -> str:
    return f"not followed, as they lead to folders that are read anyway: {listed(known)}" if known else ""
