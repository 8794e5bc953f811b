# hint: where is what reaches the layer from above?
"""The derivative alone, without dy."""

import numpy as np


class MyDense:
    def __init__(self, n_in, n_out, rng):
        self.params = {"w": rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), "b": np.zeros(n_out)}

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dy, cache):
        raise NotImplementedError


class MyLeakyReLU:
    def __init__(self, slope=0.2):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, 1.0, self.slope), {}


def softplus(s):
    raise NotImplementedError


def sigmoid(s):
    raise NotImplementedError


def logistic_loss(logits, labels):
    raise NotImplementedError


def training_step(first, activation, second, x, labels, lr):
    raise NotImplementedError
