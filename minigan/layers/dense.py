"""Dense: every output is a weighted sum of all inputs."""

import numpy as np

from minigan import kernels
from minigan.layers.base import Layer, expect, param, whole
from minigan.layers.initialisers import initial_weight


class Dense(Layer):
    """y = x w + b.

    x (N, n_in), w (n_in, n_out), b (n_out,) -> y (N, n_out).

    Backward, from y[n, o] = sum_i x[n, i] w[i, o] + b[o]:
        dx[n, i] = sum_o dy[n, o] w[i, o]      that is  dx = dy w^T
        dw[i, o] = sum_n x[n, i] dy[n, o]      that is  dw = x^T dy
        db[o]    = sum_n dy[n, o]
    (Rumelhart, Hinton & Williams 1986, Nature 323, eqs. 4 to 7, without the nonlinearity.)

    init: "glorot", "dcgan", "he" or a function (rng, shape, fan_in, fan_out) -> array. rng: numpy Generator.
    Raises ValueError for sizes below 1, a wrong input shape, a stale cache.
    """

    per_sample = True

    def __init__(self, n_in, n_out, *, bias=True, init="glorot", rng=None):
        self.n_in, self.n_out = whole("n_in", n_in), whole("n_out", n_out)
        self.params = {"w": initial_weight(init, rng, (n_in, n_out), n_in, n_out)}
        if bias:
            self.params["b"] = np.zeros(n_out, np.float32)

    def forward(self, x, training=True):
        expect(self, x, ndim=2, channels=self.n_in, axis_name="features")
        y = kernels.matmul(x, param(self, "w", x))
        if "b" in self.params:
            y += param(self, "b", x)
        return y, self.seal(x, y.shape)

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        (x,) = self.unseal(cache, dy)
        grads = {}
        if param_grads:
            grads["w"] = kernels.matmul(x.T, dy)
            if "b" in self.params:
                grads["b"] = dy.sum(axis=0)
        dx = kernels.matmul(dy, param(self, "w", x).T) if input_grad else None
        return dx, grads

    def double_backward(self, ddx, dy, cache):
        """With ddx = dP/d(dx), from dx[n, i] = sum_o dy[n, o] w[i, o]:

        ddy[n, o]   = sum_i ddx[n, i] w[i, o]      that is  ddy = ddx w, forward without bias
        dP/dw[i, o] = sum_n ddx[n, i] dy[n, o]    that is  ddx^T dy, the usual gradient with ddx for x
        dP/db = 0
        """
        (x,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        grads = {"w": kernels.matmul(ddx.T, dy)}
        if "b" in self.params:
            grads["b"] = np.zeros(self.n_out, dy.dtype)
        return kernels.matmul(ddx, param(self, "w", x)), grads

    def output_shape(self, input_shape):
        return (self.n_out,)

    def flop(self, input_shape):
        return 2 * self.n_in * self.n_out
