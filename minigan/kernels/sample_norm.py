"""Virtual and conditional batch normalisation: the passes of norm.py, where each sample has its own mean, scale, shift.

x (N, P, C) holds N samples of P positions and C channels; mean, scale and shift are (N, C). The loops are those of
norm.py, sample by sample.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, shares
from minigan.kernels.machine.threads import run
from minigan.kernels.norm import NS_PER_NUMBER, add_moments, add_sums, normalise_grad_rows, normalise_rows


def sample_moments(x: ndarray, s: ndarray) -> tuple[ndarray, ndarray]:
    """The means of x - s and of (x - s)^2 over the positions of each sample: x (N, P, C), s (C,) -> (N, C) both."""
    N, P, C = x.shape
    sums = np.zeros((N, 2, C), x.dtype)
    run(moments_pass, NS_PER_NUMBER * x.size, x, s, sums)
    sums /= x.dtype.type(P)
    return sums[:, 0], sums[:, 1]


def normalise_samples(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """z = scale[n] * (x[n] - mean[n]) + shift[n], y[n] = z where z > 0, else slope * z: x (N, P, C) -> y (N, P, C)."""
    y, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    run(normalise_pass, NS_PER_NUMBER * x.size, x, mean, scale, shift, slope, y)
    return y


def sample_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """With g = dy where z > 0, else slope * dy: the sums of g and g * (x - mean[n]) over each sample, (N, C) both."""
    N, P, C = x.shape
    sums, slope = np.zeros((N, 2, C), x.dtype), x.dtype.type(slope)
    run(sums_pass, NS_PER_NUMBER * x.size, dy, x, mean, scale, shift, slope, sums)
    return sums[:, 0], sums[:, 1]


def normalise_samples_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx[n] = scale[n] * g - b[n] * (x[n] - mean[n]) - c[n]: dy, x (N, P, C), b, c (N, C) -> dx (N, P, C)."""
    dx, slope = fresh(x.shape, x.dtype), x.dtype.type(slope)
    run(grad_pass, NS_PER_NUMBER * x.size, dy, x, mean, scale, shift, slope, b, c, dx)
    return dx


@fast
def moments_pass(me: int, team: ndarray, x: ndarray, s: ndarray, sums: ndarray) -> None:
    begin(me, team)
    for n in shares(me, team, len(x)):
        add_moments(x[n], s, sums[n])
    end(me, team)


@fast
def normalise_pass(
    me: int, team: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, y: ndarray
) -> None:
    begin(me, team)
    for n in shares(me, team, len(x)):
        normalise_rows(x[n], mean[n], scale[n], shift[n], slope, y[n])
    end(me, team)


@fast
def sums_pass(
    me: int, team: ndarray, dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float,
    sums: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    for n in shares(me, team, len(x)):
        add_sums(dy[n], x[n], mean[n], scale[n], shift[n], slope, sums[n])
    end(me, team)


@fast
def grad_pass(
    me: int, team: ndarray, dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float,
    b: ndarray, c: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    for n in shares(me, team, len(x)):
        normalise_grad_rows(dy[n], x[n], mean[n], scale[n], shift[n], slope, b[n], c[n], dx[n])
    end(me, team)
