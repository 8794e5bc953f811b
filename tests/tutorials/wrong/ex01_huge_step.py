# hint: is that the h that was handed in?
"""A step of one's own, much too long, in place of h."""

import numpy as np


def multiply_forward(a, b):
    raise NotImplementedError


def multiply_backward(dout, cache):
    raise NotImplementedError


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    gradient, h = np.zeros_like(x), 0.1
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        gradient[index] = (above - f(x)) / (2 * h)
        x[index] = kept
    return gradient


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
