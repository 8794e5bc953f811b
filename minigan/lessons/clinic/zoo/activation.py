"""Activations, softmax and dropout with a mistake in the slope."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import Dropout, LeakyReLU, Sigmoid, Softmax, Tanh, checked

PLAIN = checked(shape=(5, 6))


@mutant("leakyrelu-sign-of-output", kind="layer", cause="output-for-input", check=checked(-0.3, shape=(5, 6)),
        mistake="the condition asks the sign of y; with a negative slope that is not the sign of x")  # fmt: skip
class SignOfOutput(LeakyReLU):
    def forward(self, x):
        y = np.where(x > 0, x, self.slope * x)
        return y, y

    def backward(self, dy, y):
        return np.where(y > 0, dy, self.slope * dy), {}


@mutant("leakyrelu-slope-forgotten", kind="layer", cause="slope", check=PLAIN,
        mistake="dx is 0 where x is negative, as if the slope were 0")  # fmt: skip
class SlopeForgotten(LeakyReLU):
    def backward(self, dy, x):
        return np.where(x > 0, dy, 0), {}


@mutant("leakyrelu-sides-swapped", kind="layer", cause="condition", check=PLAIN,
        mistake="the slope is used on the positive side")  # fmt: skip
class SidesSwapped(LeakyReLU):
    def backward(self, dy, x):
        return np.where(x < 0, dy, self.slope * dy), {}


@mutant("relu-condition-on-dy", kind="layer", cause="upstream-changed", check=checked(1.0, shape=(5, 6)),
        mistake="negative entries of dy are set to 0: the condition belongs to x")  # fmt: skip
class ConditionOnDy(LeakyReLU):
    def backward(self, dy, x):
        return np.maximum(dy, 0), {}


@mutant("relu-mask-missing", kind="layer", cause="mask-missing", check=checked(0.0, shape=(5, 6)),
        mistake="dx = dy: the derivative is missing")  # fmt: skip
class NoDerivative(LeakyReLU):
    def backward(self, dy, x):
        return dy.copy(), {}


@mutant("tanh-one-minus-x-squared", kind="layer", cause="input-for-output", check=PLAIN,
        mistake="1 - x^2 for 1 - y^2: the formula is written with the output")  # fmt: skip
class OneMinusXSquared(Tanh):
    def forward(self, x):
        return np.tanh(x), x

    def backward(self, dy, x):
        return (1 - x * x) * dy, {}


@mutant("tanh-square-forgotten", kind="layer", cause="derivative-incomplete", check=PLAIN,
        mistake="1 - y for 1 - y^2: the factor 1 + y is missing")  # fmt: skip
class SquareForgotten(Tanh):
    def backward(self, dy, y):
        return (1 - y) * dy, {}


@mutant("tanh-derivative-missing", kind="layer", cause="derivative-missing", check=PLAIN,
        mistake="dx = dy, as if the function were y = x")  # fmt: skip
class StraightThrough(Tanh):
    def backward(self, dy, y):
        return dy.copy(), {}


@mutant("tanh-of-the-output", kind="layer", cause="output-for-input", check=PLAIN,
        mistake="the derivative takes the tanh of y, which is a tanh already")  # fmt: skip
class TanhTwice(Tanh):
    def backward(self, dy, y):
        return (1 - np.tanh(y) ** 2) * dy, {}


@mutant("sigmoid-applied-twice", kind="layer", cause="output-for-input", check=PLAIN,
        mistake="the derivative takes the sigmoid of y, which is a sigmoid already")  # fmt: skip
class SigmoidTwice(Sigmoid):
    def backward(self, dy, y):
        s = 1 / (1 + np.exp(-y))
        return s * (1 - s) * dy, {}


@mutant("sigmoid-one-minus-y-missing", kind="layer", cause="derivative-incomplete", check=PLAIN,
        mistake="dx = y dy for y (1 - y) dy")  # fmt: skip
class OneMinusYMissing(Sigmoid):
    def backward(self, dy, y):
        return y * dy, {}


@mutant("sigmoid-with-x", kind="layer", cause="input-for-output", check=PLAIN,
        mistake="x (1 - x) for y (1 - y): the formula is written with the output")  # fmt: skip
class SigmoidWithX(Sigmoid):
    def forward(self, x):
        return 1 / (1 + np.exp(-x)), x

    def backward(self, dy, x):
        return x * (1 - x) * dy, {}


@mutant("sigmoid-upstream-ignored", kind="layer", cause="upstream-ignored", check=PLAIN,
        mistake="dx is the derivative alone: dy is forgotten")  # fmt: skip
class DyForgotten(Sigmoid):
    def backward(self, dy, y):
        return y * (1 - y), {}


@mutant("softmax-diagonal-only", kind="layer", cause="term-missing", check=PLAIN,
        mistake="dx = y (1 - y) dy, the sigmoid's: but each output depends on all inputs of its row")  # fmt: skip
class DiagonalOnly(Softmax):
    def backward(self, dy, y):
        return y * (1 - y) * dy, {}


@mutant("softmax-sum-missing", kind="layer", cause="term-missing", check=PLAIN,
        mistake="dx = y dy: the sum over the row is missing")  # fmt: skip
class SumMissing(Softmax):
    def backward(self, dy, y):
        return y * dy, {}


@mutant("softmax-sum-over-batch", kind="layer", cause="axes", check=PLAIN,
        mistake="the sum in dx is taken over the batch, not over the row")  # fmt: skip
class SumOverBatch(Softmax):
    def backward(self, dy, y):
        return y * (dy - (dy * y).sum(axis=0)), {}


@mutant("dropout-mask-missing", kind="layer", cause="mask-missing", check=PLAIN,
        mistake="dx = dy: what was dropped gets a gradient, too")  # fmt: skip
class MaskMissing(Dropout):
    def backward(self, dy, mask):
        return dy.copy(), {}


@mutant("dropout-scale-missing", kind="layer", cause="scale-missing", check=PLAIN,
        mistake="forward divides by 1 - rate, backward does not")  # fmt: skip
class ScaleMissing(Dropout):
    def backward(self, dy, mask):
        return dy * (mask > 0), {}


@mutant("dropout-mask-redrawn", kind="layer", cause="mask-redrawn", check=PLAIN,
        mistake="backward draws a new mask")  # fmt: skip
class MaskRedrawn(Dropout):
    def backward(self, dy, mask):
        mask = (self.rng.random(dy.shape) >= self.rate) / (1 - self.rate)
        return dy * mask, {}


@mutant("dropout-mask-inverted", kind="layer", cause="mask-inverted", check=PLAIN,
        mistake="the gradient goes to what was dropped, and not to what was kept")  # fmt: skip
class MaskInverted(Dropout):
    def backward(self, dy, mask):
        return dy * (mask == 0) / (1 - self.rate), {}
