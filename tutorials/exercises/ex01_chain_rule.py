"""Exercise 01: the chain rule, and a gradient check of your own.

Fill in each function where it says `raise NotImplementedError`. Then:

    minigan exercise check ex01 work        (work: the folder that this file is in)

The functions build on each other; do them in this order. NumPy alone is needed.
"""

import numpy as np  # noqa: F401


def multiply_forward(a, b):
    """Two numbers (or two arrays of one shape) -> their product, and a cache: whatever backward will need."""
    raise NotImplementedError("return out, cache")


def multiply_backward(dout, cache):
    """dout = d(loss)/d(out) -> da, db: d(loss)/da and d(loss)/db."""
    raise NotImplementedError("return da, db")


def graph(x, y):
    """f = (x y + y) x for two numbers -> f, df/dx, df/dy.

    Forward in three nodes:     p = x y,    q = p + y,    f = q x.
    Backward in the opposite order, from df = 1: dq, dp, dx, dy. Don't multiply out the formula: go through the nodes,
    and mind that x and y are each used twice.
    """
    raise NotImplementedError("return f, dx, dy")


def numeric_gradient(f, x, h=1e-5):
    """The gradient of f at x by central differences, entry by entry.

    f: takes an array with the shape of x, returns a number. x: float64, any shape. Returns an array of that shape, too.
    When you are done, x must hold what it held before. (`for index in np.ndindex(x.shape)` walks through all entries.)
    """
    raise NotImplementedError("return an array with the shape of x")


def relative_error(analytic, numeric):
    """The largest of |a - n| / max(|a|, |n|) over all entries, a number; where a and n are both 0 it counts as 0."""
    raise NotImplementedError("return a number")


def along_a_direction(f, gradient, x, rng, h=1e-5):
    """One random projection in place of many entries -> the slope by differences, the slope by the gradient.

    Draw a direction v with the shape of x: rng.standard_normal(x.shape). Return the slope of t -> f(x + t v) at t = 0,
    once by a central difference with the step h, and once from `gradient`, which has the shape of x.
    """
    raise NotImplementedError("return numeric_slope, analytic_slope")
