"""Batch normalisation: its passes over the images, on matrices x of M rows (positions) and C channels.

A leaky rectifier usually follows, so each pass includes it: a pass over a large image costs more in memory traffic than
in arithmetic. With z = scale * (x - mean) + shift, and slope (1: no rectifier):

    forward     y = z where z > 0, else slope * z
    backward    g = dy where z > 0, else slope * dy          (z is computed again: cheaper than reading it from memory)

NumPy's x.mean(axis=0) adds float32 rows one after the other, and loses digits over 100,000 rows. Here the rows are cut
into a fixed number of chunks. Each chunk has a partial sum, and the partial sums are added in float64 in a fixed order.
So the result is the same for any number of threads.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast, inner
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import run

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
    run(moments_pass, NS_PER_NUMBER * x.size, x, s, sums)
    first, second = sums.sum(axis=0, dtype=np.float64) / M
    return (s + first).astype(x.dtype), np.maximum(second - first * first, 0.0).astype(x.dtype)


def normalise(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """Forward: x (M, C), mean, scale, shift (C,) -> y (M, C)."""
    y, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    run(normalise_pass, NS_PER_NUMBER * x.size, x, mean, scale, shift, slope, y)
    return y


def channel_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """The sums of g and of g * (x - mean) over the rows: dy, x (M, C), the others (C,) -> (C,) both."""
    M, C = x.shape
    sums, slope = np.zeros((chunk_count(M), 2, C), x.dtype), x.dtype.type(slope)
    run(sums_pass, NS_PER_NUMBER * x.size, dy, x, mean, scale, shift, slope, sums)
    first, second = sums.sum(axis=0, dtype=np.float64)
    return first.astype(x.dtype), second.astype(x.dtype)


def normalise_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx = scale * g - b * (x - mean) - c: dy, x (M, C), the others (C,) -> dx (M, C)."""
    dx, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    run(grad_pass, NS_PER_NUMBER * x.size, dy, x, mean, scale, shift, slope, b, c, dx)
    return dx


@fast
def moments_pass(me: int, team: ndarray, x: ndarray, s: ndarray, sums: ndarray) -> None:
    begin(me, team)
    M, K = len(x), len(sums)
    for k in shares(me, team, K):
        add_moments(x[k * M // K : (k + 1) * M // K], s, sums[k])
    end(me, team)


@fast
def normalise_pass(
    me: int, team: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, y: ndarray
) -> None:
    begin(me, team)
    M, K = len(x), parts_of(team)
    for k in shares(me, team, K):
        m0, m1 = k * M // K, (k + 1) * M // K
        normalise_rows(x[m0:m1], mean, scale, shift, slope, y[m0:m1])
    end(me, team)


@fast
def sums_pass(
    me: int, team: ndarray, dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float,
    sums: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    M, K = len(x), len(sums)
    for k in shares(me, team, K):
        m0, m1 = k * M // K, (k + 1) * M // K
        add_sums(dy[m0:m1], x[m0:m1], mean, scale, shift, slope, sums[k])
    end(me, team)


@fast
def grad_pass(
    me: int, team: ndarray, dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float,
    b: ndarray, c: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    M, K = len(x), parts_of(team)
    for k in shares(me, team, K):
        m0, m1 = k * M // K, (k + 1) * M // K
        normalise_grad_rows(dy[m0:m1], x[m0:m1], mean, scale, shift, slope, b, c, dx[m0:m1])
    end(me, team)


# --- The loops, over the rows of one share; also those of sample_norm.py ----------------------------------------------


@inner
def add_moments(x: ndarray, s: ndarray, sums: ndarray) -> None:
    """sums (2, C) += the sums of x - s and of (x - s)^2 over the rows."""
    for m in range(len(x)):
        for c in range(x.shape[1]):
            d = x[m, c] - s[c]
            sums[0, c] += d
            sums[1, c] += d * d


@inner
def normalise_rows(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, y: ndarray) -> None:
    for m in range(len(x)):
        for c in range(x.shape[1]):
            z = scale[c] * (x[m, c] - mean[c]) + shift[c]
            y[m, c] = z if z > 0 else slope * z


@inner
def add_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, sums: ndarray
) -> None:
    """sums (2, C) += the sums of g and of g * (x - mean) over the rows."""
    for m in range(len(x)):
        for c in range(x.shape[1]):
            d = x[m, c] - mean[c]
            g = dy[m, c] if scale[c] * d + shift[c] > 0 else slope * dy[m, c]
            sums[0, c] += g
            sums[1, c] += g * d


@inner
def normalise_grad_rows(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray,
    dx: ndarray,
) -> None:  # fmt: skip
    for m in range(len(x)):
        for i in range(x.shape[1]):
            d = x[m, i] - mean[i]
            g = dy[m, i] if scale[i] * d + shift[i] > 0 else slope * dy[m, i]
            dx[m, i] = scale[i] * g - b[i] * d - c[i]
