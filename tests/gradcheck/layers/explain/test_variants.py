"""Backward is right for a slightly different layer."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.lessons.clinic.zoo.plain import BatchNorm, Dense


class TwoWeights:
    """y = tanh(tanh(x u) v): with v the wrong way round in backward."""

    def __init__(self, turn):
        rng = np.random.default_rng(0)
        self.params, self.turn = {"u": rng.standard_normal((3, 3)), "v": rng.standard_normal((3, 3))}, turn

    def forward(self, x):
        h = np.tanh(x @ self.params["u"])
        y = np.tanh(h @ self.params["v"])
        return y, (x, h, y)

    def backward(self, dy, cache):
        x, h, y = cache
        dz = dy * (1 - y * y)
        dh = dz @ self.turn(self.params["v"]) * (1 - h * h)
        return dh @ self.params["u"].T, {"u": x.T @ dh, "v": h.T @ dz}


def test_a_transposed_weight_inside_a_deeper_layer():
    assert check_layer(TwoWeights(lambda v: v.T), input_shape=(5, 3)).ok
    report = check_layer(TwoWeights(lambda v: v), input_shape=(5, 3))
    assert [(f.where, f.cause) for f in report.findings] == [("dx", "weight-transposed"), ("u", "weight-transposed")]
    assert "between forward and backward" in report.findings[0].evidence


class Scaled:
    """y = tanh(alpha x), with the slope that `backward_alpha` makes of alpha."""

    def __init__(self, backward_alpha):
        self.alpha, self.backward_alpha = 0.7, backward_alpha

    def forward(self, x):
        return np.tanh(self.alpha * x), x

    def backward(self, dy, x):
        alpha = self.backward_alpha(self.alpha)
        return dy * alpha * (1 - np.tanh(alpha * x) ** 2), {}


@pytest.mark.parametrize("seen", [1.0, 0.3])
def test_a_constant_that_backward_forgets(seen):
    (finding,) = check_layer(Scaled(lambda alpha: 1.0 if seen == 1.0 else 1 - alpha), input_shape=(5, 6)).findings
    assert finding.cause == "constant-ignored" and f"alpha = {seen:.4g}" in finding.hint


class Rebinds(Dense):
    def backward(self, dy, x):
        dw = x.T @ dy
        self.params["w"] = self.params["w"] - 0.1 * dw
        return dy @ self.params["w"].T, {"w": dw, "b": dy.sum(axis=0)}


def test_an_update_before_dx_in_place_or_not():
    report = check_layer(Rebinds(4, 3), input_shape=(5, 4))
    assert [f.cause for f in report.findings] == ["params-changed", "updated-first"], report


def test_the_gradient_of_another_parameter():
    class Swapped(BatchNorm):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            return dx, {"gamma": grads["beta"], "beta": grads["gamma"]}

    assert [f.cause for f in check_layer(Swapped(3), input_shape=(5, 3), training=True).findings] == [
        "keys-swapped"
    ] * 2


def test_the_other_modes_gradient():
    class AlwaysTraining(BatchNorm):
        def backward(self, dy, cache):
            return super().backward(dy, (*cache[:3], True))

    (finding,) = check_layer(AlwaysTraining(3), input_shape=(5, 3)).findings
    assert finding.cause == "other-mode" and finding.message.endswith("evaluation mode")


class Gated:
    """y = (x a) sigmoid(x b); backward forgets that x is in the gate, too."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = {"a": rng.standard_normal((4, 3)), "b": rng.standard_normal((4, 3))}

    def forward(self, x):
        u, v = x @ self.params["a"], 1 / (1 + np.exp(-x @ self.params["b"]))
        return u * v, (x, u, v)

    def backward(self, dy, cache):
        x, u, v = cache
        return (dy * v) @ self.params["a"].T, {"a": x.T @ (dy * v), "b": x.T @ (dy * u * v * (1 - v))}


def test_a_path_that_backward_does_not_take():
    (finding,) = check_layer(Gated(), input_shape=(5, 4)).findings
    assert finding.cause == "term-missing" and "is the path through b missing" in finding.hint
