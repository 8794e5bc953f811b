"""What follows a convolution or a dense layer: a bias for each channel, and a leaky rectifier, in one pass over the image.

    forward     y = z where z > 0, else slope * z,    z = what the product gave, plus b
    backward    dz = dy where y > 0, else slope * dy,    db = sum of dz over all rows

slope >= 0, 1 for no rectifier: then y > 0 just where z > 0, and z need not be kept. Images are matrices of M rows
(positions) and C channels. Sums are taken as in norm.py: chunk by chunk, whatever the number of threads.
"""

import numpy as np

from minigan.kernels.jit import fast
from minigan.kernels.norm import CHUNKS, MOVED
from minigan.kernels.threads import alone_below, split
from minigan.kernels.workspace import fresh


def add_bias(y, b, slope=1.0):
    """The forward line in place: y (M, C) holds what the product gave; b (C,)."""
    slope = y.dtype.type(slope)
    with alone_below(MOVED * y.size):
        split(lambda m0, m1: finish_block(y, b, slope, m0, m1, 0, y.shape[1]), len(y))


def bias_grad(dy, y, slope=1.0):
    """dy, y (M, C) -> dz (M, C), db (C,). Without a rectifier dz is dy itself."""
    M, C = y.shape
    dz = dy if slope == 1 else fresh(y.shape, y.dtype)
    sums, slope = np.zeros((min(CHUNKS, M), C), y.dtype), y.dtype.type(slope)
    with alone_below(MOVED * y.size):
        split(lambda k0, k1: bias_grad_rows(dy, y, slope, dz, sums, k0, k1), len(sums))
    return dz, sums.sum(axis=0, dtype=np.float64).astype(y.dtype)


@fast
def finish_block(y, b, slope, m0, m1, c0, c1):
    """The forward line for some rows and some columns of y."""
    for m in range(m0, m1):
        for c in range(c0, c1):
            z = y[m, c] + b[c]
            y[m, c] = z if z > 0 else slope * z


@fast
def bias_grad_rows(dy, y, slope, dz, sums, k0, k1):
    """sums[k] = sum of dz over the rows of chunk k."""
    M, C = y.shape
    K = sums.shape[0]
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            for c in range(C):
                g = dy[m, c] if y[m, c] > 0 else slope * dy[m, c]
                dz[m, c] = g
                sums[k, c] += g


# The plain twins.


def add_bias_plain(y, b, slope=1.0):
    """The formula, entry by entry."""
    for m, c in np.ndindex(y.shape):
        z = y[m, c] + b[c]
        y[m, c] = z if z > 0 else slope * z


def bias_grad_plain(dy, y, slope=1.0):
    """The formula, entry by entry."""
    dz, db = np.empty_like(dy), np.zeros(dy.shape[1], dy.dtype)
    for m, c in np.ndindex(y.shape):
        dz[m, c] = dy[m, c] if y[m, c] > 0 else slope * dy[m, c]
        db[c] += dz[m, c]
    return dz, db
