"""PixelNorm: every pixel's channels, brought to a mean square of 1."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import positive
from minigan.layers.base import Layer, expect


class PixelNorm(Layer):
    """y = r x with r = 1 / sqrt(mean_c x[c]^2 + eps), the mean over the channels of one pixel (or of one row (N, C)).

    x (N, ..., C) -> y of the same shape. No parameters, no statistics of the batch: it keeps the signals in G from
    growing as the two players outbid each other (Karras et al. 2018, arXiv:1710.10196, section 4.2, eps 1e-8).

    Backward. dr/dx[c] = -r^3 x[c] / C, so with the C channels of a pixel
        dx[c] = r dy[c] + dr/dx[c] sum_k dy[k] x[k] = r dy[c] - r^3 x[c] mean_k(dy[k] x[k])
    Without eps, dx is dy without its part along x, divided by the length of x over sqrt(C): a longer x changes nothing.

    It stands in G only, so there is no double_backward: r depends on x smoothly (see the base class).
    eps: above 0, so that a pixel of zeros has a derivative; else ValueError.
    """

    per_sample = parameter_free = True

    def __init__(self, eps: float = 1e-8) -> None:
        self.eps = positive("eps", eps)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y, r = kernels.pixel_norm(x.reshape(-1, x.shape[-1]), self.eps)
        y = y.reshape(x.shape)
        return y, self.seal(y, r, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        """With y = r x in place of x: dx = r (dy - y mean_k(dy[k] y[k]))."""
        y, r = self.unseal(cache, dy)
        C = y.shape[-1]
        return kernels.pixel_norm_grad(dy.reshape(-1, C), y.reshape(-1, C), r).reshape(dy.shape), {}
