# hint: each use sends something back: was the first part kept?
"""A value that is used twice: the second part of its gradient overwrites the first."""


def multiply_forward(a, b):
    raise NotImplementedError


def multiply_backward(dout, cache):
    raise NotImplementedError


def graph(x, y):
    p = x * y
    q = p + y
    f = q * x
    dq, dx = x, q
    dp, dy = dq, dq
    dx = dp * y
    dy = dp * x
    return f, dx, dy


def numeric_gradient(f, x, h=1e-5):
    raise NotImplementedError


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
