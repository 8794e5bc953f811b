"""From an opened picture file, whatever its mode, to uint8 pixels with 1 or 3 channels.

Picture files come as black and white, grey of 8 or 16 bit, palette, colour, colour with transparency, print
colours. Here each becomes plain grey or plain colour.
"""

from typing import Any

import numpy as np

ORIENTATION = 0x0112  # EXIF tag: how the camera was held


def channels_of(image: Any) -> int:
    """1 if an opened PIL image is grey, else 3, told from its header. A palette of greys counts as grey."""
    if image.mode == "P":
        layout, table = image.palette.getdata()
        entries = np.frombuffer(table, np.uint8)
        entries = entries[: len(entries) // len(layout) * len(layout)].reshape(-1, len(layout))[:, :3]
        return 1 if (entries == entries[:, :1]).all() else 3
    return 1 if image.mode in ("1", "L", "LA") or image.mode.startswith("I") else 3


def size_of(image: Any) -> tuple[int, int]:
    """(height, width) of an opened picture as it is meant to be seen, told from its header."""
    width, height = image.size
    # Only JPEG is asked: for a PNG, pillow would decode all of the picture to look for the tag.
    if image.format in ("JPEG", "MPO") and image.getexif().get(ORIENTATION) in (5, 6, 7, 8):
        return width, height
    return height, width


def to_pixels(image: Any, channels: int) -> np.ndarray:
    """Decode an opened picture.

    Args:
        image: PIL image.
        channels: as told by `channels_of`.

    Returns:
        uint8 (H, W, channels). Transparent parts are laid over black; 16-bit grey v becomes v / 257, rounded.

    Raises:
        whatever pillow raises for a damaged file.
    """
    from PIL import Image, ImageOps

    image.load()
    if image.format in ("JPEG", "MPO"):
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        wide = np.clip(np.asarray(image.convert("I")), 0, 65535)
        return ((wide + 128) // 257).astype(np.uint8)[..., None]
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image).convert("RGB")
    pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)
