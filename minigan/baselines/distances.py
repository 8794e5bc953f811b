"""Distances between rows, a block at a time: 60,000 against 60,000 would be 29 GB."""

from collections.abc import Iterator

import numpy as np

BLOCK = 2**22  # distances at once: 32 MB


def blocks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """(rows, |x_i - y_j|^2 of these rows of x (N, d) to all of y (M, d)), block by block.

    By |x|^2 + |y|^2 - 2 x.y. Both are shifted by the mean of y first, which keeps the differences exact where the
    numbers are large; what rounding leaves below 0 is 0.
    """
    middle = y.mean(axis=0)
    y = y - middle
    y_squared = np.einsum("nd,nd->n", y, y)
    height = max(1, BLOCK // len(y))
    for first in range(0, len(x), height):
        rows = slice(first, min(first + height, len(x)))
        part = x[rows] - middle
        d2 = part @ (-2 * y.T)
        d2 += np.einsum("nd,nd->n", part, part)[:, None]
        d2 += y_squared
        yield rows, np.maximum(d2, 0, out=d2)


def plus_plus(x: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k rows of x (N, d) that lie apart, (k, d): k-means++ (Arthur & Vassilvitskii 2007). Each is drawn with a
    probability proportional to its squared distance to the nearest one that is chosen already."""
    chosen = [int(rng.integers(len(x)))]
    nearest = np.full(len(x), np.inf)
    for _ in range(k - 1):
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
        total = nearest.sum()  # 0: all rows are chosen already
        chosen.append(int(rng.choice(len(x), p=nearest / total if total > 0 else None)))
    return x[chosen]


def nearest_of(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row of x (N, d) which row of y (M, d) is nearest, (N,), and how far, (N,)."""
    index, far = np.empty(len(x), np.int64), np.empty(len(x))
    for rows, d2 in blocks(x, y):
        index[rows] = d2.argmin(axis=1)
        far[rows] = np.sqrt(d2.min(axis=1))
    return index, far
