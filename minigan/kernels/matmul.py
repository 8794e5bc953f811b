"""Matrix products on our own threads, whole rows or whole columns of the result to each.

Every number of the result is the same sum in the same order, whoever computes it. A result narrower than a vector (a
logit) goes to NumPy's BLAS, on one BLAS thread for each of ours.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.bias import finish_block
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.threads import alone_below, split
from minigan.kernels.machine.vectors import REGISTER_BYTES, ROWS, lanes, tile_transpose
from minigan.kernels.product import product

PRODUCT = 0.02  # ns of one core per multiplication and addition


def matmul(a: ndarray, b: ndarray) -> ndarray:
    """a (M, K) times b (K, N) -> (M, N)."""
    return affine(a, b, None)


def affine(x: ndarray, w: ndarray, b: ndarray | None, slope: float = 1.0) -> ndarray:
    """z = x w + b -> y (M, N), which is z where z > 0, else slope * z: x (M, K), w (K, N), b (N,), or None for none.

    Bias and rectifier (slope >= 0; 1 for none) follow at once in each thread's part of y, which its cache still holds.
    """
    (M, K), N = x.shape, w.shape[1]
    y = fresh((M, N), np.result_type(x, w))
    finish = nothing
    if b is not None or slope != 1:
        b, slope = (np.zeros(N, y.dtype) if b is None else b), y.dtype.type(slope)

        def finish(m0, m1, n0, n1):
            finish_block(y, b, slope, m0, m1, n0, n1)

    with alone_below(PRODUCT * M * K * N):
        if N < lanes(y.dtype) or x.dtype != w.dtype:
            by_blas(x, w, y, finish)
        elif w.flags.c_contiguous:
            multiply(x, w, y, finish)
        elif K * N <= M * (K + N):  # a transposed weight, as a rule: turn it round
            multiply(x, turned(w.T, "w"), y, finish)
        else:  # or else x and y, where these are smaller: yt = wt xt
            xt = turned(x, "xt")
            yt = scratch("yt", (N, xt.shape[1]), y.dtype)
            multiply(w.T, xt, yt, nothing)
            transpose(yt, y)
            finish(0, M, 0, N)
    return y


def nothing(m0, m1, n0, n1):
    """What follows a product that is left as it is."""


def by_blas(x, w, y, finish):
    """y = x w, for any layouts and dtypes."""

    def some_rows(m0, m1):
        np.matmul(x[m0:m1], w, out=y[m0:m1])
        finish(m0, m1, 0, y.shape[1])

    split(some_rows, len(y), blas=True)


def multiply(a, b, y, finish):
    """y = a b, for a of any layout, b and y with their rows in memory one after the other, of at least a vector. Each
    thread has whole blocks of rows, or whole vectors of columns, and the last one what is over."""
    (M, K), N, L = a.shape, b.shape[1], lanes(y.dtype)
    by_columns = a.T.flags.c_contiguous
    a, a_row, a_step = (a.T.reshape(-1), 1, M) if by_columns else (np.ascontiguousarray(a).reshape(-1), K, 1)
    b, flat = b.reshape(-1), y.reshape(-1)
    row_blocks, vectors = max(1, M // ROWS), N // L

    def some_rows(k0, k1):
        m0, m1 = k0 * ROWS, (M if k1 == row_blocks else k1 * ROWS)
        product(a, m0 * a_row, a_row, a_step, b, 0, N, flat, m0 * N, N, m1 - m0, N, K, False)
        finish(m0, m1, 0, N)

    def some_columns(k0, k1):
        n0, n1 = k0 * L, (N if k1 == vectors else k1 * L)
        product(a, 0, a_row, a_step, b, n0, N, flat, n0, N, M, n1 - n0, K, False)
        finish(0, M, n0, n1)

    if M > N:
        split(some_rows, row_blocks)
    else:
        split(some_columns, vectors)


def turned(a, name):
    """a^T in scratch memory called `name`: a (R, C) -> (C, R), or (C, a vector) with zeros behind, if that is wider."""
    R, C = a.shape
    at = scratch(name, (C, max(R, lanes(a.dtype))), a.dtype)
    at[:, R:] = 0
    transpose(np.ascontiguousarray(a), at)
    return at


def transpose(a, at):
    """at[j, i] = a[i, j] for all i, j that both have; both with their rows in memory one after the other."""
    R, C = min(a.shape[0], at.shape[1]), min(a.shape[1], at.shape[0])
    transpose_tiles(a.reshape(-1), a.shape[1], at.reshape(-1), at.shape[1], R, C)


shuffle_tile = tile_transpose()


@fast
def transpose_tiles(a, a_row, at, at_row, R, C):
    """In tiles of whole vectors, of which the last ones begin early; where there is no whole one, number by number."""
    L = REGISTER_BYTES // a.itemsize
    if R < L or C < L:
        for j in range(C):
            for i in range(R):
                at[j * at_row + i] = a[i * a_row + j]
        return
    for i in range(0, R, L):
        for j in range(0, C, L):
            m, n = min(i, R - L), min(j, C - L)
            shuffle_tile(a, m * a_row + n, a_row, at, n * at_row + m, at_row)


def transpose_plain(a, at):
    """Entry by entry."""
    for j, i in np.ndindex(min(a.shape[1], at.shape[0]), min(a.shape[0], at.shape[1])):
        at[j, i] = a[i, j]
