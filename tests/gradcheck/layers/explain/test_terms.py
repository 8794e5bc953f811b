"""A term too many, or one too few."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.terms import two_sums
from minigan.lessons.clinic.zoo.plain import Dense, Residual, Softmax


def dense(change):
    class Wrong(Dense):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "w": grads["w"] + change(self.params["w"])}

    return Wrong(4, 3)


@pytest.mark.parametrize(
    "change, cause, said",
    [(lambda w: 0.01 * w, "penalty", "0.01 times w"), (lambda w: 0 * w - 0.5, "term-missing", "0.5 times 1"),
     (lambda w: w * np.array([1.0, 2.0, 3.0]), "term-missing", "w times a sum")],
)  # fmt: skip
def test_terms_of_a_weight_gradient(change, cause, said):
    (finding,) = check_layer(dense(change), input_shape=(5, 4)).findings
    assert finding.cause == cause and said in finding.hint, finding


def test_a_forgotten_branch():
    class Forgotten(Residual):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            return dx - dy, grads

    (finding,) = check_layer(Forgotten(3), input_shape=(5, 3)).findings
    assert finding.cause == "term-missing" and "dy" in finding.hint and "path past" in finding.hint


def test_a_sum_along_the_wrong_axis():
    class OverBatch(Softmax):
        def backward(self, dy, y):
            return y * (dy - (dy * y).sum(axis=0)), {}

    (finding,) = check_layer(OverBatch(), input_shape=(5, 4)).findings
    assert finding.cause == "axes" and "along the others" in finding.hint


def test_two_sums_need_both(rng):
    u, v = rng.standard_normal((5, 1)), rng.standard_normal((1, 4))
    assert two_sums(u + v, (1,), (0,)) and not two_sums(u + 0 * v, (1,), (0,)) and not two_sums(u * v, (1,), (0,))
