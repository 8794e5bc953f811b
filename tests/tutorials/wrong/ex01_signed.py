# hint: what becomes of a difference below 0
"""Differences below zero count as small."""

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
    return np.max((analytic - numeric) / np.where(size > 0, size, 1))


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
