"""Virtual and conditional batch normalisation: the passes of norm.py, where each sample has its own mean, scale, shift.

x (N, P, C) holds N samples of P positions and C channels; mean, scale and shift are (N, C). The loops are those of
norm.py, sample by sample.
"""

from functools import partial

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import split
from minigan.kernels.norm import NS_PER_NUMBER, normalise_grad_rows, normalise_rows, partial_moments, partial_sums


def sample_moments(x: ndarray, s: ndarray) -> tuple[ndarray, ndarray]:
    """The means of x - s and of (x - s)^2 over the positions of each sample: x (N, P, C), s (C,) -> (N, C) both."""
    N, P, C = x.shape
    sums = np.zeros((N, 2, C), x.dtype)
    split(partial(partial_moments, x.reshape(N * P, C), s, sums), N, NS_PER_NUMBER * x.size)  # a chunk is a sample
    sums /= x.dtype.type(P)
    return sums[:, 0], sums[:, 1]


def normalise_samples(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """z = scale[n] * (x[n] - mean[n]) + shift[n], y[n] = z where z > 0, else slope * z: x (N, P, C) -> y (N, P, C)."""
    y, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    split(partial(normalise_samples_part, x, mean, scale, shift, slope, y), len(x), NS_PER_NUMBER * x.size)
    return y


def sample_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """With g = dy where z > 0, else slope * dy: the sums of g and g * (x - mean[n]) over each sample, (N, C) both."""
    N, P, C = x.shape
    sums, slope = np.zeros((N, 2, C), x.dtype), x.dtype.type(slope)
    split(partial(sample_sums_part, dy, x, mean, scale, shift, slope, sums), N, NS_PER_NUMBER * x.size)
    return sums[:, 0], sums[:, 1]


def normalise_samples_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx[n] = scale[n] * g - b[n] * (x[n] - mean[n]) - c[n]: dy, x (N, P, C), b, c (N, C) -> dx (N, P, C)."""
    dx, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    job = partial(normalise_samples_grad_part, dy, x, mean, scale, shift, slope, b, c, dx)
    split(job, len(x), NS_PER_NUMBER * x.size)
    return dx


@fast
def normalise_samples_part(
    x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, y: ndarray, n0: int, n1: int
) -> None:
    for n in range(n0, n1):
        normalise_rows(x[n], mean[n], scale[n], shift[n], slope, y[n], 0, x.shape[1])


@fast
def sample_sums_part(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, sums: ndarray, n0: int,
    n1: int,
) -> None:  # fmt: skip
    for n in range(n0, n1):
        partial_sums(dy[n], x[n], mean[n], scale[n], shift[n], slope, sums[n : n + 1], 0, 1)


@fast
def normalise_samples_grad_part(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray,
    dx: ndarray, n0: int, n1: int,
) -> None:  # fmt: skip
    for n in range(n0, n1):
        normalise_grad_rows(dy[n], x[n], mean[n], scale[n], shift[n], slope, b[n], c[n], dx[n], 0, x.shape[1])
