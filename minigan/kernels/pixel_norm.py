"""Pixel normalisation: each row of a matrix x (M, C), the channels of one pixel, brought to a mean square of 1."""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import run

NS_PER_NUMBER = 0.5  # of one core


def pixel_norm(x: ndarray, eps: float) -> tuple[ndarray, ndarray]:
    """y = r x with r = 1 / sqrt(mean of x^2 over the row + eps): x (M, C) -> y (M, C), r (M,)."""
    x = np.ascontiguousarray(x)
    y, r = fresh(x.shape, x.dtype), np.empty(len(x), x.dtype)
    run(pixel_norm_pass, NS_PER_NUMBER * x.size, x, x.dtype.type(eps), y, r)
    return y, r


def pixel_norm_grad(dy: ndarray, y: ndarray, r: ndarray) -> ndarray:
    """dx = r (dy - y * the mean of dy y over the row): dy, y (M, C), r (M,) -> dx (M, C)."""
    dy = np.ascontiguousarray(dy)
    dx = fresh(y.shape, y.dtype)
    run(pixel_norm_grad_pass, 2 * NS_PER_NUMBER * y.size, dy, y, r, dx)
    return dx


@fast
def pixel_norm_pass(me: int, team: ndarray, x: ndarray, eps: float, y: ndarray, r: ndarray) -> None:
    begin(me, team)
    (M, C), parts = x.shape, parts_of(team)
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for k in shares(me, team, parts):
        for i in range(k * M // parts, (k + 1) * M // parts):
            total = zero
            for c in range(C):
                total += x[i, c] * x[i, c]
            scale = one / np.sqrt(total / x.dtype.type(C) + eps)
            r[i] = scale
            for c in range(C):
                y[i, c] = scale * x[i, c]
    end(me, team)


@fast
def pixel_norm_grad_pass(me: int, team: ndarray, dy: ndarray, y: ndarray, r: ndarray, dx: ndarray) -> None:
    begin(me, team)
    (M, C), parts, zero = y.shape, parts_of(team), y.dtype.type(0)
    for k in shares(me, team, parts):
        for i in range(k * M // parts, (k + 1) * M // parts):
            total = zero
            for c in range(C):
                total += dy[i, c] * y[i, c]
            mean, scale = total / y.dtype.type(C), r[i]
            for c in range(C):
                dx[i, c] = scale * (dy[i, c] - y[i, c] * mean)
    end(me, team)
