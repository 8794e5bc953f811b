"""Matrix products on the library's own threads: each thread computes whole rows or whole columns of the result.

Each number of the result is the same sum in the same order, for any number of threads. A result narrower than a vector
register (a logit) is left to NumPy's BLAS, with one BLAS thread for each of ours.
"""

from collections.abc import Callable

import numpy as np
from numpy import ndarray

from minigan.kernels.bias import add_bias_block
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.threads import share_if_worth, split
from minigan.kernels.machine.vectors import REGISTER_BYTES, ROWS, lanes, tile_transpose
from minigan.kernels.product import product

NS_PER_PRODUCT = 0.02  # of one core, for each multiplication and addition


def matmul(a: ndarray, b: ndarray) -> ndarray:
    """y[m, n] = sum over k of a[m, k] b[k, n]: a (M, K), b (K, N) -> y (M, N)."""
    return affine(a, b, None)


def affine(x: ndarray, w: ndarray, b: ndarray | None, slope: float = 1.0) -> ndarray:
    """z = x w + b -> y = z where z > 0, else slope * z: x (M, K), w (K, N), b (N,) or None -> y (M, N).

    slope >= 0; 1: no rectifier. Each thread applies bias and rectifier to its part of y while its cache still holds it.
    """
    (M, K), N = x.shape, w.shape[1]
    y = fresh((M, N), np.result_type(x, w))
    finish = leave_as_is
    if b is not None or slope != 1:
        b, slope = (np.zeros(N, y.dtype) if b is None else b), y.dtype.type(slope)

        def finish(m0, m1, n0, n1):
            add_bias_block(y, b, slope, m0, m1, n0, n1)

    with share_if_worth(NS_PER_PRODUCT * M * K * N):
        if N < lanes(y.dtype) or x.dtype != w.dtype:
            by_blas(x, w, y, finish)
        elif w.flags.c_contiguous:
            multiply(x, w, y, finish)
        elif K * N <= M * (K + N):  # usually a transposed weight: transpose it back
            multiply(x, transposed(w.T, "w"), y, finish)
        else:  # x and y are smaller: yt = wt xt
            xt = transposed(x, "xt")
            yt = scratch("yt", (N, xt.shape[1]), y.dtype)
            multiply(w.T, xt, yt, leave_as_is)
            transpose(yt, y)
            finish(0, M, 0, N)
    return y


def leave_as_is(m0: int, m1: int, n0: int, n1: int) -> None:
    """No bias, no rectifier."""


def by_blas(x: ndarray, w: ndarray, y: ndarray, finish: Callable) -> None:
    """y = x w, for any layouts and dtypes."""

    def some_rows(m0, m1):
        np.matmul(x[m0:m1], w, out=y[m0:m1])
        finish(m0, m1, 0, y.shape[1])

    split(some_rows, len(y), blas=True)


def multiply(a: ndarray, b: ndarray, y: ndarray, finish: Callable) -> None:
    """y = a b: a of any layout, b and y C-contiguous, with rows of at least a vector.

    Each thread computes whole blocks of rows, or whole vectors of columns; the last thread also computes the rest.
    """
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


def transposed(a: ndarray, name: str) -> ndarray:
    """a^T in scratch memory called `name`: a (R, C) -> (C, R), or wider: a row is at least a vector, filled with 0."""
    R, C = a.shape
    at = scratch(name, (C, max(R, lanes(a.dtype))), a.dtype)
    at[:, R:] = 0
    transpose(np.ascontiguousarray(a), at)
    return at


def transpose(a: ndarray, at: ndarray) -> None:
    """at[j, i] = a[i, j] for all i, j that both arrays have. Both are C-contiguous."""
    R, C = min(a.shape[0], at.shape[1]), min(a.shape[1], at.shape[0])
    transpose_tiles(a.reshape(-1), a.shape[1], at.reshape(-1), at.shape[1], R, C)


shuffle_tile = tile_transpose()


@fast
def transpose_tiles(a: ndarray, a_row: int, at: ndarray, at_row: int, R: int, C: int) -> None:
    """In tiles of whole vectors; the last tile of a row or column begins early. Smaller arrays go number by number."""
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


def transpose_plain(a: ndarray, at: ndarray) -> None:
    """The plain twin of transpose."""
    for j, i in np.ndindex(min(a.shape[1], at.shape[0]), min(a.shape[0], at.shape[1])):
        at[j, i] = a[i, j]
