"""Flatten, Reshape, UpSampling2D: the same numbers in another arrangement."""

import math
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import pair, whole
from minigan.layers.base import Layer, expect


class Reshape(Layer):
    """x (N, ...) -> y (N, *shape), the same numbers in the same order; dx is dy in the shape of x.

    Raises ValueError if the number of entries differs.
    """

    per_sample = parameter_free = True

    def __init__(self, *shape: int | tuple) -> None:
        shape = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        self.shape = tuple(whole("each size of a Reshape", size) for size in shape)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        shape = self.output_shape(x.shape[1:])
        if math.prod(shape) != math.prod(x.shape[1:]):
            raise ValueError(
                f"Reshape to {shape} expected {math.prod(shape)} entries for each sample, "
                f"got an input of shape {x.shape}"
            )
        y = x.reshape(len(x), *shape)
        return y, self.seal(x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x_shape,) = self.unseal(cache, dy)
        return dy.reshape(x_shape), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is dy in the shape of x, so ddy is ddx in the shape of y."""
        (x_shape,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return ddx.reshape(dy.shape), {}

    def output_shape(self, input_shape: tuple) -> tuple:
        return self.shape


class Flatten(Reshape):
    """x (N, H, W, C) -> y (N, H*W*C); dx is dy in the shape of x."""

    def __init__(self) -> None:
        super().__init__()

    def output_shape(self, input_shape: tuple) -> tuple:
        return (math.prod(input_shape),)


class UpSampling2D(Layer):
    """Nearest neighbour: y[n, i, j, c] = x[n, i // sh, j // sw, c], so every pixel becomes a block of sh * sw pixels
    and dx is the sum of dy over each block. x (N, H, W, C) -> y (N, H*sh, W*sw, C).

    size: a number or a pair (height, width), at least 1. Source: Odena et al. 2016, Distill, "Deconvolution and
    checkerboard artifacts", which puts it before a convolution in place of a transposed convolution.
    """

    per_sample = parameter_free = True

    def __init__(self, size: int | tuple[int, int] = 2) -> None:
        self.size = pair("size", size)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        (sh, sw), (N, H, W, C) = self.size, x.shape
        y = kernels.block_repeat(x, self.size, (N, H * sh, W * sw, C))
        return y, self.seal(shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return kernels.block_sums(dy, self.size), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """Each dx is the sum of dy over a block, so each ddy is the ddx of its block: forward, applied to ddx."""
        self.unseal(cache, dy)
        sh, sw = self.size
        N, OH, OW, C = dy.shape
        self.expect_ddx(ddx, (N, OH // sh, OW // sw, C))
        return kernels.block_repeat(ddx, self.size, dy.shape), {}
