"""Exercise 02: Dense, LeakyReLU, the logistic loss, and a training step.

Fill in each function where it says `raise NotImplementedError`. Then:

    minigan exercise check ex02 work        (work: the folder that this file is in)

Write no loop over samples or features: arrays, `@`, `.T`, `.sum(axis=...)` and `np.where` are enough.
"""

import numpy as np


class MyDense:
    """y = x w + b, with x (N, n_in), w (n_in, n_out), b (n_out,), y (N, n_out)."""

    def __init__(self, n_in, n_out, rng):
        self.params = {"w": rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), "b": np.zeros(n_out)}

    def forward(self, x):
        """x -> y, and a cache: what backward will need."""
        raise NotImplementedError("return y, cache")

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}, with the shapes of w and b."""
        raise NotImplementedError('return dx, {"w": dw, "b": db}')


class MyLeakyReLU:
    """y = x where x > 0, else slope * x. x of any shape, slope any number, also one below 0 or above 1."""

    def __init__(self, slope=0.2):
        self.slope = slope

    def forward(self, x):
        """x -> y, and a cache."""
        raise NotImplementedError("return y, cache")

    def backward(self, dy, cache):
        """dy -> dx, and {}: there are no parameters."""
        raise NotImplementedError("return dx, {}")


def softplus(s):
    """log(1 + exp(s)) for each entry of s: right for s = 1000 too, and for s = -40, where it is tiny but not 0."""
    raise NotImplementedError("return an array with the shape of s")


def sigmoid(s):
    """1 / (1 + exp(-s)) for each entry of s: right from s = -1000 to 1000, also where it is tiny, without a warning."""
    raise NotImplementedError("return an array with the shape of s")


def logistic_loss(logits, labels):
    """The mean of softplus(-s) over samples with label 1, and softplus(s) over those with label 0, all in one mean.

    logits (N, 1), labels (N, 1) of zeros and ones -> the value, a number; and its gradient by the logits, (N, 1).
    """
    raise NotImplementedError("return value, d_logits")


def training_step(first, activation, second, x, labels, lr):
    """One step of gradient descent for the network second(activation(first(x))), with the logistic loss.

    first, second: MyDense; activation: MyLeakyReLU. Forward, loss, backward, and then p -= lr * dp for every parameter,
    in place. Returns the loss before the step.
    """
    raise NotImplementedError("return value")
