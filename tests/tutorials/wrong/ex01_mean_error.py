# hint: does one wrong entry among many still show?
"""The mean over all entries hides one wrong entry among many."""

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
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.mean(np.abs(analytic - numeric) / np.where(size > 0, size, 1))


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
