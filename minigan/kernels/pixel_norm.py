"""Pixel normalisation: each row of a matrix x (M, C), the channels of one pixel, brought to a mean square of 1."""

from functools import partial

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import split

NS_PER_NUMBER = 0.5  # of one core


def pixel_norm(x: ndarray, eps: float) -> tuple[ndarray, ndarray]:
    """y = r x with r = 1 / sqrt(mean of x^2 over the row + eps): x (M, C) -> y (M, C), r (M,)."""
    x = np.ascontiguousarray(x)
    y, r = fresh(x.shape, x.dtype), np.empty(len(x), x.dtype)
    split(partial(pixel_norm_rows, x, x.dtype.type(eps), y, r), len(x), NS_PER_NUMBER * x.size)
    return y, r


def pixel_norm_grad(dy: ndarray, y: ndarray, r: ndarray) -> ndarray:
    """dx = r (dy - y * the mean of dy y over the row): dy, y (M, C), r (M,) -> dx (M, C)."""
    dy = np.ascontiguousarray(dy)
    dx = fresh(y.shape, y.dtype)
    split(partial(pixel_norm_grad_rows, dy, y, r, dx), len(y), 2 * NS_PER_NUMBER * y.size)
    return dx


@fast
def pixel_norm_rows(x: ndarray, eps: float, y: ndarray, r: ndarray, start: int, stop: int) -> None:
    C = x.shape[1]
    one, zero = x.dtype.type(1), x.dtype.type(0)
    for i in range(start, stop):
        total = zero
        for c in range(C):
            total += x[i, c] * x[i, c]
        scale = one / np.sqrt(total / x.dtype.type(C) + eps)
        r[i] = scale
        for c in range(C):
            y[i, c] = scale * x[i, c]


@fast
def pixel_norm_grad_rows(dy: ndarray, y: ndarray, r: ndarray, dx: ndarray, start: int, stop: int) -> None:
    C = y.shape[1]
    zero = y.dtype.type(0)
    for i in range(start, stop):
        total = zero
        for c in range(C):
            total += dy[i, c] * y[i, c]
        mean, scale = total / y.dtype.type(C), r[i]
        for c in range(C):
            dx[i, c] = scale * (dy[i, c] - y[i, c] * mean)
