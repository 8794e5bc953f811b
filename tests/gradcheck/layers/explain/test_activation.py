"""Wrong slopes of functions that treat each entry by itself."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer


class Curve:
    def __init__(self, f, slope, **constants):
        self.f, self.slope = f, slope
        for name, value in constants.items():
            setattr(self, name, value)

    def forward(self, x):
        y = self.f(x)
        return y, (x, y)

    def backward(self, dy, cache):
        return dy * self.slope(*cache), {}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(x, 0)


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


@pytest.mark.parametrize(
    "f, slope, cause, said",
    [
        (relu, lambda x, y: np.ones_like(x), "mask-missing", "mask"),
        (relu, lambda x, y: 1.0 * (x < 0), "mask-inverted", "wrong way round"),
        (np.tanh, lambda x, y: np.ones_like(x), "derivative-missing", "derivative"),
        (np.tanh, lambda x, y: 1 - x * x, "input-for-output", "given the input x"),
        (np.tanh, lambda x, y: 1 - np.tanh(y) ** 2, "output-for-input", "taken at the output"),
        (np.tanh, lambda x, y: 1 + y, "derivative-incomplete", "(1 - y)"),
        (np.tanh, lambda x, y: (1 - y * y) ** 2, "derivative-twice", "f'(x)"),
        (np.tanh, lambda x, y: 1 + y * y, "derivative-wrong", "the derivative is +1 -1 y^2"),
        (lambda x: np.log(1 + x * x), lambda x, y: 1 / (1 + x * x), "derivative-incomplete", "2 x"),
        (sigmoid, lambda x, y: y, "derivative-incomplete", "(1 - y)"),
        (sigmoid, lambda x, y: 1 - y, "derivative-incomplete", "y"),
        (sigmoid, lambda x, y: 1 - y * y, "derivative-wrong", "+1 -1 y^2; the derivative is +1 y -1 y^2"),
        (elu, lambda x, y: np.where(x > 0, 1, 0), "slope", "where x is negative: backward has 0"),
        (elu, lambda x, y: np.where(x > 0, 1, 0.7 * np.exp(x)), "slope", "0.7 times the right one"),
        (lambda x: x * sigmoid(x), lambda x, y: y / x, "term-missing", "product rule"),
    ],
)
def test_wrong_slopes(f, slope, cause, said):
    (finding,) = check_layer(Curve(f, slope), input_shape=(5, 6)).findings
    assert finding.cause == cause and said in finding.hint and finding.evidence, finding


def test_two_slopes_in_the_wrong_entries():
    (finding,) = check_layer(Curve(relu, lambda x, y: 1.0 * (x > 1)), input_shape=(5, 6)).findings
    assert finding.cause == "condition" and "condition" in finding.hint
