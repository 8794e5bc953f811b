"""check_layer passes right layers (see tests/layers/test_gradients.py) and must not pass wrong ones."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.layers import BatchNorm, Dense, Layer, LeakyReLU, Tanh


class TwiceDW(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {**grads, "w": 2 * grads["w"]}


class AveragedBias(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {**grads, "b": dy.mean(axis=0)}


class TransposedWeight(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dy @ self.params["w"].astype(dy.dtype), grads


class UpstreamIgnored(Tanh):
    def backward(self, dy, cache, param_grads=True):
        return super().backward(np.ones_like(dy), cache)


class EvaluationFormulaInTraining(BatchNorm):
    def backward(self, dy, cache, param_grads=True):
        _, grads = super().backward(dy, cache, param_grads)
        x, mean, r, _ = self.unseal(cache)
        return dy * self.params["gamma"] * r, grads


class Forgetful(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {"w": grads["w"]}


class Random(Layer):
    def forward(self, x):
        return x * np.random.default_rng().standard_normal(), x

    def backward(self, dy, cache):
        return dy, {}


class InPlace(LeakyReLU):
    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        x[x < 0] = 0
        return y, cache


@pytest.mark.parametrize(
    "layer, shape, where",
    [
        (TwiceDW(4, 3), (5, 4), "w"),
        (AveragedBias(4, 3), (5, 4), "b"),
        (TransposedWeight(4, 4), (5, 4), "dx"),
        (UpstreamIgnored(), (5, 4), "dx"),
        (EvaluationFormulaInTraining(3), (5, 4, 2, 3), "dx"),
        (Forgetful(4, 3), (5, 4), "grads"),
        (Random(), (5, 4), "forward"),
        (InPlace(), (5, 4), "x"),
    ],
)
def test_wrong_layers_are_found(layer, shape, where):
    report = check_layer(layer, input_shape=shape)
    assert not report.ok and report.findings[0].where == where
    assert "WRONG" in str(report) and where in str(report)


def test_the_layer_is_not_touched(rng):
    layer = BatchNorm(3)
    check_layer(layer, input_shape=(4, 3))
    assert layer.params["gamma"].dtype == np.float32
    assert (layer.params["gamma"] == 1).all() and (layer.state["mean"] == 0).all()


def test_an_input_full_of_kinks_is_not_called_ok():
    report = check_layer(LeakyReLU(0.2), np.zeros((3, 4)))
    assert not report.ok and "not checked" in report.findings[0].message and report.kinks == 12


def test_without_an_input_it_asks_for_one():
    with pytest.raises(ValueError, match="input x or an input_shape"):
        check_layer(Tanh())
