# hint: is your difference taken from both sides of x?
"""The difference is taken from one side."""

import numpy as np


def multiply_forward(a, b):
    raise NotImplementedError


def multiply_backward(dout, cache):
    raise NotImplementedError


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    gradient, base = np.zeros_like(x), f(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        gradient[index] = (f(x) - base) / h
        x[index] = kept
    return gradient


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
