"""Batch normalisation: its passes over the images, on matrices x of M rows (positions) and C channels.

A leaky rectifier usually follows, so each pass includes it: a pass over a large image costs more in memory traffic than
in arithmetic. With z = scale * (x - mean) + shift, and slope (1: no rectifier):

    forward     y = z where z > 0, else slope * z
    backward    g = dy where z > 0, else slope * dy          (z is computed again: cheaper than reading it from memory)

NumPy's x.mean(axis=0) adds float32 rows one after the other, and loses digits over 100,000 rows. Here the rows are cut
into a fixed number of chunks. Each chunk has a partial sum, and the partial sums are added in float64 in a fixed order.
So the result is the same for any number of threads.
"""

from functools import partial

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import split

CHUNKS = 64  # at most
CHUNK_ROWS = 32  # at least, except in the last chunk: adding up more partial sums would cost more
NS_PER_NUMBER = 0.5  # of one core


def chunk_count(M: int) -> int:
    """How many chunks M rows are cut into."""
    return min(CHUNKS, -(-M // CHUNK_ROWS))


def channel_moments(x: ndarray) -> tuple[ndarray, ndarray]:
    """mean and variance (divided by M) of each channel: x (M, C) -> (C,) both.

    In one pass, by var = E[(x - s)^2] - (E[x] - s)^2. With s = 0 this loses digits where the mean is large against the
    spread. With s = the mean of a few rows it does not.
    """
    M, C = x.shape
    s = x[:: max(1, M // CHUNKS)].mean(axis=0)
    sums = np.zeros((chunk_count(M), 2, C), x.dtype)
    split(partial(partial_moments, x, s, sums), len(sums), NS_PER_NUMBER * x.size)
    first, second = sums.sum(axis=0, dtype=np.float64) / M
    return (s + first).astype(x.dtype), np.maximum(second - first * first, 0.0).astype(x.dtype)


def normalise(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """Forward: x (M, C), mean, scale, shift (C,) -> y (M, C)."""
    y, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    split(partial(normalise_rows, x, mean, scale, shift, slope, y), len(x), NS_PER_NUMBER * x.size)
    return y


def channel_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """The sums of g and of g * (x - mean) over the rows: dy, x (M, C), the others (C,) -> (C,) both."""
    M, C = x.shape
    sums, slope = np.zeros((chunk_count(M), 2, C), x.dtype), x.dtype.type(slope)
    split(partial(partial_sums, dy, x, mean, scale, shift, slope, sums), len(sums), NS_PER_NUMBER * x.size)
    first, second = sums.sum(axis=0, dtype=np.float64)
    return first.astype(x.dtype), second.astype(x.dtype)


def normalise_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx = scale * g - b * (x - mean) - c: dy, x (M, C), the others (C,) -> dx (M, C)."""
    dx, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    split(partial(normalise_grad_rows, dy, x, mean, scale, shift, slope, b, c, dx), len(x), NS_PER_NUMBER * x.size)
    return dx


@fast
def partial_moments(x: ndarray, s: ndarray, sums: ndarray, k0: int, k1: int) -> None:
    """sums[k] = the sums of x - s and of (x - s)^2 over the rows of chunk k."""
    M, C = x.shape
    K = sums.shape[0]
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            for c in range(C):
                d = x[m, c] - s[c]
                sums[k, 0, c] += d
                sums[k, 1, c] += d * d


@fast
def normalise_rows(
    x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, y: ndarray, m0: int, m1: int
) -> None:
    for m in range(m0, m1):
        for c in range(x.shape[1]):
            z = scale[c] * (x[m, c] - mean[c]) + shift[c]
            y[m, c] = z if z > 0 else slope * z


@fast
def partial_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, sums: ndarray, k0: int,
    k1: int,
) -> None:  # fmt: skip
    """sums[k] = the sums of g and of g * (x - mean) over the rows of chunk k."""
    M, C = x.shape
    K = sums.shape[0]
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            for c in range(C):
                d = x[m, c] - mean[c]
                g = dy[m, c] if scale[c] * d + shift[c] > 0 else slope * dy[m, c]
                sums[k, 0, c] += g
                sums[k, 1, c] += g * d


@fast
def normalise_grad_rows(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray,
    dx: ndarray, m0: int, m1: int,
) -> None:  # fmt: skip
    for m in range(m0, m1):
        for i in range(x.shape[1]):
            d = x[m, i] - mean[i]
            g = dy[m, i] if scale[i] * d + shift[i] > 0 else slope * dy[m, i]
            dx[m, i] = scale[i] * g - b[i] * d - c[i]
