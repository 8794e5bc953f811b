"""LogSumExp: from the scores of K classes to the one logit of "real", for a semi-supervised discriminator."""

from typing import Any

import numpy as np

from minigan.layers.base import Layer, expect


class LogSumExp(Layer):
    """y = log sum_k exp(x_k), the score of "one of the K classes, whichever".

    x (N, K) -> y (N, 1). Salimans et al. 2016, arXiv:1606.03498, section 5: a classifier of K + 1 classes, K real ones
    and "generated". Its softmax does not change if one number is taken from all scores, so that of "generated" can be
    0. With Z = sum_k exp(x_k) over the K others the probability of "real" is D = Z / (Z + 1), and its logit is

        log D - log (1 - D) = log Z = y,

    which every loss of this package takes as it is. log Z = max x + log sum exp(x - max x): nothing overflows.

    Backward: dy/dx_k = exp(x_k) / Z, so dx = softmax(x) dy. A softmax depends on x smoothly, so there is no
    double_backward (see the base class).

        D = Sequential(..., ("classes", Dense(n, K)), ("logit", LogSumExp()))
    """

    per_sample = parameter_free = True

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2)
        largest = x.max(axis=1, keepdims=True)
        exps = np.exp(x - largest)
        total = exps.sum(axis=1, keepdims=True)
        y = largest + np.log(total)
        return y, self.seal(exps / total, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (softmax,) = self.unseal(cache, dy)
        return softmax * dy, {}
