"""Animations that repeat for ever, exact to the pixel: GIF, animated PNG, WebP."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigan.files import replacing

# What Pillow is told for each ending. Greys are exact in all three; a GIF holds 256 colours a frame, the nearest ones.
OPTIONS = {
    ".gif": {"format": "gif"},
    ".png": {"format": "png"},
    ".webp": {"format": "webp", "lossless": True},
}


def save_animation(path: str | Path, frames: Sequence[np.ndarray], milliseconds: int = 60) -> None:
    """Write uint8 pictures (h, w, 3) of one size, each shown for so many milliseconds; the ending of `path` says how.
    Raises ValueError for another ending, or where this Pillow cannot write WebP."""
    from PIL import features

    ending = Path(path).suffix.lower()
    if ending not in OPTIONS:
        raise ValueError(f"expected an animation to end in {', '.join(OPTIONS)}, got {path}")
    if ending == ".webp" and not features.check("webp"):
        raise ValueError(f"this Pillow was built without WebP, and cannot write {path}; use .gif or .png")
    grey = all((frame == frame[:, :, :1]).all() for frame in frames)  # then files are smaller, and a GIF is exact
    first, *others = (_image(frame, grey, ending) for frame in frames)
    with replacing(path) as file:
        first.save(file, save_all=True, append_images=others, duration=milliseconds, loop=0, **OPTIONS[ending])


def _image(frame: np.ndarray, grey: bool, ending: str) -> Any:
    """A frame as Pillow's picture."""
    from PIL import Image

    image = Image.fromarray(frame[:, :, 0] if grey else frame)
    return image.quantize(256, dither=Image.Dither.NONE) if ending == ".gif" and not grey else image
