"""Gain: one learnt number that scales everything, 0 at first."""

from typing import Any

import numpy as np

from minigan.layers.base import Layer, expect, param


class Gain(Layer):
    """y = g x, with one parameter g, (1,), that begins at 0; so dx = g dy, and dg = the sum of dy x over all entries.

    Any shape. At the end of a branch of a `Sum`, the branch adds nothing at first, and the network learns how much of
    it to use: gamma of SAGAN (Zhang et al. 2019, arXiv:1805.08318, eq. 3), y = gamma o + x. While g is 0 the branch
    gets no gradient, but g does.
    """

    per_sample = True

    def __init__(self) -> None:
        self.params = {"g": np.zeros(1, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y = param(self, "g", x) * x
        return y, self.seal(x, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x,) = self.unseal(cache, dy)
        grads = {"g": product_sum(dy, x)} if param_grads else {}
        return param(self, "g", x) * dy, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = g dy, so ddy = g ddx, and P depends on g through sum(ddx g dy): dP/dg = sum of ddx dy."""
        (x,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        return param(self, "g", x) * ddx, {"g": product_sum(ddx, dy)}


def product_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum of a b over all entries, shape (1,). NumPy adds pairwise, which keeps the digits of float32."""
    return (a * b).sum().reshape(1)
