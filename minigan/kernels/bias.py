"""What follows a convolution or a dense layer: a bias for each channel and a leaky rectifier, in one pass.

    forward     y = z where z > 0, else slope * z,    z = what the product gave, plus b
    backward    dz = dy where y > 0, else slope * dy,    db = sum of dz over all rows

slope >= 0, 1 for no rectifier: then y > 0 just where z > 0, and z need not be kept. Images are matrices of M rows
(positions) and C channels. Sums are taken as in norm.py: chunk by chunk, whatever the number of threads.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import alone_below, split
from minigan.kernels.norm import MOVED, chunks


def add_bias(y: ndarray, b: ndarray, slope: float = 1.0) -> None:
    """The forward line in place: y (M, C) holds what the product gave; b (C,)."""
    slope = y.dtype.type(slope)
    with alone_below(MOVED * y.size):
        split(lambda m0, m1: finish_block(y, b, slope, m0, m1, 0, y.shape[1]), len(y))


def bias_grad(dy: ndarray, y: ndarray, slope: float = 1.0, share: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """dy, y (M, C) -> dz (M, C), db (C,). Without a rectifier dz is dy itself.

    share (N,): the rows of each of N samples, M / N of them, count so many times in db.
    """
    M, C = y.shape
    dz = dy if slope == 1 else fresh(y.shape, y.dtype)
    share = np.ones(1, y.dtype) if share is None else share
    sums, slope = np.zeros((chunks(M), C), y.dtype), y.dtype.type(slope)
    with alone_below(MOVED * y.size):
        if slope == 1:
            split(lambda k0, k1: sum_rows(dy, share, sums, k0, k1), len(sums))
        else:
            split(lambda k0, k1: bias_grad_rows(dy, y, slope, share, dz, sums, k0, k1), len(sums))
    return dz, sums.sum(axis=0, dtype=np.float64).astype(y.dtype)


def push_bias(z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float = 1.0) -> None:
    """Another z through the same line, in place: (z + share b) where y > 0, else slope * (z + share b). z, y (M, C),
    b (C,), share (N,): how much of b there is in the M / N rows of each sample."""
    slope = y.dtype.type(slope)
    with alone_below(MOVED * y.size):
        split(lambda m0, m1: push_bias_rows(z, y, b, share, slope, m0, m1), len(y))


@fast
def finish_block(y, b, slope, m0, m1, c0, c1):
    """The forward line for some rows and some columns of y."""
    b = b[c0:c1]
    for m in range(m0, m1):
        row = y[m, c0:c1]
        for c in range(row.size):
            z = row[c] + b[c]
            row[c] = z if z > 0 else slope * z


@fast
def push_bias_rows(z, y, b, share, slope, m0, m1):
    rows, C = y.shape[0] // share.size, y.shape[1]
    for m in range(m0, m1):
        s = share[m // rows]
        for c in range(C):
            pushed = z[m, c] + s * b[c]
            z[m, c] = pushed if y[m, c] > 0 else slope * pushed


@fast
def bias_grad_rows(dy, y, slope, share, dz, sums, k0, k1):
    """sums[k] = sum of dz, times its sample's share, over the rows of chunk k."""
    M, C = y.shape
    K, rows = sums.shape[0], M // share.size
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            s = share[m // rows]
            for c in range(C):
                g = dy[m, c] if y[m, c] > 0 else slope * dy[m, c]
                dz[m, c] = g
                sums[k, c] += s * g


@fast
def sum_rows(dy, share, sums, k0, k1):
    """sums[k] = sum of dy, times its sample's share, over the rows of chunk k."""
    M, C = dy.shape
    K, rows = sums.shape[0], M // share.size
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            s = share[m // rows]
            for c in range(C):
                sums[k, c] += s * dy[m, c]
