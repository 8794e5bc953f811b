"""The steps from a picture on disk to the input of a network, one function each.

All are pure functions on arrays (N, H, W, C). Pictures are uint8, 0 black and 255 white; networks work with
float32 in [-1, 1], the range of tanh. Beside each step that can be undone stands its inverse: pad and crop,
normalise and denormalise.
"""

from typing import TYPE_CHECKING

import numpy as np

from minigan.checks import pair

if TYPE_CHECKING:
    from .dataset import Dataset

Size = int | tuple[int, int]  # a side, or (height, width)

# Rec. ITU-R BT.601: how bright the eye finds red, green and blue, in thousandths.
LUMA = (299, 587, 114)

BACKGROUND = -1.0  # black, after normalise
MAX_SIDE = 2**13


def resize(images: np.ndarray, size: Size) -> np.ndarray:
    """Scale images smoothly, by bicubic interpolation.

    When it shrinks, the filter is widened by the same factor, so that fine lines fade instead of flickering
    (pillow does this; it is low-pass filtering before sampling).

    Args:
        images: uint8 (N, H, W, C), C = 1 or 3.
        size: new side, or (height, width).

    Returns:
        uint8 (N, height, width, C); the images themselves when they have that size.

    Raises:
        ValueError: not uint8 images, or a size that is not a positive integer.
    """
    from PIL import Image

    old, (height, width) = _old_and_new(images, size)
    N, C = len(images), images.shape[3]
    if images.dtype != np.uint8 or C not in (1, 3):
        raise ValueError(f"expected uint8 images (N, H, W, 1 or 3), got {images.dtype} {images.shape}; "
                         "fix: to_uint8 first")  # fmt: skip
    if old == (height, width):
        return images
    out = np.empty((N, height, width, C), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(np.ascontiguousarray(image[..., 0] if C == 1 else image))
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
        out[i] = np.asarray(picture).reshape(height, width, C)
    return out


def pad(images: np.ndarray, size: Size, value: float = 0) -> np.ndarray:
    """Put images into the middle of a larger frame. The inverse is `crop` to the old size.

    Args:
        images: (N, H, W, C) of any dtype.
        size: new side, or (height, width), not below the old. An odd rest goes to the bottom and the right.
        value: of the frame: 0 for uint8 pictures, -1 after normalise.

    Returns:
        (N, height, width, C), same dtype.

    Raises:
        ValueError: the frame is smaller than the images.
    """
    (H, W), (height, width) = _old_and_new(images, size)
    if height < H or width < W:
        raise ValueError(f"expected a frame of at least {H} x {W}, got {height} x {width}; fix: crop, resize")
    top, left = (height - H) // 2, (width - W) // 2
    margins = ((0, 0), (top, height - H - top), (left, width - W - left), (0, 0))
    return np.pad(images, margins, constant_values=value)


def crop(images: np.ndarray, size: Size) -> np.ndarray:
    """Cut the middle out of images. Undoes `pad`: crop(pad(x, S), x.shape[1:3]) is x.

    Args:
        images: (N, H, W, C) of any dtype.
        size: new side, or (height, width), not above the old.

    Returns:
        (N, height, width, C), a view.

    Raises:
        ValueError: the piece is larger than the images.
    """
    (H, W), (height, width) = _old_and_new(images, size)
    if height > H or width > W:
        raise ValueError(f"expected a piece of at most {H} x {W}, got {height} x {width}; fix: pad, resize")
    top, left = (H - height) // 2, (W - width) // 2
    return images[:, top : top + height, left : left + width]


def to_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Turn colour into grey or grey into colour.

    Grey is 0.299 red + 0.587 green + 0.114 blue (Rec. ITU-R BT.601); colour made of grey has three equal
    channels, so grey -> colour -> grey gives back the same pixels.

    Args:
        images: (N, H, W, C), C = 1 or 3, uint8 or float.
        channels: 1 or 3.

    Returns:
        (N, H, W, channels), same dtype; the images themselves when they have that many.

    Raises:
        ValueError: any other number of channels.
    """
    check_nhwc(images)
    if channels not in (1, 3) or images.shape[3] not in (1, 3):
        raise ValueError(f"expected 1 or 3 channels, got {images.shape[3]} and the wish for {channels}")
    if images.shape[3] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=3)
    red, green, blue = (images[..., i : i + 1] for i in range(3))
    if images.dtype == np.uint8:
        total = sum(np.uint32(k) * c for k, c in zip(LUMA, (red, green, blue), strict=True))
        return ((total + 500) // 1000).astype(np.uint8)
    weights = [images.dtype.type(k / 1000) for k in LUMA]
    return weights[0] * red + weights[1] * green + weights[2] * blue


def normalise(images: np.ndarray) -> np.ndarray:
    """uint8 0..255 or float [0, 1] -> float32 [-1, 1]: x / 127.5 - 1, or 2 x - 1. Inverse: `denormalise`.

    Raises:
        ValueError: NaN, infinity, or values out of range; the message counts them.
    """
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(127.5) - np.float32(1)
    check_range(images, 0, 1, "fix: clean the images, or divide 0..255 by 255")
    return (images * 2 - 1).astype(np.float32)


def denormalise(x: np.ndarray) -> np.ndarray:
    """float [-1, 1] -> float32 [0, 1]: (x + 1) / 2. Inverse of `normalise`; raises ValueError alike."""
    check_range(x, -1, 1, "fix: clip, or end the generator with tanh")
    return ((x + 1) / 2).astype(np.float32)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """float [0, 1] -> uint8 0..255, rounded; uint8 passes. Raises ValueError as `normalise`."""
    if images.dtype == np.uint8:
        return images
    check_range(images, 0, 1, "fix: images / 255, or denormalise, (images + 1) / 2")
    return np.rint(images * 255).astype(np.uint8)


def prepare(dataset: "Dataset", size: Size, channels: int) -> np.ndarray:
    """All the steps in order: channels, then size, then range.

    The size is reached by padding when that adds little, so that every pixel stays a pixel: when the missing
    rows and columns are at most 4 and at most a seventh of the side (28 -> 32 pads). Otherwise by `resize`,
    which stretches what is not square.

    Args:
        dataset: Dataset of images.
        size: side of the network's images, or (height, width).
        channels: 1 or 3.

    Returns:
        float32 (N, height, width, channels) in [-1, 1].

    Raises:
        ValueError: points instead of images, or as the single steps.
    """
    if not dataset.is_images:
        raise ValueError(f"expected images, {dataset.name} holds points {dataset.x.shape}; fix: use dataset.x")
    return prepare_images(dataset.x, size, channels)


def prepare_images(images: np.ndarray, size: Size, channels: int) -> np.ndarray:
    """`prepare` for images that stand in no Dataset: uint8 (N, H, W, C) -> float32 (N, size, size, channels)."""
    images = to_channels(images, channels)
    fit = pad if is_framed(*_old_and_new(images, size)) else resize
    return normalise(fit(images, size))


def is_framed(old: tuple[int, int], new: tuple[int, int]) -> bool:
    """Whether `prepare` pads images of one (height, width) to reach another, and does not resize them."""
    return all(0 <= after - before <= min(4, before // 7) for before, after in zip(old, new, strict=True))


def check_nhwc(images: np.ndarray) -> None:
    """ValueError unless the images are of shape (N, H, W, C). There may be none of them."""
    if images.ndim != 4 or 0 in images.shape[1:]:
        raise ValueError(f"expected images of shape (N, H, W, C), got {images.shape}; fix: images[..., None]")


def _old_and_new(images, size):
    """(H, W) of images (N, H, W, C), and of the `size` that they shall get; ValueError if either is none."""
    check_nhwc(images)
    new = pair("size", size)
    if max(new) > MAX_SIDE:
        raise ValueError(f"size must be at most {MAX_SIDE} pixels, got {size!r}")
    return images.shape[1:3], new


def check_range(x: np.ndarray, low: float, high: float, fix: str) -> None:
    """ValueError unless x holds floats in [low, high]. The message counts what is not, and ends with the fix."""
    if x.dtype.kind != "f":
        raise ValueError(f"expected floats in [{low}, {high}], got {x.dtype}; {fix}")
    if not x.size or low <= x.min() and x.max() <= high:
        return
    not_finite = int(np.count_nonzero(~np.isfinite(x)))
    if not_finite:
        raise ValueError(f"expected finite values in [{low}, {high}], got {not_finite:,} NaN or infinite of "
                         f"{x.size:,}; {fix}")  # fmt: skip
    outside = int(np.count_nonzero((x < low) | (x > high)))
    raise ValueError(f"expected values in [{low}, {high}], got {outside:,} outside, from {x.min():.4g} "
                     f"to {x.max():.4g}; {fix}")  # fmt: skip
