"""MinibatchDiscrimination: the discriminator is shown how like each sample is to the others of its batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import whole
from minigan.layers.base import Layer, expect, param
from minigan.layers.initialisers import initial_weight, normal


class MinibatchDiscrimination(Layer):
    """y[i] = (x[i], o[i]), where o[i] says for each of B kernels how many of the other samples are close to x[i]:

        M_i = x_i T                               (C, B): B kernels of C numbers each
        c_b(i, j) = exp(-sum_c |M_i,cb - M_j,cb|)   in (0, 1], 1 where the two are alike
        o_b(i) = sum over j != i of c_b(i, j)

    x (N, n_in), T (n_in, dims, kernels), A x C x B in the paper's letters -> y (N, n_in + kernels).
    A generator that draws the same picture for every z is found out at once: its o is N - 1, that of real images is
    small. And since the gradient of o reaches all samples of the batch, it pushes them apart.
    Source: Salimans et al. 2016, arXiv:1606.03498, section 3.2. The sum there runs over j = i too; c(i, i) = exp(0) = 1
    whatever x and T are, so that only adds 1 to each o, which the bias of the next layer can take out. It is left out
    here, as in the authors' published code (they add 1e6 to the distance of each sample from itself): a sample with
    none like it has o = 0, whatever the size of the batch.

    Backward. c is symmetric, so M_i is in o(i) through each c(i, j), and in each o(j) through c(j, i) = c(i, j):
        dM_i,cb = - sum over j of (do_b(i) + do_b(j)) c_b(i, j) sign(M_i,cb - M_j,cb)
        dx_i    = dy_i without its last B entries + dM_i T^T,        dT = x^T dM
    sign(0) = 0; j = i adds nothing.

    Each output depends on all samples of the batch, in evaluation too: per_sample is False, real and fake images go
    through D separately, and a sample's score depends on which others are scored with it.

    init: default normal with deviation 1 / (dims sqrt(n_in)). Two independent samples of features with variance 1 are
    then about 1 apart (C differences of mean size sqrt(2) sqrt(2 / pi) / C), where exp is neither flat nor 0; Glorot's
    rule makes that grow with C, and c vanishes. Or as for `Dense`. rng: numpy Generator.
    Raises ValueError for sizes below 1, a wrong input shape, a stale cache.
    """

    def __init__(self, n_in: int, kernels: int = 50, dims: int = 5, *, init: Callable | None = None,
                 rng: np.random.Generator | None = None) -> None:  # fmt: skip
        self.n_in, self.kernels, self.dims = whole("n_in", n_in), whole("kernels", kernels), whole("dims", dims)
        shape = (n_in, dims, kernels)
        self.params = {"t": initial_weight(init or unit_distance, rng, shape, n_in, dims * kernels)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2, channels=self.n_in, axis_name="features")
        m = kernels.matmul(x, self._matrix(x)).reshape(len(x), self.dims, self.kernels)  # (N, C, B)
        closeness = kernels.pair_distances(m)  # (N, N, B)
        np.exp(np.negative(closeness, out=closeness), out=closeness)
        closeness[np.arange(len(x)), np.arange(len(x))] = 0  # j = i is left out
        y = np.concatenate([x, closeness.sum(axis=1)], axis=1)
        return y, self.seal(x, m, closeness, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        x, m, closeness = self.unseal(cache, dy)
        do = dy[:, self.n_in :]
        weight = do[:, None] + do[None]  # (N, N, B)
        weight *= closeness
        dm = -kernels.pair_distances_grad(weight, m).reshape(len(x), -1)
        grads = {"t": kernels.matmul(x.T, dm).reshape(self.params["t"].shape)} if param_grads else {}
        dx = dy[:, : self.n_in] + kernels.matmul(dm, self._matrix(x).T) if input_grad else None
        return dx, grads

    def _matrix(self, x):
        """T as a matrix, (n_in, dims * kernels)."""
        return param(self, "t", x).reshape(self.n_in, -1)


def unit_distance(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal(0, 1 / (dims^2 fan_in)), for a shape (n_in, dims, kernels)."""
    return normal(rng, shape, 1 / (shape[1] * np.sqrt(fan_in)))
