"""Matrix products inside compiled loops, at the speed of the processor.

    c[m, n] (+)= sum over k of a[m, k] b[k, n]

The textbook's three loops move three numbers for each multiplication. Here c is cut into blocks that fit into the
vector registers: ROWS rows of two vectors (TALL rows, where there are many). For each k a block reads 2 vectors of b
and ROWS numbers of a, and does 2 * ROWS * lanes multiplications. Its sums leave the registers once, at the end. All
blocks of two columns read the same strip of b, which stays in the first-level cache (Goto & van de Geijn 2008, "Anatomy
of high-performance matrix multiplication"). BLAS does the same, but first copies a and b to read them in order. The
callers of this function have them in order already.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.vectors import REGISTER_BYTES, ROWS, TALL, block_product

tall, wide = block_product(TALL, 2), block_product(ROWS, 2)
narrow, row = block_product(ROWS, 1), block_product(1, 1)


@fast
def product(
    a: ndarray, a_at: int, a_row: int | ndarray, a_step: int | ndarray, b: ndarray, b_at: int, b_step: int, c: ndarray,
    c_at: int, c_row: int, M: int, N: int, K: int, add: bool,
) -> None:  # fmt: skip
    """c[m, n] (+)= sum over k < K of a[m, k] b[k, n], for m < M, n < N, on flat arrays. add: add to c.

    a[m, k] is at a_at + m * a_row + k * a_step, b[k, n] at b_at + k * b_step + n, c[m, n] at c_at + m * c_row + n.
    N is at least the numbers in a vector; with `add`, a multiple of them. K = 0 sets c to 0, unless `add`.

    a_row and a_step may be tables of offsets, arrays of np.intp. Then a[m, k] is at a_at + a_row[m] + a_step[k], and
    the matrix a need not exist in memory.

    Where rows or columns are no whole blocks, the last block begins early and ends where c ends. It computes some
    numbers twice, as the same sum in the same order. With `add` that would add them twice, so the last rows go one by
    one.
    """
    L = REGISTER_BYTES // c.itemsize
    blocks = M if M > ROWS and not add else M // ROWS * ROWS
    high = 0 if add or M < 4 * TALL else M // TALL * TALL  # with so many rows, computing some twice costs little
    for n in range(0, N - 2 * L + 1, 2 * L):
        for m in range(0, high, TALL):
            tall(a, a_at, a_row, a_step, m, b, b_at + n, b_step, c, c_at + m * c_row + n, c_row, K, add)
        for i in range(high, blocks, ROWS):
            m = min(i, M - ROWS)
            wide(a, a_at, a_row, a_step, m, b, b_at + n, b_step, c, c_at + m * c_row + n, c_row, K, add)
    for j in range(N // (2 * L) * 2 * L, N, L):
        n = min(j, N - L)
        for i in range(0, blocks, ROWS):
            m = min(i, M - ROWS)
            narrow(a, a_at, a_row, a_step, m, b, b_at + n, b_step, c, c_at + m * c_row + n, c_row, K, add)
    for m in range(blocks, M):  # the last rows
        for j in range(0, N, L):
            n = min(j, N - L)
            row(a, a_at, a_row, a_step, m, b, b_at + n, b_step, c, c_at + m * c_row + n, c_row, K, add)


def product_plain(
    a: ndarray, a_at: int, a_row: int | ndarray, a_step: int | ndarray, b: ndarray, b_at: int, b_step: int, c: ndarray,
    c_at: int, c_row: int, M: int, N: int, K: int, add: bool,
) -> None:  # fmt: skip
    """The plain twin of product: the formula as loops."""
    rows, steps = (x if np.ndim(x) else x * np.arange(size) for x, size in ((a_row, M), (a_step, K)))
    for m, n in np.ndindex(M, N):
        total = c[c_at + m * c_row + n] if add else c.dtype.type(0)
        for k in range(K):
            total += a[a_at + rows[m] + steps[k]] * b[b_at + k * b_step + n]
        c[c_at + m * c_row + n] = total
