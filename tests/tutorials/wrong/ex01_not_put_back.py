# hint: who puts it back?
"""Each entry is moved, and stays moved."""

import numpy as np


def multiply_forward(a, b):
    raise NotImplementedError


def multiply_backward(dout, cache):
    raise NotImplementedError


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        gradient[index] = (above - f(x)) / (2 * h)
    return gradient


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
