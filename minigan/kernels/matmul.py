"""Matrix products on our own threads.

NumPy hands a product to BLAS, whose threads, once woken, spin for a while and take the cores from ours. So the rows of
the left matrix are shared out among our threads, and each part is a product on one BLAS thread. What matters is that
the result does not depend on who computed it: the parts are the same on one thread.
"""

import numpy as np

from minigan.kernels.threads import alone_below, split
from minigan.kernels.workspace import fresh

PRODUCT = 0.02  # ns of one core per multiplication and addition


def matmul(a, b):
    """a (M, K) times b (K, N) -> (M, N)."""
    (M, K), N = a.shape, b.shape[1]
    y = fresh((M, N), np.result_type(a, b))
    with alone_below(PRODUCT * M * K * N):
        split(lambda m0, m1: np.matmul(a[m0:m1], b, out=y[m0:m1]), M)
    return y


def matmul_plain(a, b):
    """y[m, n] = sum over k of a[m, k] b[k, n], as loops."""
    y = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    for m, n, k in np.ndindex(a.shape[0], b.shape[1], a.shape[1]):
        y[m, n] += a[m, k] * b[k, n]
    return y
