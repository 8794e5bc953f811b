"""Maxout: of each few features, the largest."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import whole
from minigan.layers.base import Layer, expect, param
from minigan.layers.dense import Dense


class Maxout(Layer):
    """y[n, k] = max over j of x[n, k * pieces + j]: the pieces of one unit lie side by side.

    x (N, units * pieces) -> y (N, units); or x (N, ..., units * pieces), where the last axis is treated so at each
    place. After a Dense(n_in, units * pieces), each unit is the largest of `pieces` linear functions, hence a convex
    piecewise linear function of the inputs that is learnt as a whole (Goodfellow et al. 2013, "Maxout networks",
    arXiv:1302.4389, section 3). It is the activation of the ring and grid discriminators of ALI (Dumoulin et al.
    2017, arXiv:1606.00704) and PacGAN (Lin et al. 2018, arXiv:1712.04086), with five pieces.

    Backward: dx is dy at the piece that was largest, 0 at the others. Where several are equal the function has no
    derivative, and the first of them is taken.

    pieces: at least 2. Raises ValueError otherwise, or if the number of features is not a multiple of it.
    """

    per_sample = parameter_free = True

    def __init__(self, pieces: int) -> None:
        self.pieces = whole("pieces", pieces, least=2)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y_shape = self.output_shape(x.shape)
        y, winner = kernels.maxout(x, self.pieces)
        return y.reshape(y_shape), self.seal(winner, x.shape, shape=y_shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        winner, x_shape = self.unseal(cache, dy)
        return kernels.scatter_winners(dy, winner, self.pieces).reshape(x_shape), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is dy at the winners, which a small change of x does not change: ddy is ddx at the winners."""
        winner, x_shape = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return kernels.gather_winners(ddx, winner).reshape(dy.shape), {}

    def _units(self, shape):
        if len(shape) == 0 or shape[-1] % self.pieces:
            raise ValueError(
                f"Maxout({self.pieces}) expected a multiple of {self.pieces} features, units * pieces, got an input of "
                f"shape {shape}; a Dense(n_in, units * {self.pieces}) before it gives them"
            )
        return shape[-1] // self.pieces

    def output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], self._units(input_shape))


class MaxoutDense(Dense):
    """y[n, u] = max over j of z[n, u * pieces + j], z = x w + b: Dense and Maxout as one layer, the hidden layer of
    "Maxout networks" (Goodfellow et al. 2013, arXiv:1302.4389, section 3).

    x (N, n_in), w (n_in, units * pieces), b (units * pieces,) -> y (N, units).

    Backward. Let c(n, u) = u * pieces + j be the column of w that won. A small change of x does not change it, so
        y[n, u]  = sum_i x[n, i] w[i, c(n, u)] + b[c(n, u)]
        dx[n, i] = sum_u dy[n, u] w[i, c(n, u)]
        dw[i, c] = sum of x[n, i] dy[n, u] over all n, u with c(n, u) = c
        db[c]    = sum of dy[n, u] over the same
    Dense and Maxout in sequence compute the same sums, and also the products with the zeros of Maxout's dx, at the
    columns that did not win: `pieces` times as many products.

    units, pieces: at least 1 and 2. bias, init, rng: as for Dense. Raises ValueError as Dense and Maxout do.
    """

    per_sample = True

    def __init__(self, n_in: int, units: int, pieces: int, *, bias: bool = True, init: str | Callable = "glorot",
                 rng: np.random.Generator | None = None) -> None:  # fmt: skip
        self.units, self.pieces = whole("units", units), whole("pieces", pieces, least=2)
        super().__init__(n_in, self.units * self.pieces, bias=bias, init=init, rng=rng)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2, channels=self.n_in, axis_name="features")
        y, winner = kernels.maxout(kernels.affine(x, param(self, "w", x), self.bias(x)), self.pieces)
        return y.reshape(len(x), self.units), self.seal(x, winner, shape=(len(x), self.units))

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, winner = self.unseal(cache, dy)
        grads = {}
        if param_grads:
            dw, db = kernels.maxout_weight_grad(x, dy, winner, self.pieces)
            grads = {"w": dw} | ({"b": db} if "b" in self.params else {})
        dx = kernels.maxout_input_grad(dy, winner, param(self, "w", x)) if input_grad else None
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """With ddx = dP/d(dx), from the line of dx above:

        ddy[n, u]  = sum_i ddx[n, i] w[i, c(n, u)]     forward without bias, of the columns that won
        dP/dw      = the usual gradient with ddx for x
        dP/db      = 0
        """
        x, winner = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        dw, _ = kernels.maxout_weight_grad(ddx, dy, winner, self.pieces)
        z = kernels.matmul(ddx, param(self, "w", x))
        return kernels.gather_winners(z, winner).reshape(dy.shape), self.no_bias_grad(z) | {"w": dw}

    def apart(self) -> tuple[Dense, Maxout]:
        """Dense and Maxout: two layers that give the same y in sequence, and share the arrays of this one."""
        dense = copy.copy(self)
        dense.__class__ = Dense
        return dense, Maxout(self.pieces)
