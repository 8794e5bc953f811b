"""After a convolution or a dense layer: a bias for each channel, and a leaky rectifier, in one pass over the image.

    forward     z = y + b,                                y <- z where z > 0, else slope * z
    backward    dz = dy where y > 0, else slope * dy,     db = sum of dz over all rows

y (M, C) is an image as a matrix: M positions, C channels. slope >= 0; slope = 1 means no rectifier. For slope >= 0,
y > 0 just where z > 0, so backward needs y and not z. Sums over rows are taken in chunks, as in norm.py.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast, inlined, inner
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import run
from minigan.kernels.norm import NS_PER_NUMBER, chunk_count


def add_bias(y: ndarray, b: ndarray, slope: float = 1.0) -> None:
    """Forward, in place: y (M, C), b (C,)."""
    run(add_bias_rows, NS_PER_NUMBER * y.size, y, b, y.dtype.type(slope))


def bias_grad(dy: ndarray, y: ndarray, slope: float = 1.0, share: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """Backward: dy, y (M, C) -> dz (M, C), db (C,). Without a rectifier dz is dy itself.

    share (N,): the M / N rows of sample n count share[n] times in db.
    """
    M, C = y.shape
    dz = dy if slope == 1 else fresh(y.shape, y.dtype)
    share = np.ones(1, y.dtype) if share is None else share
    sums, db = np.zeros((chunk_count(M), C), y.dtype), np.empty(C, y.dtype)
    if slope == 1:
        run(sum_rows, NS_PER_NUMBER * y.size, dy, share, sums, db)
    else:
        run(bias_grad_rows, NS_PER_NUMBER * y.size, dy, y, y.dtype.type(slope), share, dz, sums, db)
    return dz, db


def push_bias(z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float = 1.0) -> None:
    """z <- z + share[n] b where y > 0, else slope * (z + share[n] b), in place: z, y (M, C), b (C,).

    share (N,): one number for the M / N rows of each sample. Needed in second order, where z is a product of ddx.
    """
    run(push_bias_rows, NS_PER_NUMBER * y.size, z, y, b, share, y.dtype.type(slope))


@inner
def add_bias_block(y: ndarray, b: ndarray, slope: float, m0: int, m1: int, c0: int, c1: int) -> None:
    """Forward for the rows m0 ... m1 and the columns c0 ... c1 of y."""
    b = b[c0:c1]
    for m in range(m0, m1):
        row = y[m, c0:c1]
        for c in range(row.size):
            z = row[c] + b[c]
            row[c] = z if z > 0 else slope * z


@fast
def add_bias_rows(me: int, team: ndarray, y: ndarray, b: ndarray, slope: float) -> None:
    begin(me, team)
    (M, C), parts = y.shape, parts_of(team)
    for k in shares(me, team, parts):
        add_bias_block(y, b, slope, k * M // parts, (k + 1) * M // parts, 0, C)
    end(me, team)


@fast
def push_bias_rows(me: int, team: ndarray, z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float) -> None:
    begin(me, team)
    (M, C), parts, rows = y.shape, parts_of(team), len(y) // share.size
    for k in shares(me, team, parts):
        for m in range(k * M // parts, (k + 1) * M // parts):
            s = share[m // rows]
            for c in range(C):
                pushed = z[m, c] + s * b[c]
                z[m, c] = pushed if y[m, c] > 0 else slope * pushed
    end(me, team)


@fast
def bias_grad_rows(
    me: int, team: ndarray, dy: ndarray, y: ndarray, slope: float, share: ndarray, dz: ndarray, sums: ndarray,
    db: ndarray,
) -> None:  # fmt: skip
    """dz, sums[k] = the sum of share * dz over the rows of chunk k, and db, the sum of all."""
    begin(me, team)
    M, C = y.shape
    K, rows = sums.shape[0], M // share.size
    for k in shares(me, team, K):
        for m in range(k * M // K, (k + 1) * M // K):
            s = share[m // rows]
            for c in range(C):
                g = dy[m, c] if y[m, c] > 0 else slope * dy[m, c]
                dz[m, c] = g
                sums[k, c] += s * g
    if me == 0:
        add_up(sums, db)
    end(me, team)


@fast
def sum_rows(me: int, team: ndarray, dy: ndarray, share: ndarray, sums: ndarray, db: ndarray) -> None:
    """sums[k] = the sum of share * dy over the rows of chunk k, and db, the sum of all."""
    begin(me, team)
    M, C = dy.shape
    K, rows = sums.shape[0], M // share.size
    for k in shares(me, team, K):
        for m in range(k * M // K, (k + 1) * M // K):
            s = share[m // rows]
            for c in range(C):
                sums[k, c] += s * dy[m, c]
    if me == 0:
        add_up(sums, db)
    end(me, team)


@inlined
def add_up(sums: ndarray, db: ndarray) -> None:
    """db = the sum of all chunks, in float64."""
    for c in range(db.size):
        total = 0.0
        for k in range(len(sums)):
            total += sums[k, c]
        db[c] = total
