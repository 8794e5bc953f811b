"""The passes over the images that batch normalisation makes, on matrices of M rows (positions) and C channels.

NumPy's `x.mean(axis=0)` adds float32 rows one after the other, which loses digits when there are 100,000 of them,
and each further sum or product reads and writes all images once more. Here one pass makes both sums that
a direction needs. Rows are cut into a fixed number of chunks, one partial sum for each, added up in float64 in
a fixed order: the result does not depend on how many threads ran.
"""

import numpy as np

from minigan.kernels.jit import fast
from minigan.kernels.threads import alone_below, split
from minigan.kernels.workspace import fresh

CHUNKS = 64
MOVED = 0.5  # ns of one core per number


def channel_moments(x):
    """x (M, C) -> mean (C,), variance (C,), the latter divided by M.

    In one pass, by var = E[(x - s)^2] - (E[x] - s)^2. For s = 0 that cancels badly where the mean is large against
    the spread; for s = the mean of a few rows it does not.
    """
    M, C = x.shape
    s = x[:: max(1, M // CHUNKS)].mean(axis=0)
    sums = np.zeros((min(CHUNKS, M), 2, C), x.dtype)
    with alone_below(MOVED * x.size):
        split(lambda k0, k1: partial_moments(x, s, sums, k0, k1), len(sums))
    first, second = sums.sum(axis=0, dtype=np.float64) / M
    return (s + first).astype(x.dtype), np.maximum(second - first * first, 0.0).astype(x.dtype)


def channel_sums(dy, x, mean):
    """dy, x (M, C), mean (C,) -> sum of dy (C,), sum of dy * (x - mean) (C,)."""
    M, C = x.shape
    sums = np.zeros((min(CHUNKS, M), 2, C), x.dtype)
    with alone_below(MOVED * x.size):
        split(lambda k0, k1: partial_sums(dy, x, mean, sums, k0, k1), len(sums))
    first, second = sums.sum(axis=0, dtype=np.float64)
    return first.astype(x.dtype), second.astype(x.dtype)


def normalise(x, mean, scale, shift):
    """scale * (x - mean) + shift: x (M, C), the others (C,) -> (M, C)."""
    y = fresh(x.shape, x.dtype)
    with alone_below(MOVED * x.size):
        split(lambda m0, m1: normalise_rows(x[m0:m1], mean, scale, shift, y[m0:m1]), len(x))
    return y


def normalise_grad(dy, x, mean, a, b, shift):
    """a * dy - b * (x - mean) - shift: dy, x (M, C), the others (C,) -> (M, C)."""
    dx = fresh(x.shape, x.dtype)
    with alone_below(MOVED * x.size):
        split(lambda m0, m1: normalise_grad_rows(dy[m0:m1], x[m0:m1], mean, a, b, shift, dx[m0:m1]), len(x))
    return dx


@fast
def partial_moments(x, s, sums, k0, k1):
    """sums[k] = sum of (x - s), sum of (x - s)^2 over the rows of chunk k."""
    M, C = x.shape
    K = sums.shape[0]
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            for c in range(C):
                d = x[m, c] - s[c]
                sums[k, 0, c] += d
                sums[k, 1, c] += d * d


@fast
def partial_sums(dy, x, mean, sums, k0, k1):
    """sums[k] = sum of dy, sum of dy * (x - mean) over the rows of chunk k."""
    M, C = x.shape
    K = sums.shape[0]
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            for c in range(C):
                sums[k, 0, c] += dy[m, c]
                sums[k, 1, c] += dy[m, c] * (x[m, c] - mean[c])


@fast
def normalise_rows(x, mean, scale, shift, y):
    M, C = x.shape
    for m in range(M):
        for c in range(C):
            y[m, c] = scale[c] * (x[m, c] - mean[c]) + shift[c]


@fast
def normalise_grad_rows(dy, x, mean, a, b, shift, dx):
    M, C = x.shape
    for m in range(M):
        for c in range(C):
            dx[m, c] = a[c] * dy[m, c] - b[c] * (x[m, c] - mean[c]) - shift[c]


# The plain twins.


def channel_moments_plain(x):
    """mean = sum of x / M, then variance = sum of (x - mean)^2 / M."""
    M = len(x)
    mean = sum(x[m] for m in range(M)) / M
    return mean, sum((x[m] - mean) ** 2 for m in range(M)) / M


def channel_sums_plain(dy, x, mean):
    """The two sums, row by row."""
    M = len(x)
    return sum(dy[m] for m in range(M)), sum(dy[m] * (x[m] - mean) for m in range(M))


def normalise_plain(x, mean, scale, shift):
    """The formula, entry by entry."""
    y = np.empty_like(x)
    for m, c in np.ndindex(x.shape):
        y[m, c] = scale[c] * (x[m, c] - mean[c]) + shift[c]
    return y


def normalise_grad_plain(dy, x, mean, a, b, shift):
    """The formula, entry by entry."""
    dx = np.empty_like(x)
    for m, c in np.ndindex(x.shape):
        dx[m, c] = a[c] * dy[m, c] - b[c] * (x[m, c] - mean[c]) - shift[c]
    return dx
