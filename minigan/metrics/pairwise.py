"""Every sample against every other, in pieces: 50,000 against 50,000 are 20 GB of numbers, and no score needs them all
at once. The rows are shared out among the library's own threads, and each thread goes through its share in blocks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.kernels.machine import threads

BLOCK = 2**22  # numbers in a block: 32 MB, for each thread and each temporary of its job


def on_threads(job: Callable[[int], Any], count: int) -> list:
    """[job(0), ..., job(count - 1)], shared out among the threads. A job may call BLAS."""
    results = [None] * count

    def share(first, last):
        for i in range(first, last):
            results[i] = job(i)

    threads.split(share, count, blas=True)
    return results


def map_products(job: Callable[[slice, np.ndarray], Any], x: np.ndarray, y: np.ndarray) -> list:
    """job(rows, x[rows] @ y.T) for every block of rows of x (N, d), against all of y (M, d) -> the list of its results,
    in the order of the rows. `rows` is a slice. All results are kept: they must be small, and no views of a block."""
    height = max(1, BLOCK // len(y))
    blocks = [slice(i, min(i + height, len(x))) for i in range(0, len(x), height)]
    return on_threads(lambda i: job(blocks[i], x[blocks[i]] @ y.T), len(blocks))


def map_distances(job: Callable[[slice, np.ndarray], Any], x: np.ndarray, y: np.ndarray) -> list:
    """As `map_products`, with squared Euclidean distances |x_i - y_j|^2 = |x_i|^2 + |y_j|^2 - 2 x_i . y_j.

    The difference cancels: of two equal vectors it leaves not 0 but what rounding made of it, up to
    (d + 2) eps (|x|^2 + |y|^2). Whatever is below that is 0.
    """
    x_squared, y_squared = (np.einsum("nd,nd->n", a, a) for a in (x, y))
    rounding = (x.shape[1] + 2) * np.finfo(np.float64).eps

    def distances(rows, products):
        sums = x_squared[rows, None] + y_squared
        products *= -2
        products += sums
        sums *= rounding
        products[products <= sums] = 0
        return job(rows, products)

    return map_products(distances, x, y)


def kth_neighbour(x: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each row of x (N, d) to its k-th nearest other row: (N,). Needs N > k."""

    def radii(rows, d2):
        d2.partition(k, axis=1)  # in place: a view of a copy would keep the whole copy
        return d2[:, k].copy()  # each row is its own nearest, at distance 0: the k-th other is number k, from 0

    return np.concatenate(map_distances(radii, x, x))
