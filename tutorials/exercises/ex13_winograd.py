"""Exercise 13: Winograd's trick, F(2, 3): two outputs of a filter of three taps, by four products instead of six.

    y0 = d0 g0 + d1 g1 + d2 g2
    y1 = d1 g0 + d2 g1 + d3 g2

The four products are those of step 13, equation (3), in that order: m0 has the tap g0 alone, m3 has g2 alone, and
m1 and m2 come from P + Q and P - Q. Find them again on paper before you look.

All arrays here keep their dtype: float32 in, float32 out.
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are.

    minigan exercise check ex13 work        (work: the folder that this file is in)
"""

import numpy as np  # noqa: F401


def transform_data(d):
    """d (..., 4) -> v (..., 4): the factors of the four products that come from the data."""
    raise NotImplementedError("transform_data: to be written")


def transform_filter(g):
    """g (3,) -> u (4,): the factors that come from the filter."""
    raise NotImplementedError("transform_filter: to be written")


def transform_back(m):
    """m (..., 4) -> y (..., 2): the outputs from the products."""
    raise NotImplementedError("transform_back: to be written")


def filtered(x, g):
    """x (L,), L even, and g (3,) -> y (L - 2,): y[k] = x[k] g[0] + x[k + 1] g[1] + x[k + 2] g[2], by the four products.

    Cut x into tiles of 4 numbers, transform all of them, multiply, and transform back.
    """
    raise NotImplementedError("filtered: to be written")


def products(size, taps, height, width):
    """How many products F(size x size, taps x taps) needs for height x width outputs (multiples of size)."""
    raise NotImplementedError("products: to be written")


def scaled(w, n_in):
    """The weights w times the square root of 2 / n_in, a whole number, in the dtype of w."""
    raise NotImplementedError("scaled: to be written")
