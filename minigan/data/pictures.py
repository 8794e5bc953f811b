"""One picture file, whatever its mode, to pixels with 1 or 3 channels.

Picture files come as black and white, grey of 8, 16 or 32 bits, palette, colour, colour with transparency, print
colours, and from cameras that were held upright. Here each becomes plain grey or plain colour, at its final size.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .finding import formats
from .fitting import PLACES
from .steps import to_channels

ORIENTATION = 0x0112  # EXIF tag: how the camera was held
ON_ITS_SIDE = (5, 6, 7, 8)
BITS = (1, 8, 10, 12, 14, 16)  # that cameras, scanners and microscopes give, in files of 16
COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255)}


class Header(NamedTuple):
    """What is known before a picture is decoded. size: (height, width) as it is meant to be seen. depth: "" for 8 bits,
    "whole" or "float" for wider grey, "colour" for colour of 16 bits. alpha: whether there may be transparent parts.
    frames: whether there are more than one."""

    size: tuple[int, int]
    channels: int
    depth: str
    alpha: bool
    frames: bool


class Pixels(NamedTuple):
    """A decoded picture. values: uint8 (h, w, channels), or of wider grey float32 (h, w, 1), on the file's own scale.
    extent: the least and the largest number in the file. transparent: whether any pixel is."""

    values: np.ndarray
    extent: tuple[float, float]
    transparent: bool


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A picture file as a PIL image whose pixels are not decoded yet; one of the formats that `finding` allows."""
    from PIL import Image

    # Not by its name: some versions of pillow garble a TIFF that lies on its side where they map it into memory.
    with open(path, "rb") as file, Image.open(file, formats=formats(path.suffix)) as image:
        yield image


def header_of(image: Any, path: Path | None = None) -> Header:
    """The Header of an opened PIL image; path: its file."""
    alpha = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    frames = bool(getattr(image, "is_animated", False))
    return Header(size_of(image, path), channels_of(image), depth_of(image), alpha, frames)


def channels_of(image: Any) -> int:
    """1 if an opened PIL image is grey, else 3, told from its header. A palette of greys counts as grey."""
    if image.mode == "P":
        layout, table = image.palette.getdata()
        entries = np.frombuffer(table, np.uint8)
        entries = entries[: len(entries) // len(layout) * len(layout)].reshape(-1, len(layout))[:, :3]
        return 1 if (entries == entries[:, :1]).all() else 3
    return 1 if image.mode in ("1", "L", "LA", "La") or depth_of(image) in ("whole", "float") else 3


def depth_of(image: Any) -> str:
    """The `depth` of a Header."""
    if image.mode == "F":
        return "float"
    if image.mode.startswith("I"):
        return "whole"
    tiles = getattr(image, "tile", None)
    raw = tiles[0][3] if tiles else ""  # the name of the layout in the file, alone or the first of several
    return "colour" if ";16" in str(raw if isinstance(raw, str) else raw[:1]) else ""


def size_of(image: Any, path: Path | None = None) -> tuple[int, int]:
    """(height, width) of an opened picture as it is meant to be seen, told from its header."""
    width, height = image.size
    if image.format == "TIFF":  # whose `size` is turned already, or not, as Pillow's version has it
        width, height = image.tag_v2.get(256, width), image.tag_v2.get(257, height)
    turn = orientation_of(image)
    if turn == 1 and image.format == "PNG" and path:
        turn = late_orientation(path)
    return (width, height) if turn in ON_ITS_SIDE else (height, width)


def orientation_of(image: Any) -> int:
    """The orientation 1 to 8 that EXIF or XMP give; 1, upright, where there is none or it is damaged."""
    from PIL import Image

    try:
        if image.format == "TIFF":  # turned by pillow as it is loaded, which then takes the tag out of these
            turn = image.tag_v2.get(ORIENTATION, 1)
        else:  # not image.getexif(): for a PNG, that decodes all of the picture to look for the tag behind it
            turn = Image.Image.getexif(image).get(ORIENTATION, 1)
    except Exception:  # a damaged tag can raise almost anything, and takes nothing from the picture
        return 1
    return turn if turn in range(1, 9) else 1


def late_orientation(path: Path) -> int:
    """The orientation of a PNG whose EXIF stands behind the pixels, found by stepping from chunk to chunk."""
    from PIL import Image

    with open(path, "rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"eXIf":
                exif = Image.Exif()
                try:
                    exif.load(file.read(length))
                    return exif.get(ORIENTATION, 1)
                except Exception:  # as above
                    return 1
            file.seek(length + 4, 1)
    return 1


def background_of(text: str | None) -> tuple[int, int, int]:
    """(red, green, blue) of black (the default), white, or #rrggbb; ValueError for anything else."""
    if text is None or text in COLOURS:
        return COLOURS[text or "black"]
    try:
        if len(text) == 7 and text[0] == "#":
            return tuple(bytes.fromhex(text[1:]))
    except (ValueError, TypeError):
        pass
    raise ValueError(f"expected a background of black, white or #rrggbb, such as #ff8800, got {text!r}")


def decode(image: Any, channels: int, fit: str, target: tuple[int, int],
           background: tuple[int, int, int] = (0, 0, 0)) -> Pixels:  # fmt: skip
    """Decode an opened picture, straight to its final size; of several frames the first.

    Args:
        image: PIL image.
        channels: 1 or 3, that it is to have. Wider grey has 1 nevertheless.
        fit: a name in `fitting.PLACES`.
        target: (height, width); with "pad" and "frame" the pixels may be fewer.
        background: what transparent parts are laid over.

    Raises:
        whatever pillow raises for a damaged file; ValueError for NaN or infinity in a file of floats.
    """
    from PIL import Image

    if image.format in ("JPEG", "MPO"):
        _draft(image, PLACES[fit](size_of(image), target))
    image.load()
    image = _upright(image)
    image, extent = _wide(image) if depth_of(image) in ("whole", "float") else (_plain(image), (0, 255))
    transparent = "A" in image.mode and image.getchannel("A").getextrema()[0] < 255
    place = PLACES[fit](image.size[::-1], target)
    h, w = place.inner
    if h > target[0] or w > target[1]:
        raise ValueError("not as large as its header says")
    # Bicubic, and where it shrinks, over all the pixels that a new one covers.
    image = image.resize((w, h), Image.Resampling.BICUBIC, box=place.box, reducing_gap=3.0)
    if image.mode == "F":
        return Pixels(np.asarray(image)[..., None], extent, False)
    if "A" in image.mode:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*background, 255)), image).convert("RGB")
    pixels = np.asarray(image).reshape(1, h, w, -1)
    return Pixels(to_channels(pixels, channels)[0], extent, transparent)


