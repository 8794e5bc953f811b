"""check_double_backward passes what is right, names what is wrong, and says what it cannot check."""

import numpy as np
import pytest

from minigan.gradcheck.layers.second import check_double_backward
from minigan.layers import BatchNorm, Conv2D, Dense, Flatten, Layer, LeakyReLU, Sequential, Tanh


def test_right_layers_pass_and_every_gradient_is_looked_at(rng):
    report = check_double_backward(Conv2D(2, 3, (3, 2), stride=(2, 1), rng=rng), input_shape=(3, 5, 4, 2))
    assert report.ok and set(report.errors) == {"ddy", "w", "b"} and report.checked > 50, report
    assert report.name == "Conv2D.double_backward"
    assert check_double_backward(Dense(3, 2, rng=rng), rng.standard_normal((4, 3)).astype(np.float32)).ok


@pytest.mark.parametrize("layer", [Tanh(), Sequential(Dense(3, 2), Tanh())], ids=["alone", "in a network"])
def test_a_layer_that_has_none_is_not_checked(layer):
    report = check_double_backward(layer, input_shape=(4, 3))
    assert report.verdict == "NOT CHECKED" and "piecewise linear" in str(report), report


def test_batch_norm_is_checked_in_evaluation_alone():
    assert check_double_backward(BatchNorm(3, slope=0.3), input_shape=(4, 3), training=False).ok
    report = check_double_backward(BatchNorm(3), input_shape=(4, 3))
    assert report.verdict == "NOT CHECKED" and "in training mode" in report.findings[0].message, report


class Curved(Tanh):
    """ddy is right, but dx depends on x."""

    def double_backward(self, ddx, dy, cache):
        (y,) = self.unseal(cache, dy)
        return (1 - y * y) * ddx, {}


def test_a_term_that_the_contract_cannot_return_is_found():
    assert [f.cause for f in check_double_backward(Curved(), input_shape=(4, 3)).findings] == ["depends-on-x"]


@pytest.mark.parametrize("factor", [1, 0.5], ids=["right", "wrong"])
def test_what_a_curved_layer_says_of_that_term_is_checked(factor):
    class Bent(Curved):
        def bend(self, ddx, dy, cache):  # of y = tanh x: dx = (1 - y^2) dy, so dP/dx = -2 y (1 - y^2) dy ddx
            (y,) = self.unseal(cache, dy)
            return -2 * factor * y * (1 - y * y) * dy * ddx

    report = check_double_backward(Bent(), input_shape=(4, 3))
    assert [f.cause for f in report.findings] == ([] if factor == 1 else ["depends-on-x"]), report


class WrongBackward(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return 2 * dx, grads


def test_a_wrong_backward_comes_first():
    (finding,) = check_double_backward(WrongBackward(3, 2), input_shape=(4, 3)).findings
    assert (finding.where, finding.cause) == ("first order: dx", "backward-wrong")


class Aliased(Layer):
    """A student's layer that holds its weight under two names and knows no modes."""

    def __init__(self):
        self.w = np.ones(3, np.float32)
        self.params = {"w": self.w}

    def forward(self, x):
        return x * self.w, x

    def backward(self, dy, cache):
        return dy * self.w, {"w": (dy * cache).sum(axis=0)}

    def double_backward(self, ddx, dy, cache):
        return ddx * self.w, {"w": (ddx * dy).sum(axis=0)}


def test_a_weight_under_two_names_stays_one_weight():
    assert check_double_backward(Aliased(), input_shape=(4, 3)).ok


class WithoutSlope(LeakyReLU):
    def double_backward(self, ddx, dy, cache):
        return ddx, {}


@pytest.mark.long
def test_the_wrong_layer_of_a_network_is_found(rng):
    right, wrong = (
        Sequential(Conv2D(2, 3, 3, rng=rng), kind(0.3), Flatten(), Dense(60, 1, rng=rng))
        for kind in (LeakyReLU, WithoutSlope)
    )
    assert check_double_backward(right, input_shape=(3, 5, 4, 2)).ok
    assert not check_double_backward(wrong, input_shape=(3, 5, 4, 2)).ok


def test_without_an_input_it_asks_for_one():
    with pytest.raises(ValueError, match="input x or an input_shape"):
        check_double_backward(Tanh())
