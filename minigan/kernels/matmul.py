"""Matrix products on our own threads, whole rows or whole columns of the result to each.

Every number of the result is the same sum in the same order, whoever computes it. A result whose rows are not whole
vectors (a logit) goes to NumPy's BLAS, on one BLAS thread for each of ours.
"""

import numpy as np

from minigan.kernels.jit import fast
from minigan.kernels.product import product
from minigan.kernels.threads import alone_below, split
from minigan.kernels.vectors import ROWS, lanes, padded
from minigan.kernels.workspace import fresh, take

PRODUCT = 0.02  # ns of one core per multiplication and addition


def matmul(a, b):
    """a (M, K) times b (K, N) -> (M, N)."""
    (M, K), N = a.shape, b.shape[1]
    y = fresh((M, N), np.result_type(a, b))
    with alone_below(PRODUCT * M * K * N):
        if N % lanes(y.dtype) or a.dtype != b.dtype:
            split(lambda m0, m1: np.matmul(a[m0:m1], b, out=y[m0:m1]), M, blas=True)
        elif b.flags.c_contiguous:
            multiply(a, b, y)
        else:  # a transposed weight, as a rule: yt = bt at, since a and y are the smaller ones to turn round
            at, yt = (take(name, (rows, padded(M, y.dtype)), y.dtype) for name, rows in (("at", K), ("yt", N)))
            transpose(np.ascontiguousarray(a), at)
            multiply(b.T, at, yt)
            transpose(yt[:, :M], y)
    return y


def multiply(a, b, y):
    """y = a b, for a of any layout, b and y with their rows in memory one after the other, in whole vectors."""
    (M, K), N, L = a.shape, b.shape[1], lanes(y.dtype)
    turned = a.T.flags.c_contiguous
    a, a_row, a_step = (a.T.reshape(-1), 1, M) if turned else (np.ascontiguousarray(a).reshape(-1), K, 1)
    b, y = b.reshape(-1), y.reshape(-1)

    def some_rows(k0, k1):
        m0, m1 = k0 * ROWS, min(k1 * ROWS, M)
        product(a, m0 * a_row, a_row, a_step, b, 0, N, y, m0 * N, N, m1 - m0, N, K, False)

    def some_columns(k0, k1):
        product(a, 0, a_row, a_step, b, k0 * L, N, y, k0 * L, N, M, (k1 - k0) * L, K, False)

    if M > N:
        split(some_rows, -(-M // ROWS))
    else:
        split(some_columns, N // L)


@fast
def transpose(a, at):
    """at[j, i] = a[i, j], in squares that fit in the first-level cache. Where at has more columns, they are cleared."""
    side, (rows, columns) = 32, a.shape
    for j0 in range(0, columns, side):
        for i0 in range(0, at.shape[1], side):
            for j in range(j0, min(j0 + side, columns)):
                for i in range(i0, min(i0 + side, rows)):
                    at[j, i] = a[i, j]
                for i in range(max(i0, rows), min(i0 + side, at.shape[1])):
                    at[j, i] = 0


def matmul_plain(a, b):
    """y[m, n] = sum over k of a[m, k] b[k, n], as loops."""
    y = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    for m, n, k in np.ndindex(a.shape[0], b.shape[1], a.shape[1]):
        y[m, n] += a[m, k] * b[k, n]
    return y
