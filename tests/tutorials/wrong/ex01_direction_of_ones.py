# hint: cannot see two mistakes that cancel
"""The direction is all ones, not drawn at random."""

import numpy as np


def multiply_forward(a, b):
    raise NotImplementedError


def multiply_backward(dout, cache):
    raise NotImplementedError


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    raise NotImplementedError


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    v = np.ones(x.shape)
    return (f(x + h * v) - f(x - h * v)) / (2 * h), np.sum(gradient * v)