def black_and_white(low: float, high: float, whole: bool) -> tuple[float, float]:
    """Which numbers are black and white in wider grey pictures that together reach from low to high.

    Whole numbers: 0 and the largest of as many bits as they need, out of BITS. Floats: 0 and 1, or 0 and 255. Where
    this does not hold them, low and high.
    """
    tops = [2**bits - 1 for bits in BITS] if whole else [1, 255]
    white = next((top for top in tops if high <= top), None)
    return (low, high) if low < 0 or white is None else (0, white)


def to_8_bits(values: np.ndarray, black: float, white: float) -> np.ndarray:
    """Numbers between black and white -> uint8 0..255, rounded; the rest is clipped, as the filter may overshoot."""
    scaled = (values.astype(np.float64) - black) * (255 / max(white - black, 1e-30))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def _draft(image, place):
    """Let a JPEG that is to be much smaller be decoded at 1/2, 1/4 or 1/8. At least the double of what is needed comes:
    the rest is the filter's."""
    left, top, right, bottom = place.box
    factor = min((right - left) / place.inner[1], (bottom - top) / place.inner[0]) / 2
    if factor > 1:
        image.draft(None, tuple(int(side / factor) for side in image.size))


def _upright(image):
    """The image turned and mirrored as its orientation says. (Pillow has turned a TIFF, and dropped the tag.)"""
    from PIL import Image

    steps = Image.Transpose
    turns = {2: steps.FLIP_LEFT_RIGHT, 3: steps.ROTATE_180, 4: steps.FLIP_TOP_BOTTOM, 5: steps.TRANSPOSE,
             6: steps.ROTATE_270, 7: steps.TRANSVERSE, 8: steps.ROTATE_90}  # fmt: skip
    turn = orientation_of(image)
    if turn == 1:
        return image
    info = image.info
    image = image.transpose(turns[turn])
    image.info = info  # pillow keeps it; here for the transparency, to be sure
    return image


def _plain(image):
    """Grey or colour of 8 bits, with alpha where there is transparency: L, LA, RGB or RGBA."""
    if image.mode in ("LA", "La"):
        return image.convert("LA")
    if image.mode in ("PA", "RGBA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if channels_of(image) == 1 else "RGB")


def _wide(image):
    """(image of mode F, (least, largest number)); ValueError for numbers that are not finite."""
    from PIL import Image

    numbers = np.asarray(image)
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite(low + high):
        raise ValueError("NaN or infinity inside")
    return Image.fromarray(np.ascontiguousarray(numbers, np.float32)), (low, high)
