"""The kernel inception distance: two clouds of features are alike if they are as near to each other as to themselves.

Binkowski et al. 2018, "Demystifying MMD GANs" (arXiv:1801.01401), section 4: the squared maximum mean discrepancy
(Gretton et al. 2012, "A kernel two-sample test", eq. 3) with the kernel

    k(x, y) = (x . y / d + 1)^3

    KID = E k(x, x') + E k(y, y') - 2 E k(x, y)        x, x' real and y, y' generated, all independent

The estimate averages over pairs of *different* samples, so it is unbiased. Where both sides are of one distribution it
is around 0, and often below it, with any number of samples. The FID is biased.
"""

import numpy as np

from minigan.metrics.bootstrap import Rng, counts, interval, random
from minigan.metrics.checks import feature_pair
from minigan.metrics.pairwise import map_products, on_threads
from minigan.metrics.score import Score


def kid(
    real: np.ndarray, fake: np.ndarray, *, subsets: int = 100, size: int = 1000, replicates: int = 0, rng: Rng = 0
) -> Score:
    """The kernel distance between real features (N, d) and generated ones (M, d).

    Args:
        subsets, size: the mean of the estimates on so many random subsets of so many samples of each side (without
            replacement within a subset). A `size` above the number of samples is lowered to it.
        replicates: how many bootstrap replicates for the interval; 0 for none.
        rng: numpy Generator or seed, for subsets and replicates.

    Returns:
        Score; its parts are the numbers `subsets` and `size`; `.spread` is the standard deviation over the subsets.
        They overlap, so it is not the score's own error; for that ask for replicates.

    Raises:
        ValueError: features of two widths, NaNs, fewer than two samples, subsets below 1 or size below 2.
    """
    real, fake = feature_pair(real, fake, least=2)
    if subsets < 1 or size < 2:
        raise ValueError(f"expected at least 1 subset of at least 2 samples, got {subsets} of {size}")
    rng = random(rng)
    size = min(size, len(real), len(fake))
    chosen = [[rng.choice(len(x), size, replace=False) for x in (real, fake)] for _ in range(subsets)]
    scores = np.array(on_threads(lambda i: mmd2(real[chosen[i][0]], fake[chosen[i][1]]), subsets))
    again = _replicates(real, fake, replicates, rng) if replicates else ()
    parts = {"subsets": subsets, "size": size}
    mean, spread = scores.mean(), float(scores.std())
    return Score(mean, name="KID", spread=spread, interval=interval(mean, again), parts=parts)


def kernel(products: np.ndarray, d: int) -> np.ndarray:
    """(x . y / d + 1)^3 from the products x . y of vectors of width d."""
    k = products / d + 1
    return k * k * k


def mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased estimate from x (N, d) and y (M, d): Gretton et al. 2012, eq. 3."""
    (N, d), M = x.shape, len(y)
    k_xx, k_yy, k_xy = kernel(x @ x.T, d), kernel(y @ y.T, d), kernel(x @ y.T, d)
    different_xx = k_xx.sum() - np.trace(k_xx)  # pairs i != j
    different_yy = k_yy.sum() - np.trace(k_yy)
    return different_xx / (N * (N - 1)) + different_yy / (M * (M - 1)) - 2 * k_xy.mean()


def _replicates(real, fake, replicates, rng):
    """The estimate over all pairs of different samples, in `replicates` resampled pairs of sets."""
    u, v = (counts(len(x), replicates, rng) for x in (real, fake))
    return _mean_kernel(real, u) + _mean_kernel(fake, v) - 2 * _mean_kernel(real, u, fake, v)


def _mean_kernel(x, u, y=None, v=None):
    """Mean of k(x_i, y_j) with x_i counted u[b, i] times and y_j counted v[b, j] times: (B,).

    Without y: of k(x_i, x_j) over i != j. A sample that was drawn twice is no pair of different samples.
    """
    same, d = y is None, x.shape[1]
    y, v = (x, u) if same else (y, v)

    def block(rows, products):
        k = kernel(products, d)
        if same:
            k[np.arange(len(k)), np.arange(rows.start, rows.stop)] = 0
        return np.einsum("bj,bj->b", u[:, rows] @ k, v)

    total = np.sum(map_products(block, x, y), axis=0)
    pairs = len(x) ** 2 - np.sum(u * u, axis=1) if same else len(x) * len(y)
    return total / pairs
