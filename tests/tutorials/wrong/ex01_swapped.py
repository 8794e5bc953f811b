# hint: by a times h, or by b times h?
"""The two factors are swapped: each input gets its own value back."""


def multiply_forward(a, b):
    return a * b, (a, b)


def multiply_backward(dout, cache):
    a, b = cache
    return dout * a, dout * b


def graph(x, y):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    raise NotImplementedError


def relative_error(analytic, numeric):
    raise NotImplementedError


def along_a_direction(f, gradient, x, rng, h=1e-5):
    raise NotImplementedError
