# hint: Where does your formula use dout?
"""The local derivative alone: what reaches the node from above is left out."""


def multiply_forward(a, b):
    return a * b, (a, b)


def multiply_backward(dout, cache):
    a, b = cache
    return b, a


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    raise NotImplementedError


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
