"""Matrix products on the library's own threads: each thread computes whole rows or whole columns of the result.

Each number of the result is the same sum in the same order, for any number of threads. A result narrower than a vector
register (a logit) is left to NumPy's BLAS, on the calling thread.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.bias import add_bias, add_bias_block
from minigan.kernels.machine.compiling import fast, inner
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import one_blas_thread, run
from minigan.kernels.machine.vectors import REGISTER_BYTES, ROWS, lanes, tile_transpose
from minigan.kernels.product import product

NS_PER_PRODUCT = 0.02  # of one core, for each multiplication and addition
NS_PER_NUMBER = 0.5  # of one core, for each number that is moved


def matmul(a: ndarray, b: ndarray) -> ndarray:
    """y[m, n] = sum over k of a[m, k] b[k, n]: a (M, K), b (K, N) -> y (M, N)."""
    return affine(a, b, None)


def affine(x: ndarray, w: ndarray, b: ndarray | None, slope: float = 1.0) -> ndarray:
    """z = x w + b -> y = z where z > 0, else slope * z: x (M, K), w (K, N), b (N,) or None -> y (M, N).

    slope >= 0; 1: no rectifier. Each thread applies bias and rectifier to its part of y while its cache still holds it.
    """
    (M, K), N = x.shape, w.shape[1]
    y = fresh((M, N), x.dtype if x.dtype == w.dtype else np.result_type(x, w))
    finished = b is not None or slope != 1
    b = np.zeros(N, y.dtype) if b is None and finished else b
    if N < lanes(y.dtype) or x.dtype != w.dtype:
        with one_blas_thread():
            np.matmul(x, w, out=y)
    elif K == 1:  # the gradient of a logit
        np.multiply(x, w, out=y)
    elif w.flags.c_contiguous:
        multiply(x, w, y, b, slope)
        return y
    elif K * N <= M * (K + N):  # usually a transposed weight: transpose it back
        multiply(x, scratch("w", (K, N), y.dtype), y, b, slope, bt=np.ascontiguousarray(w.T))
        return y
    else:  # x and y are smaller: yt = wt xt
        xt = transposed(x, "xt")
        yt = scratch("yt", (N, xt.shape[1]), y.dtype)
        multiply(w.T, xt, yt, None)
        transpose(yt, y)
    if finished:
        add_bias(y, b, slope)
    return y


def multiply(
    a: ndarray, b: ndarray, y: ndarray, bias: ndarray | None, slope: float = 1.0, bt: ndarray | None = None
) -> None:
    """y = leaky(a b + bias), or a b without a bias: a of any layout, b and y C-contiguous, with rows of at least a
    vector. bt: b transposed, from which b is made first."""
    (M, K), N = a.shape, b.shape[1]
    by_columns = a.T.flags.c_contiguous
    a, a_row, a_step = (a.T.reshape(-1), 1, M) if by_columns else (np.ascontiguousarray(a).reshape(-1), K, 1)
    finished, bias, given = bias is not None, b[0] if bias is None else bias, bt is None
    bt = b if given else bt
    arrays = a, a_row, a_step, bt.reshape(-1), given, b.reshape(-1), bias, y.dtype.type(slope), finished, K, y
    run(multiply_pass, NS_PER_PRODUCT * M * K * N, *arrays)


@fast
def multiply_pass(
    me: int, team: ndarray, a: ndarray, a_row: int, a_step: int, bt: ndarray, given: bool, b: ndarray, bias: ndarray,
    slope: float, finished: bool, K: int, y: ndarray,
) -> None:  # fmt: skip
    """given: whether b is, and not bt. A share is some whole blocks of rows, or some whole vectors of columns. The last
    one has the rest, too."""
    begin(me, team)
    (M, N), L, flat = y.shape, REGISTER_BYTES // y.itemsize, y.reshape(y.size)
    for k in shares(me, team, 0 if given else -(-N // L)):
        transpose_strip(bt, K, b, N, N, K, k)
    by_rows = M > N
    units = max(1, M // ROWS) if by_rows else N // L
    parts = min(units, parts_of(team))
    for k in shares(me, team, parts):
        m0, m1, n0, n1 = 0, M, 0, N
        if by_rows:
            m0, m1 = k * units // parts * ROWS, (M if k == parts - 1 else (k + 1) * units // parts * ROWS)
        else:
            n0, n1 = k * units // parts * L, (N if k == parts - 1 else (k + 1) * units // parts * L)
        product(a, m0 * a_row, a_row, a_step, b, n0, N, flat, m0 * N + n0, N, m1 - m0, n1 - n0, K, False)
        if finished:
            add_bias_block(y, bias, slope, m0, m1, n0, n1)
    end(me, team)


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
    arrays = a.reshape(-1), a.shape[1], at.reshape(-1), at.shape[1], R, C
    run(transpose_pass, NS_PER_NUMBER * R * C, *arrays)


shuffle_tile = tile_transpose()


@fast
def transpose_pass(me: int, team: ndarray, a: ndarray, a_row: int, at: ndarray, at_row: int, R: int, C: int) -> None:
    begin(me, team)
    for k in shares(me, team, -(-R // (REGISTER_BYTES // a.itemsize))):
        transpose_strip(a, a_row, at, at_row, R, C, k)
    end(me, team)


@fast
def transpose_tiles(a: ndarray, a_row: int, at: ndarray, at_row: int, R: int, C: int) -> None:
    for k in range(-(-R // (REGISTER_BYTES // a.itemsize))):
        transpose_strip(a, a_row, at, at_row, R, C, k)


@inner
def transpose_strip(a: ndarray, a_row: int, at: ndarray, at_row: int, R: int, C: int, k: int) -> None:
    """Strip k of rows, as many as a vector has numbers, in tiles of whole vectors. The last tile of a row or column
    begins early. Smaller arrays go number by number."""
    L = REGISTER_BYTES // a.itemsize
    if R < L or C < L:
        for j in range(C):
            for i in range(k * L, min(k * L + L, R)):
                at[j * at_row + i] = a[i * a_row + j]
        return
    for j in range(0, C, L):
        m, n = min(k * L, R - L), min(j, C - L)
        shuffle_tile(a, m * a_row + n, a_row, at, n * at_row + m, at_row)


def transpose_plain(a: ndarray, at: ndarray) -> None:
    """The plain twin of transpose."""
    for j, i in np.ndindex(min(a.shape[1], at.shape[0]), min(a.shape[0], at.shape[1])):
        at[j, i] = a[i, j]
