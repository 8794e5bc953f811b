"""Augmentation: small changes after which a picture still shows the same thing.

They make a small set larger, at a price: a GAN learns the data it is shown, so images that are shifted or
turned by the augmentation will appear among its samples as well (Karras et al. 2020, "Training generative
adversarial networks with limited data", section 2, call it leaking). Hence everything is off by default.
"""

import math

import numpy as np

from minigan.checks import generator

from .steps import BACKGROUND, check_range


def augment(batch: np.ndarray, rng: np.random.Generator | None = None, *, shift: int = 0, rotate: float = 0.0,
            flip: bool = False) -> np.ndarray:  # fmt: skip
    """Flip, turn and shift each image of a batch at random, in this order.

    Args:
        batch: float32 (N, H, W, C) in [-1, 1].
        rng: numpy.random.Generator; not needed when everything is off.
        shift: up to so many whole pixels along each axis, uniformly.
        rotate: up to so many degrees to either side, uniformly, with bilinear interpolation.
        flip: mirror every second image, left to right (never for digits: a mirrored 3 is no digit).

    Returns:
        float32 (N, H, W, C) in [-1, 1]; where nothing was, black (-1). With everything off, the batch itself.

    Raises:
        ValueError: batch of another kind, a shift as large as the image, an angle out of [0, 180], no rng.
    """
    if shift == 0 and rotate == 0 and not flip:
        return batch
    _check(batch, rng, shift, rotate)
    N = len(batch)
    if flip:
        mirrored = rng.random(N) < 0.5
        batch = np.where(mirrored[:, None, None, None], batch[:, :, ::-1], batch)
    if rotate:
        batch = _turn(batch, np.radians(rng.uniform(-rotate, rotate, size=N)))
    if shift:
        batch = shifted(batch, rng.integers(-shift, shift + 1, size=(2, N)), shift)
    return batch


def shifted(batch: np.ndarray, by: np.ndarray, most: int, fill: float = BACKGROUND) -> np.ndarray:
    """Move image n down by by[0, n] and right by by[1, n] pixels; |by| <= most. fill: what is where nothing was."""
    N, H, W, C = batch.shape
    framed = np.pad(batch, ((0, 0), (most, most), (most, most), (0, 0)), constant_values=fill)
    moved = np.empty_like(batch)
    for n in range(N):  # copying a piece of each image is seven times as fast as gathering all pixels at once
        top, left = most - by[0, n], most - by[1, n]
        moved[n] = framed[n, top : top + H, left : left + W]
    return moved


def _turn(batch, angles):
    """Turn image n about its middle by angles[n] radians, anticlockwise as seen on the screen.

    For each new pixel the place it comes from is found by turning back, and the four pixels around that place
    are mixed: (1-fy)(1-fx) a + (1-fy) fx b + fy (1-fx) c + fy fx d.
    """
    N, H, W, C = batch.shape
    framed = np.pad(batch, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=BACKGROUND)
    y = np.arange(H, dtype=np.float32)[None, :, None] - (H - 1) / 2
    x = np.arange(W, dtype=np.float32)[None, None, :] - (W - 1) / 2
    cos = np.cos(angles)[:, None, None]
    sin = np.sin(angles)[:, None, None]
    # Places outside are moved onto the frame, which is background; the last full cell starts at H and W.
    from_y = np.clip(cos * y + sin * x + (H + 1) / 2, 0, H + 1)  # (N, H, W), in pixels of the framed image
    from_x = np.clip(cos * x - sin * y + (W + 1) / 2, 0, W + 1)
    top = np.minimum(from_y.astype(np.intp), H)
    left = np.minimum(from_x.astype(np.intp), W)
    fy = (from_y - top).astype(np.float32)[..., None]
    fx = (from_x - left).astype(np.float32)[..., None]
    n = np.arange(N)[:, None, None]
    upper = (1 - fx) * framed[n, top, left] + fx * framed[n, top, left + 1]
    lower = (1 - fx) * framed[n, top + 1, left] + fx * framed[n, top + 1, left + 1]
    return np.clip((1 - fy) * upper + fy * lower, -1, 1)  # rounding may leave [-1, 1] by one bit


def _check(batch, rng, shift, rotate):
    if batch.ndim != 4 or batch.dtype != np.float32:
        raise ValueError(f"expected float32 images (N, H, W, C) in [-1, 1], got {batch.dtype} {batch.shape}; "
                         "fix: normalise first")  # fmt: skip
    check_range(batch, -1, 1, "fix: normalise first")
    generator(rng, needed=True)
    whole = isinstance(shift, int | np.integer) and not isinstance(shift, bool)
    if not whole or not 0 <= shift < min(batch.shape[1:3]):
        raise ValueError(f"expected a shift of 0..{min(batch.shape[1:3]) - 1} whole pixels, got {shift!r}")
    if not (math.isfinite(rotate) and 0 <= rotate <= 180):
        raise ValueError(f"expected an angle of 0..180 degrees, got {rotate!r}")
