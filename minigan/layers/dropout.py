"""Dropout: in training each entry is set to zero with probability `rate`."""

from typing import Any

import numpy as np

from minigan.checks import generator
from minigan.layers.base import Layer, expect


class Dropout(Layer):
    """y = x * mask, where mask is 0 with probability `rate` and 1 / (1 - rate) otherwise ("inverted": the expected
    value of y is x, so that evaluation is the identity). dx = dy * mask, with the same mask.

    Any shape. rate in [0, 1), else ValueError. rng: the numpy Generator that masks are drawn from.
    Source: Srivastava et al. 2014, JMLR 15, section 10 for the inverted form.
    """

    per_sample = parameter_free = True

    def __init__(self, rate: float, *, rng: np.random.Generator | None = None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"rate is the share of entries set to zero; expected 0 <= rate < 1, got {rate}")
        self.rate, self.rng = rate, generator(rng)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        if not training:
            return x.copy(), self.seal(None, shape=x.shape)
        mask = (self.rng.random(x.shape, x.dtype) >= self.rate) * x.dtype.type(1 / (1 - self.rate))
        return x * mask, self.seal(mask, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (mask,) = self.unseal(cache, dy)
        return (dy.copy() if mask is None else dy * mask), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = dy * mask, so ddy = ddx * mask, with the mask of the forward pass."""
        (mask,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        return (ddx.copy() if mask is None else ddx * mask), {}
