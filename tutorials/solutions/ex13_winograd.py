"""Exercise 13: Winograd's trick, F(2, 3): two outputs of a filter of three taps, by four products instead of six.

    y0 = d0 g0 + d1 g1 + d2 g2
    y1 = d1 g0 + d2 g1 + d3 g2

The four products are those of step 13, equation (3), in that order: m0 has the tap g0 alone, m3 has g2 alone, and
m1 and m2 come from P + Q and P - Q. Find them again on paper before you look.

All arrays here keep their dtype: float32 in, float32 out.
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are.

    minigan exercise check ex13 work        (work: the folder that this file is in)
"""

import numpy as np


def transform_data(d):
    """d (..., 4) -> v (..., 4): the factors of the four products that come from the data."""
    d0, d1, d2, d3 = np.moveaxis(d, -1, 0)
    return np.stack([d0 - d2, d1 + d2, d2 - d1, d1 - d3], axis=-1)


def transform_filter(g):
    """g (3,) -> u (4,): the factors that come from the filter."""
    g0, g1, g2 = g
    return np.stack([g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2])


def transform_back(m):
    """m (..., 4) -> y (..., 2): the outputs from the products."""
    m0, m1, m2, m3 = np.moveaxis(m, -1, 0)
    return np.stack([m0 + m1 + m2, m1 - m2 - m3], axis=-1)


def filtered(x, g):
    """x (L,), L even, and g (3,) -> y (L - 2,): y[k] = x[k] g[0] + x[k + 1] g[1] + x[k + 2] g[2], by the four products.

    Cut x into tiles of 4 numbers, transform all of them, multiply, and transform back.
    """
    tiles = np.stack([x[k : k + 4] for k in range(0, len(x) - 2, 2)])
    return transform_back(transform_data(tiles) * transform_filter(g)).reshape(-1)


def products(size, taps, height, width):
    """How many products F(size x size, taps x taps) needs for height x width outputs (multiples of size)."""
    return (size + taps - 1) ** 2 * (height // size) * (width // size)


def scaled(w, n_in):
    """The weights w times the square root of 2 / n_in, a whole number, in the dtype of w."""
    return w * (2 / n_in) ** 0.5
