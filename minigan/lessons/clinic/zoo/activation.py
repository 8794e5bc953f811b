"""Activations, softmax and dropout with a mistake in the slope."""

from functools import partial

from minigan.lessons.clinic.zoo import checked, wrong
from minigan.lessons.clinic.zoo.plain import Dropout, LeakyReLU, Sigmoid, Softmax, Tanh

PLAIN = checked(shape=(5, 6))
FORWARD = "return np.where(x > 0, x, self.slope * x), x"
BACK = "np.where(x > 0, dy, self.slope * dy)"
leaky, tanh, sigmoid, softmax, dropout = (
    partial(wrong, right, check=PLAIN) for right in (LeakyReLU, Tanh, Sigmoid, Softmax, Dropout)
)

# fmt: off
wrong(LeakyReLU, "leakyrelu-sign-of-output", "output-for-input",
      "the condition asks the sign of y; with a negative slope that is not the sign of x",
      {FORWARD: "y = np.where(x > 0, x, self.slope * x)\nreturn y, y", "dy, x):": "dy, y):",
       BACK: BACK.replace("x > 0", "y > 0")}, checked(-0.3, shape=(5, 6)))
leaky("leakyrelu-slope-forgotten", "slope", "dx is 0 where x is negative, as if the slope were 0",
      {BACK: "np.where(x > 0, dy, 0)"})
leaky("leakyrelu-sides-swapped", "condition", "the slope is used on the positive side", {BACK: BACK.replace(">", "<")})
wrong(LeakyReLU, "relu-condition-on-dy", "upstream-changed",
      "negative entries of dy are set to 0: the condition belongs to x", {BACK: "np.maximum(dy, 0)"},
      checked(1.0, shape=(5, 6)))
wrong(LeakyReLU, "relu-mask-missing", "mask-missing", "dx = dy: the derivative is missing", {BACK: "dy.copy()"},
      checked(0.0, shape=(5, 6)))

tanh("tanh-one-minus-x-squared", "input-for-output", "1 - x^2 for 1 - y^2: the formula is written with the output",
     {"return y, y": "return y, x", "dy, y):": "dy, x):", "1 - y * y": "1 - x * x"})
tanh("tanh-square-forgotten", "derivative-incomplete", "1 - y for 1 - y^2: the factor 1 + y is missing",
     {"1 - y * y": "1 - y"})
tanh("tanh-derivative-missing", "derivative-missing", "dx = dy, as if the function were y = x",
     {"(1 - y * y) * dy": "dy.copy()"})
tanh("tanh-of-the-output", "output-for-input", "the derivative takes the tanh of y, which is a tanh already",
     {"1 - y * y": "1 - np.tanh(y) ** 2"})

sigmoid("sigmoid-applied-twice", "output-for-input",
        "the derivative takes the sigmoid of y, which is a sigmoid already",
        {"return y * (1 - y) * dy": "s = 1 / (1 + np.exp(-y))\nreturn s * (1 - s) * dy"})
sigmoid("sigmoid-one-minus-y-missing", "derivative-incomplete", "dx = y dy for y (1 - y) dy", {"(1 - y) * dy": "dy"})
sigmoid("sigmoid-with-x", "input-for-output", "x (1 - x) for y (1 - y): the formula is written with the output",
        {"return y, y": "return y, x", "dy, y):": "dy, x):", "y * (1 - y)": "x * (1 - x)"})
sigmoid("sigmoid-upstream-ignored", "upstream-ignored", "dx is the derivative alone: dy is forgotten", {" * dy": ""})

softmax("softmax-diagonal-only", "term-missing",
        "dx = y (1 - y) dy, the sigmoid's: but each output depends on all inputs of its row",
        {"(dy - (dy * y).sum(axis=-1, keepdims=True))": "(1 - y) * dy"})
softmax("softmax-sum-missing", "term-missing", "dx = y dy: the sum over the row is missing",
        {"(dy - (dy * y).sum(axis=-1, keepdims=True))": "dy"})
softmax("softmax-sum-over-batch", "axes", "the sum in dx is taken over the batch, not over the row",
        {"(dy * y).sum(axis=-1, keepdims=True)": "(dy * y).sum(axis=0)"})

dropout("dropout-mask-missing", "mask-missing", "dx = dy: what was dropped gets a gradient, too",
        {"dy * mask": "dy.copy()"})
dropout("dropout-scale-missing", "scale-missing", "forward divides by 1 - rate, backward does not",
        {"dy * mask": "dy * (mask > 0)"})
dropout("dropout-mask-redrawn", "mask-redrawn", "backward draws a new mask",
        {"return dy": "mask = (self.rng.random(dy.shape) >= self.rate) / (1 - self.rate)\nreturn dy"})
dropout("dropout-mask-inverted", "mask-inverted", "the gradient goes to what was dropped, and not to what was kept",
        {"dy * mask": "dy * (mask == 0) / (1 - self.rate)"})
# fmt: on
