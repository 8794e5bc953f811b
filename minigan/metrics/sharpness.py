"""Are the edges as sharp as in real images? Blurred pictures have a small Laplacian, sharp ones a large one.

    sharpness = mean of |Laplacian of generated images| / mean of |Laplacian of real images|

with the Laplacian of a pixel 4 x - (the pixel above + below + left + right) of each channel, at all pixels that have
these four. 1: as sharp as real ones. Below 1: blurred, as what a likelihood or a mean square prefers. Above 1: edges
too hard, or noise on the pixels, which this number does not tell apart.
"""

import numpy as np

from minigan.metrics.score import Score

CHUNK = 1000  # images at once


def sharpness(real: np.ndarray, fake: np.ndarray) -> Score:
    """The sharpness of images fake (M, H, W, C) against real (N, H, W, C), in the same units -> Score.

    Raises ValueError for images of two sizes, smaller than 3x3, or real ones that are all flat.
    """
    real, fake = np.asarray(real), np.asarray(fake)
    if real.ndim != 4 or fake.ndim != 4 or real.shape[1:] != fake.shape[1:] or min(real.shape[1:3]) < 3:
        raise ValueError(
            f"expected images (N, H, W, C) of one size, of at least 3x3, got {real.shape} and {fake.shape}"
        )
    of_real = edges(real)
    if not of_real > 0:
        raise ValueError("the real images have no edges: each is of one grey; take others")
    return Score(edges(fake) / of_real, name="sharpness")


def edges(images: np.ndarray) -> float:
    """The mean of |Laplacian| over images (N, H, W, C)."""
    total = 0.0
    for first in range(0, len(images), CHUNK):
        x = images[first : first + CHUNK].astype(np.float64)
        around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        total += float(np.abs(4 * x[:, 1:-1, 1:-1] - around).mean(axis=(1, 2, 3)).sum())
    return total / len(images)
