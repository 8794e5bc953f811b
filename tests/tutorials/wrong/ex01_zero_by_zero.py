# hint: what is 0 divided by 0
"""Two zeros agree, but 0 / 0 is NaN."""

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
    return np.max(np.abs(analytic - numeric) / np.maximum(np.abs(analytic), np.abs(numeric)))


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
