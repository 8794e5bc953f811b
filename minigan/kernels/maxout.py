"""Maxout: the largest of each `pieces` neighbouring numbers. The loops of `minigan.layers.Maxout` and `MaxoutDense`.

Which piece wins is as good as random. An `if` would make the processor guess, and a wrong guess costs some ten steps.
So the loop computes both outcomes and selects one. Each number of pieces has a compiled function of its own, in which
it is a constant: the compiler unrolls the inner loop and treats a vector of units at once.

Only the winners have a gradient. In a dense layer's backward with dz = `scatter_winners(dy)`, all products but one in
`pieces` have a factor 0. `maxout_input_grad` and `maxout_weight_grad` skip these. What is left are sums of scattered
columns of w, so w is transposed first: then each column lies in memory as a row.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy import ndarray

from minigan.kernels.bias import bias_grad
from minigan.kernels.machine.compiling import fast, inner
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import count, run
from minigan.kernels.machine.vectors import REGISTER_BYTES, gathered_sum, lanes
from minigan.kernels.matmul import matmul, transpose_strip, transpose_tiles

NS_PER_PRODUCT = 0.05  # of one core, for each multiplication and addition
NS_PER_UNIT = 1.0  # of one core
UNITS = 16  # at a time, at most


def maxout(x: ndarray, pieces: int) -> tuple[ndarray, ndarray]:
    """y = the largest of each `pieces` neighbouring numbers, winner = its place among them. x: any shape -> both flat.

    The first of equal numbers wins. A NaN is larger than any number.
    """
    x = np.ascontiguousarray(x).reshape(-1)
    n = x.size // pieces
    y, winner = fresh(n, x.dtype), fresh(n, np.int32)
    run(maxout_pass(pieces), NS_PER_UNIT * n, x, y, winner)
    return y, winner


def scatter_winners(dy: ndarray, winner: ndarray, pieces: int) -> ndarray:
    """dx[u, winner[u]] = dy[u], and 0 elsewhere: the gradient of maxout. dy: one number a unit -> dx, flat."""
    n = winner.size
    dx = fresh(n * pieces, dy.dtype)
    run(scatter_pass(pieces), NS_PER_UNIT * n, np.ascontiguousarray(dy).reshape(-1), winner.reshape(-1), dx)
    return dx


def gather_winners(x: ndarray, winner: ndarray) -> ndarray:
    """y[u] = x[u, winner[u]]: the adjoint of scatter_winners. x: `pieces` numbers a unit -> y, flat."""
    n = winner.size
    x, y = np.ascontiguousarray(x).reshape(n, -1), fresh(n, x.dtype)
    run(gather_pass, NS_PER_UNIT * n, x, winner.reshape(-1), y)
    return y


def maxout_input_grad(dy: ndarray, winner: ndarray, w: ndarray) -> ndarray:
    """dx[n] = sum over u of dy[n, u] * w[:, u * pieces + winner[n, u]] = scatter_winners(dy) w^T.

    dy (N, U), winner: N * U places, w (K, U * pieces) -> dx (N, K).
    """
    (N, U), (K, columns), L = dy.shape, w.shape, lanes(w.dtype)
    if K < L:  # sum_of_rows needs a whole vector
        return matmul(scatter_winners(dy, winner, columns // U).reshape(N, columns), w.T)
    dy, winner, w = np.ascontiguousarray(dy, w.dtype), winner.reshape(N, U), np.ascontiguousarray(w)
    dx, wt, places = fresh((N, K), w.dtype), scratch("wt", columns * K, w.dtype), scratch("places", (count(), U), int)
    run(input_grad_pass, NS_PER_PRODUCT * N * U * K, dy, winner, w, wt, places, dx.reshape(-1))
    return dx


def maxout_weight_grad(
    x: ndarray, dy: ndarray, winner: ndarray, pieces: int, share: ndarray | None = None
) -> tuple[ndarray, ndarray]:
    """With dz = scatter_winners(dy): dw = x^T dz, db = sum over n of share[n] * dz[n].

    So sample n adds x[n] * dy[n, u] to column u * pieces + winner[n, u] of dw.
    x (N, K), dy (N, U), winner: N * U places, share (N,) or None for ones -> dw (K, U * pieces), db (U * pieces,).
    """
    (N, K), U = x.shape, dy.shape[1]
    if K < lanes(x.dtype):
        dz = scatter_winners(dy, winner, pieces).reshape(N, U * pieces)
        return matmul(x.T, dz), bias_grad(dz, dz, share=share)[1]
    x, dy, winner = np.ascontiguousarray(x), np.ascontiguousarray(dy, x.dtype), winner.reshape(N, U)
    share = np.ones(N, x.dtype) if share is None else np.asarray(share, x.dtype)
    dw, db = fresh((K, U * pieces), x.dtype), np.zeros(U * pieces, x.dtype)
    T, units = count(), min(UNITS, U)
    dyt, winnert = scratch("dyt", (T, units * N), x.dtype), scratch("winnert", (T, units * N), winner.dtype)
    places, g = scratch("places", (T, pieces, N), int), scratch("g", (T, pieces, N), x.dtype)
    rows = scratch("rows", (T, units * pieces * K), x.dtype)
    run(weight_grad_pass, NS_PER_PRODUCT * N * U * K, x, dy, winner, share, dyt, winnert, places, g, rows, dw, db)
    return dw, db


@cache
def maxout_pass(pieces: int) -> Callable:
    """The kernel for (x, y, winner), on flat arrays: x has `pieces` numbers for each of y and winner."""

    @fast
    def winners_of_all(me, team, x, y, winner):
        begin(me, team)
        n, parts = y.size, parts_of(team)
        for k in shares(me, team, parts):
            a, b = k * n // parts, (k + 1) * n // parts
            x_, y_, winner_ = x[a * pieces : b * pieces], y[a:b], winner[a:b]
            for i in range(y_.size):
                best, place = x_[i * pieces], np.int32(0)
                for j in range(1, pieces):
                    number = x_[i * pieces + j]
                    larger = (not (number <= best)) & (best == best)  # a NaN is not <= best; nothing beats a NaN
                    best, place = (number if larger else best), (np.int32(j) if larger else place)
                y_[i], winner_[i] = best, place
        end(me, team)

    return winners_of_all


@cache
def scatter_pass(pieces: int) -> Callable:
    """The kernel for (dy, winner, dx), on flat arrays: dx has `pieces` numbers for each of dy and winner."""

    @fast
    def scatter_all(me, team, dy, winner, dx):
        begin(me, team)
        n, parts = dy.size, parts_of(team)
        for k in shares(me, team, parts):
            a, b = k * n // parts, (k + 1) * n // parts
            dy_, winner_, dx_ = dy[a:b], winner[a:b], dx[a * pieces : b * pieces]
            for i in range(dy_.size):
                for j in range(pieces):
                    dx_[i * pieces + j] = dy_[i] if winner_[i] == j else dy.dtype.type(0)
        end(me, team)

    return scatter_all


@fast
def gather_pass(me: int, team: ndarray, x: ndarray, winner: ndarray, y: ndarray) -> None:
    begin(me, team)
    n, parts = y.size, parts_of(team)
    for k in shares(me, team, parts):
        a, b = k * n // parts, (k + 1) * n // parts
        x_, winner_, y_ = x[a:b], winner[a:b], y[a:b]
        for i in range(y_.size):
            y_[i] = x_[i, winner_[i]]
    end(me, team)


@fast
def input_grad_pass(
    me: int, team: ndarray, dy: ndarray, winner: ndarray, w: ndarray, wt: ndarray, places: ndarray, dx: ndarray
) -> None:
    """wt <- w transposed: a row for each column of w. Then dx[n] is a sum of U of these rows. wt, dx: flat."""
    begin(me, team)
    (N, U), (K, columns), places, parts = dy.shape, w.shape, places[me], parts_of(team)
    flat_w, flat_dy, pieces = w.reshape(w.size), dy.reshape(dy.size), columns // U
    for k in shares(me, team, -(-K // (REGISTER_BYTES // w.itemsize))):
        transpose_strip(flat_w, columns, wt, K, K, columns, k)
    for k in shares(me, team, parts):
        for n in range(k * N // parts, (k + 1) * N // parts):
            for u in range(U):
                places[u] = (u * pieces + winner[n, u]) * K
            sum_of_rows(flat_dy, n * U, places, U, wt, dx, n * K, K)
    end(me, team)


@fast
def weight_grad_pass(
    me: int, team: ndarray, x: ndarray, dy: ndarray, winner: ndarray, share: ndarray, dyt: ndarray, winnert: ndarray,
    places: ndarray, g: ndarray, rows: ndarray, dw: ndarray, db: ndarray,
) -> None:  # fmt: skip
    """A share is some units, at most UNITS: their part of dw^T stays in the cache until it is transposed."""
    begin(me, team)
    dyt, winnert, places, g, rows = dyt[me], winnert[me], places[me], g[me], rows[me]
    (N, K), U, pieces = x.shape, dy.shape[1], len(g)
    flat_x, flat_dy, flat_winner, flat_dw = x.reshape(-1), dy.reshape(-1), winner.reshape(-1), dw.reshape(-1)
    count, parts = np.empty(pieces, np.int64), max(-(-U // UNITS), min(U, parts_of(team)))
    for k in shares(me, team, parts):
        first, units = k * U // parts, (k + 1) * U // parts - k * U // parts
        transpose_tiles(flat_dy[first:], U, dyt, N, N, units)
        transpose_tiles(flat_winner[first:], U, winnert, N, N, units)
        for u in range(units):
            sort(
                dyt[u * N : u * N + N], winnert[u * N : u * N + N], share, K, count, places, g, db, (first + u) * pieces
            )
            for j in range(pieces):
                sum_of_rows(g[j], 0, places[j], count[j], flat_x, rows, (u * pieces + j) * K, K)
        transpose_tiles(rows, K, flat_dw[first * pieces :], U * pieces, units * pieces, K)
    end(me, team)


@inner
def sort(
    dy: ndarray, winner: ndarray, share: ndarray, K: int, count: ndarray, places: ndarray, g: ndarray, db: ndarray,
    at: int,
) -> None:  # fmt: skip
    """Sort the samples of one unit by the piece that won: count[j] of them were won by piece j. places[j], g[j]: their
    places in x, and their gradients. db[at + j] += the sum of share * g."""
    count[:] = 0
    for n in range(dy.size):
        j = winner[n]
        places[j, count[j]], g[j, count[j]] = n * K, dy[n]
        count[j] += 1
        db[at + j] += share[n] * dy[n]


sum_of_4, sum_of_2, sum_of_1 = gathered_sum(4), gathered_sum(2), gathered_sum(1)


@inner
def sum_of_rows(g: ndarray, g_at: int, places: ndarray, count: int, b: ndarray, c: ndarray, c_at: int, K: int) -> None:
    """c[c_at + k] = sum over i < count of g[g_at + i] b[places[i] + k], for k < K: four vectors at a time, then two,
    then one. The last vector begins early, to end at K; K is at least one vector."""
    L = REGISTER_BYTES // c.itemsize
    for k in range(0, K - 4 * L + 1, 4 * L):
        sum_of_4(g, g_at, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (4 * L) * (4 * L), K - 2 * L + 1, 2 * L):
        sum_of_2(g, g_at, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (2 * L) * (2 * L), K, L):
        last = min(k, K - L)
        sum_of_1(g, g_at, places, 0, b, last, c, c_at + last, count)
