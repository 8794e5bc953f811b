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
Which takes least time depends on the shape, on which of (1), (2), (3) it is, and on the processor: see costs.py.
"""

import contextlib
import contextvars
import functools
from collections.abc import Iterator

from numpy import ndarray

from minigan.kernels import costs
from minigan.kernels.costs import ALGORITHMS, BUILT_IN, Costs
from minigan.kernels.geometry import Pads, Pair
from minigan.kernels.machine.threads import estimated

CLEARLY = 1.15  # an algorithm takes the place of the one that BUILT_IN chooses if that takes so many times as long
_forced = contextvars.ContextVar("algorithm", default=None)


def choose(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads, kernel: str = "conv2d") -> tuple[str, float]:
    """The name of the algorithm that takes least time on this processor, or of the forced one, and its estimated
    nanoseconds of one core. kernel: one of costs.KERNELS."""
    estimate, name = fastest(x_shape, w_shape, tuple(stride), tuple(padding), kernel, costs.in_use())
    forced = _forced.get()
    if forced:
        name = forced if forced in estimate else "im2col"
    return name, estimate[name]


@functools.lru_cache(1024)
def fastest(
    x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads, kernel: str, ns: Costs
) -> tuple[dict[str, float], str]:
    """The `estimates` by the costs `ns`, and the name of the algorithm that is chosen.

    Where the one that BUILT_IN chooses takes hardly longer, it is that one: so no choice hangs on the last digit of a
    measurement.
    """
    estimate = estimates(x_shape, w_shape, stride, padding, kernel, ns)
    usual = estimates(x_shape, w_shape, stride, padding, kernel, BUILT_IN)
    usual, least = min(usual, key=usual.get), min(estimate, key=estimate.get)
    return estimate, usual if estimate[usual] <= CLEARLY * estimate[least] else least


def estimates(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads, kernel: str, ns: Costs) -> dict[str, float]:
    """Estimated nanoseconds of one core, for each algorithm that fits the shape."""
    shapes = x_shape, w_shape, stride, padding
    counted = {name: costs.counts(name, kernel, *shapes) for name, way in ALGORITHMS.items() if way.fits(*shapes)}
    return {
        name: float(sum(count * getattr(ns, each) for each, count in parts.items())) for name, parts in counted.items()
    }


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
    name, work = choose(x_shape, w.shape, stride, padding, "conv2d_input_grad")
    with estimated(work):
        return ALGORITHMS[name].conv2d_input_grad(dy, w, x_shape, stride, padding)


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """Equation (3): x (N, H, W, C), dy (N, OH, OW, F) -> dw of the given shape (KH, KW, C, F)."""
    name, work = choose(x.shape, w_shape, stride, padding, "conv2d_weight_grad")
    with estimated(work):
        return ALGORITHMS[name].conv2d_weight_grad(x, dy, w_shape, stride, padding)
