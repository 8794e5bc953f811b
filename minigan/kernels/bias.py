"""After a convolution or a dense layer: a bias for each channel, and a leaky rectifier, in one pass over the image.

    forward     z = y + b,                                y <- z where z > 0, else slope * z
    backward    dz = dy where y > 0, else slope * dy,     db = sum of dz over all rows

y (M, C) is an image as a matrix: M positions, C channels. slope >= 0; slope = 1 means no rectifier. For slope >= 0,
y > 0 just where z > 0, so backward needs y and not z. Sums over rows are taken in chunks, as in norm.py.
"""

from functools import partial

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import split
from minigan.kernels.norm import NS_PER_NUMBER, chunk_count


def add_bias(y: ndarray, b: ndarray, slope: float = 1.0) -> None:
    """Forward, in place: y (M, C), b (C,)."""
    slope = y.dtype.type(slope)
    split(lambda m0, m1: add_bias_block(y, b, slope, m0, m1, 0, y.shape[1]), len(y), NS_PER_NUMBER * y.size)


def bias_grad(dy: ndarray, y: ndarray, slope: float = 1.0, share: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """Backward: dy, y (M, C) -> dz (M, C), db (C,). Without a rectifier dz is dy itself.

    share (N,): the M / N rows of sample n count share[n] times in db.
    """
    M, C = y.shape
    dz = dy if slope == 1 else fresh(y.shape, y.dtype)
    share = np.ones(1, y.dtype) if share is None else share
    sums = np.zeros((chunk_count(M), C), y.dtype)
    if slope == 1:
        some_chunks = partial(sum_rows, dy, share, sums)
    else:
        some_chunks = partial(bias_grad_rows, dy, y, y.dtype.type(slope), share, dz, sums)
    split(some_chunks, len(sums), NS_PER_NUMBER * y.size)
    return dz, sums.sum(axis=0, dtype=np.float64).astype(y.dtype)


def push_bias(z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float = 1.0) -> None:
    """z <- z + share[n] b where y > 0, else slope * (z + share[n] b), in place: z, y (M, C), b (C,).

    share (N,): one number for the M / N rows of each sample. Needed in second order, where z is a product of ddx.
    """
    split(partial(push_bias_rows, z, y, b, share, y.dtype.type(slope)), len(y), NS_PER_NUMBER * y.size)


@fast
def add_bias_block(y: ndarray, b: ndarray, slope: float, m0: int, m1: int, c0: int, c1: int) -> None:
    """Forward for the rows m0 ... m1 and the columns c0 ... c1 of y."""
    b = b[c0:c1]
    for m in range(m0, m1):
        row = y[m, c0:c1]
        for c in range(row.size):
            z = row[c] + b[c]
            row[c] = z if z > 0 else slope * z


@fast
def push_bias_rows(z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float, m0: int, m1: int) -> None:
    rows, C = y.shape[0] // share.size, y.shape[1]
    for m in range(m0, m1):
        s = share[m // rows]
        for c in range(C):
            pushed = z[m, c] + s * b[c]
            z[m, c] = pushed if y[m, c] > 0 else slope * pushed


@fast
def bias_grad_rows(
    dy: ndarray, y: ndarray, slope: float, share: ndarray, dz: ndarray, sums: ndarray, k0: int, k1: int
) -> None:
    """dz, and sums[k] = the sum of share * dz over the rows of chunk k."""
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
def sum_rows(dy: ndarray, share: ndarray, sums: ndarray, k0: int, k1: int) -> None:
    """sums[k] = the sum of share * dy over the rows of chunk k."""
    M, C = dy.shape
    K, rows = sums.shape[0], M // share.size
    for k in range(k0, k1):
        for m in range(k * M // K, (k + 1) * M // K):
            s = share[m // rows]
            for c in range(C):
                sums[k, c] += s * dy[m, c]
