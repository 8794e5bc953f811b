"""Exercise 01, solved: the chain rule, and a gradient check of your own."""

import numpy as np


def multiply_forward(a, b):
    return a * b, (a, b)


def multiply_backward(dout, cache):
    """out = a b, so d(out)/da = b and d(out)/db = a; each times dout, which reaches this node from above."""
    a, b = cache
    return dout * b, dout * a


def graph(x, y):
    """p = x y, q = p + y, f = q x. Each use of x and y sends a part back, and the parts are added."""
    p = x * y
    q = p + y
    f = q * x

    dq, dx = x, q  # f = q x, from df = 1
    dp, dy = dq, dq  # q = p + y
    dx = dx + dp * y  # p = x y, the second use of x
    dy = dy + dp * x  # and of y
    return f, dx, dy


def numeric_gradient(f, x, h=1e-5):
    """(f(x + h) - f(x - h)) / 2h, one entry moved at a time, and put back."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient


def relative_error(analytic, numeric):
    apart, size = np.abs(analytic - numeric), np.maximum(np.abs(analytic), np.abs(numeric))
    return float(np.max(apart / np.where(size > 0, size, 1)))


def along_a_direction(f, gradient, x, rng, h=1e-5):
    """With g(t) = f(x + t v) the chain rule says g'(0) = sum of gradient * v."""
    v = rng.standard_normal(x.shape)
    numeric = (f(x + h * v) - f(x - h * v)) / (2 * h)
    return numeric, float(np.sum(gradient * v))
