"""Embedding and AtLabel: the two ways in which a class enters a network, as an input and as a choice of outputs."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.batch import memberships
from minigan.checks import generator, whole
from minigan.layers.base import Layer, expect, param


class Embedding(Layer):
    """y[n] = w[k], with k the label of sample n: a learnt row of numbers for each class.

    x (N, ...), of which only N counts; w (classes, width) -> y (N, width), as a matrix product of the one-hot labels m:

        y = m w,   m (N, classes) from given["labels"], see `minigan.batch.memberships`
        dw = m^T dy: row k is the sum of dy over the samples with label k,      dx = 0

    A one-hot label that is put beside the input of a Dense layer is the same as the sum of that layer and an Embedding:
    (x, m) times the rows of a weight, some for x and some for m, is x w_x + m w_m (Mirza & Osindero 2014,
    arXiv:1411.1784, figure 1: both players get the label as a further input):

        Sum(("noise", Dense(64, 256)), ("label", Embedding(10, 256)))

    w begins normal with mean 0 and the deviation `scale`. rng: numpy Generator.
    Raises ValueError for sizes below 1, missing labels, or labels that are no classes.
    """

    per_sample = True

    def __init__(
        self, classes: int, width: int, *, scale: float = 1.0, rng: np.random.Generator | None = None
    ) -> None:  # fmt: skip
        self.classes, self.width = whole("classes", classes), whole("width", width)
        self.params = {"w": (scale * generator(rng).standard_normal((classes, width))).astype(np.float32)}

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        m = memberships(given, len(x), self.classes, "Embedding", x.dtype)
        y = kernels.matmul(m, param(self, "w", x))
        return y, self.seal(m, y, x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        m, _, x_shape = self.unseal(cache, dy)
        return np.zeros(x_shape, dy.dtype), ({"w": kernels.matmul(m.T, dy)} if param_grads else {})

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is 0 whatever dy and w are, so nothing that is computed from it has a gradient."""
        _, y, x_shape = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return np.zeros_like(y), {"w": np.zeros_like(param(self, "w", y))}


class AtLabel(Layer):
    """y[n] = x[n, k], with k the label of sample n: of the numbers for all classes, that of the sample's own.

    x (N, classes) -> y (N, 1), with the one-hot labels m (N, classes) from given["labels"]:

        y[n] = sum_k m[n, k] x[n, k],      dx = m dy, entry by entry

    After a Dense layer this is the projection of the features on a learnt row of the class, v_k . features: the second
    part of the projection discriminator (Miyato & Koyama 2018, arXiv:1802.05637, eq. 3),

        logit = w . features + b  +  v_k . features
              = Sum(("real", Dense(F, 1)), ("class", Sequential(("scores", Dense(F, K, bias=False)), AtLabel(K))))

    The first part says whether the image looks real, the second whether the label fits the image better in the data
    than in G's samples (the optimal
    logit is log p(x)/q(x) + log p(k|x)/q(k|x), and both log p(k|x) of a softmax are v_k . features minus a number that
    does not depend on k).
    Raises ValueError for another number of columns, missing labels, or labels that are no classes.
    """

    per_sample = parameter_free = True

    def __init__(self, classes: int) -> None:
        self.classes = whole("classes", classes)

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2, channels=self.classes, axis_name="classes")
        m = memberships(given, len(x), self.classes, "AtLabel", x.dtype)
        y = (m * x).sum(axis=1, keepdims=True)
        return y, self.seal(m, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (m,) = self.unseal(cache, dy)
        return m * dy, {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """Linear: ddy = sum_k m ddx, forward applied to ddx."""
        (m,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, m.shape)
        return (m * ddx).sum(axis=1, keepdims=True), {}
