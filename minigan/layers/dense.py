"""Dense: every output is a weighted sum of all inputs."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import whole
from minigan.layers.affine import Affine
from minigan.layers.base import expect, param
from minigan.layers.initialisers import initial_weight


class Dense(Affine):
    """y = x w + b.

    x (N, n_in), w (n_in, n_out), b (n_out,) -> y (N, n_out).

    slope: if given, LeakyReLU(slope) follows in the same pass: y where y > 0, else slope * y. Backward then begins with
    dy where y > 0, else slope * dy (for slope >= 0 the sign of the output is that of the input).

    Backward, from y[n, o] = sum_i x[n, i] w[i, o] + b[o]:
        dx[n, i] = sum_o dy[n, o] w[i, o]      that is  dx = dy w^T
        dw[i, o] = sum_n x[n, i] dy[n, o]      that is  dw = x^T dy
        db[o]    = sum_n dy[n, o]
    (Rumelhart, Hinton & Williams 1986, Nature 323, eqs. 4 to 7, without the nonlinearity.)

    init: a name in INITIALISERS, or a function (rng, shape, fan_in, fan_out) -> array. rng: numpy Generator.
    Raises ValueError for sizes below 1, a slope below 0, a wrong input shape, a stale cache.
    """

    per_sample, output_axis = True, 1

    def __init__(
        self, n_in: int, n_out: int, *, bias: bool = True, slope: float | None = None,
        init: str | Callable = "glorot", rng: np.random.Generator | None = None,
    ) -> None:  # fmt: skip
        self.n_in, self.n_out = whole("n_in", n_in), whole("n_out", n_out)
        super().__init__(n_out, bias, slope)
        self.params = {"w": initial_weight(init, rng, (n_in, n_out), n_in, n_out)} | self.params

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2, channels=self.n_in, axis_name="features")
        y = kernels.affine(x, param(self, "w", x), self.bias(x), self.slope)
        return y, self.seal(x, y, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, y = self.unseal(cache, dy)
        dy, grads = self.begin(dy, y, summed=param_grads)
        if param_grads:
            grads["w"] = kernels.matmul(x.T, dy)
        dx = kernels.matmul(dy, param(self, "w", x).T) if input_grad else None
        return dx, grads

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """With ddx = dP/d(dx), from dx[n, i] = sum_o f[n, o] dy[n, o] w[i, o], where f = 1 where y > 0, else slope:

        ddy[n, o]   = f[n, o] sum_i ddx[n, i] w[i, o]     that is  ddy = f (ddx w), forward without bias
        dP/dw[i, o] = sum_n ddx[n, i] f[n, o] dy[n, o]    that is  ddx^T (f dy), the usual gradient with ddx for x
        dP/db = 0
        """
        x, y = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        dz = self.rectified(np.ascontiguousarray(dy), y)
        grads = self.no_bias_grad(y) | {"w": kernels.matmul(ddx.T, dz)}
        return self.rectified(kernels.matmul(ddx, param(self, "w", x)), y), grads
