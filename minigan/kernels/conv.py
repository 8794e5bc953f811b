"""Convolution and its two adjoints: what is computed, and which algorithm computes it.

A convolution (cross-correlation, as every deep-learning library has it) of images x (N, H, W, C) with a kernel
w (KH, KW, C, F), stride (sh, sw) and zero padding ((top, bottom), (left, right)) is

    y[n, i, j, f] = sum over p, q, c of  x[n, i*sh + p - top, j*sw + q - left, c] * w[p, q, c, f].      (1)

It is linear in x and linear in w, so its two gradients are the same triple product, read from the other ends:

    dx[n, i*sh + p - top, j*sw + q - left, c] += dy[n, i, j, f] * w[p, q, c, f]                         (2)
    dw[p, q, c, f] = sum over n, i, j of  x[n, i*sh + p - top, j*sw + q - left, c] * dy[n, i, j, f]     (3)

(2) is also the *forward* pass of the transposed convolution, and (1) is its input gradient: three kernels serve
six passes (Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", section 4).

Three algorithms compute them, each in a file of its own: `im2col` (each window is a row of a matrix), `direct` (reads
that matrix without building it, for few channels) and `winograd` (fewer products, for strides 1 and 2, small kernels).
"""

import contextlib
import contextvars
import functools
from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from minigan.kernels import direct, im2col, winograd
from minigan.kernels.geometry import Pads, Pair, output_sizes
from minigan.kernels.machine.threads import estimated
from minigan.kernels.machine.vectors import padded

ALGORITHMS = {"direct": direct, "im2col": im2col, "winograd": winograd}

# Nanoseconds of one core, measured on one machine. Elsewhere only their order needs to be right.
NS_PER_PRODUCT = 0.018  # for each multiplication and addition in a product of well-shaped matrices
NS_PER_COPY = 0.5  # for each number that is copied into a matrix, or transformed
NS_PER_LOOK_UP = 0.45  # for each number of the matrix that `direct` does not build
NS_PER_WINDOW_ROW = 20  # for each row of a window, K_W * C numbers, that im2col copies
_forced = contextvars.ContextVar("algorithm", default=None)


def choose(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> tuple[str, float]:
    """The name of the algorithm with the lowest of `costs`, or of the forced one, and its estimated nanoseconds."""
    estimate = costs(x_shape, w_shape, tuple(stride), tuple(padding))
    name = _forced.get() or min(estimate, key=estimate.get)
    name = name if name in estimate else "im2col"
    return name, estimate[name]


@functools.lru_cache(1024)
def costs(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> dict[str, float]:
    """Estimated nanoseconds of a forward pass, for each algorithm that fits the shape."""
    (N, H, W, C), (KH, KW, _, F) = x_shape, w_shape
    OH, OW = output_sizes(x_shape, w_shape, stride, padding)
    taps, pixels = KH * KW * C, N * OH * OW
    cost = {"im2col": pixels * (taps * (F * NS_PER_PRODUCT + NS_PER_COPY) + KH * NS_PER_WINDOW_ROW)}
    if direct.fits(x_shape, w_shape, stride, padding):
        cost["direct"] = pixels * taps * (F * NS_PER_PRODUCT + NS_PER_LOOK_UP)
    if winograd.fits(x_shape, w_shape, stride, padding):
        plan = winograd.plan(H, W, KH, KW, stride, padding)
        tiles, products = N * plan.of_one, int(plan.live.sum())
        C_, F_ = padded(C, np.float32), padded(F, np.float32)  # the padding is computed, too
        moved = tiles * (products * C_ + 36 * F_) * NS_PER_COPY + products * C * F_ * winograd.NS_PER_FILTER
        cost["winograd"] = tiles * products * C_ * F_ * NS_PER_PRODUCT + moved
    return cost


@contextlib.contextmanager
def algorithm(name: str) -> Iterator[None]:
    """Compute all convolutions inside by one algorithm; im2col computes the shapes that it does not fit.

        with minigan.kernels.algorithm("winograd"):
            y, cache = layer.forward(x)

    name: "direct", "im2col" or "winograd". Raises ValueError for any other.
    """
    if name not in ALGORITHMS:
        raise ValueError(f"unknown algorithm {name!r}; expected one of: {', '.join(ALGORITHMS)}")
    token = _forced.set(name)
    try:
        yield
    finally:
        _forced.reset(token)


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """Equation (1): x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F)."""
    name, work = choose(x.shape, w.shape, stride, padding)
    with estimated(work):
        return ALGORITHMS[name].conv2d(x, w, stride, padding)


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """Equation (2): dy (N, OH, OW, F), w (KH, KW, C, F) -> dx of the given shape (N, H, W, C)."""
    name, work = choose(x_shape, w.shape, stride, padding)
    with estimated(work):
        return ALGORITHMS[name].conv2d_input_grad(dy, w, x_shape, stride, padding)


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """Equation (3): x (N, H, W, C), dy (N, OH, OW, F) -> dw of the given shape (KH, KW, C, F)."""
    name, work = choose(x.shape, w_shape, stride, padding)
    with estimated(work):
        return ALGORITHMS[name].conv2d_weight_grad(x, dy, w_shape, stride, padding)
