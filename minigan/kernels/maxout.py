"""Maxout: the largest of each `pieces` neighbouring numbers. The loops of `minigan.layers.Maxout` and `MaxoutDense`.

Which piece wins is as good as random. An `if` would make the processor guess, and a wrong guess costs some ten steps.
So the loop computes both outcomes and selects one. Each number of pieces has a compiled function of its own, in which
it is a constant: the compiler unrolls the inner loop and treats a vector of units at once.

Only the winners have a gradient. In a dense layer's backward with dz = `scatter_winners(dy)`, all products but one in
`pieces` have a factor 0. `maxout_input_grad` and `maxout_weight_grad` skip these. What is left are sums of scattered
columns of w, so w is transposed first: then each column lies in memory as a row.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy import ndarray

from minigan.kernels.bias import bias_grad
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.threads import split
from minigan.kernels.machine.vectors import REGISTER_BYTES, gathered_sum, lanes
from minigan.kernels.matmul import matmul, transpose_tiles

NS_PER_PRODUCT = 0.05  # of one core, for each multiplication and addition
NS_PER_UNIT = 1.0  # of one core
UNITS = 16  # at a time


def maxout(x: ndarray, pieces: int) -> tuple[ndarray, ndarray]:
    """y = the largest of each `pieces` neighbouring numbers, winner = its place among them. x: any shape -> both flat.

    The first of equal numbers wins. A NaN is larger than any number.
    """
    x = np.ascontiguousarray(x).reshape(-1)
    n, p = x.size // pieces, pieces
    y, winner = fresh(n, x.dtype), fresh(n, np.int32)
    loop = maxout_loop(pieces)
    split(lambda a, b: loop(x[a * p : b * p], y[a:b], winner[a:b]), n, NS_PER_UNIT * n)
    return y, winner


def scatter_winners(dy: ndarray, winner: ndarray, pieces: int) -> ndarray:
    """dx[u, winner[u]] = dy[u], and 0 elsewhere: the gradient of maxout. dy: one number a unit -> dx, flat."""
    n, p = winner.size, pieces
    dx = fresh(n * p, dy.dtype)
    dy = np.ascontiguousarray(dy).reshape(-1)
    loop = scatter_winners_loop(pieces)
    split(lambda a, b: loop(dy[a:b], winner[a:b], dx[a * p : b * p]), n, NS_PER_UNIT * n)
    return dx


def gather_winners(x: ndarray, winner: ndarray) -> ndarray:
    """y[u] = x[u, winner[u]]: the adjoint of scatter_winners. x: `pieces` numbers a unit -> y, flat."""
    n = winner.size
    x, y = np.ascontiguousarray(x).reshape(n, -1), fresh(n, x.dtype)
    split(lambda a, b: gather_winners_part(x[a:b], winner[a:b], y[a:b]), n, NS_PER_UNIT * n)
    return y


def maxout_input_grad(dy: ndarray, winner: ndarray, w: ndarray) -> ndarray:
    """dx[n] = sum over u of dy[n, u] * w[:, u * pieces + winner[n, u]] = scatter_winners(dy) w^T.

    dy (N, U), winner: N * U places, w (K, U * pieces) -> dx (N, K).
    """
    (N, U), (K, columns), L = dy.shape, w.shape, lanes(w.dtype)
    if K < L:  # sum_of_rows needs a whole vector
        return matmul(scatter_winners(dy, winner, columns // U).reshape(N, columns), w.T)
    dy, winner, w = np.ascontiguousarray(dy, w.dtype), winner.reshape(N, U), np.ascontiguousarray(w)
    dx = fresh((N, K), w.dtype)

    def some_inputs(v0, v1):
        k0, k1 = v0 * L, (K if v1 == K // L else v1 * L)
        rows = scratch("rows", columns * (k1 - k0), w.dtype)
        input_grad_part(dy, winner, w, rows, dx.reshape(-1), k0, k1)

    split(some_inputs, K // L, NS_PER_PRODUCT * N * U * K)
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
    split(partial(weight_grad_part, x, dy, winner, pieces, share, dw, db), U, NS_PER_PRODUCT * N * U * K)
    return dw, db


@cache
def maxout_loop(pieces: int) -> Callable:
    """The compiled function (x, y, winner), on flat arrays: x has `pieces` numbers for each of y and winner."""

    @fast
    def maxout_part(x, y, winner):
        for i in range(y.size):
            best, place = x[i * pieces], np.int32(0)
            for j in range(1, pieces):
                number = x[i * pieces + j]
                larger = (not (number <= best)) & (best == best)  # a NaN is not <= best, and nothing beats a NaN
                best, place = (number if larger else best), (np.int32(j) if larger else place)
            y[i], winner[i] = best, place

    return maxout_part


@cache
def scatter_winners_loop(pieces: int) -> Callable:
    """The compiled function (dy, winner, dx), on flat arrays: dx has `pieces` numbers for each of dy and winner."""

    @fast
    def scatter_winners_part(dy, winner, dx):
        for i in range(dy.size):
            for j in range(pieces):
                dx[i * pieces + j] = dy[i] if winner[i] == j else dy.dtype.type(0)

    return scatter_winners_part


@fast
def gather_winners_part(x: ndarray, winner: ndarray, y: ndarray) -> None:
    for i in range(x.shape[0]):
        y[i] = x[i, winner[i]]


@fast
def input_grad_part(dy: ndarray, winner: ndarray, w: ndarray, rows: ndarray, dx: ndarray, k0: int, k1: int) -> None:
    """dx[:, k0:k1]. rows holds w[k0:k1] transposed: a row for each column of w. dx, rows: flat."""
    (N, U), (K, columns), width = dy.shape, w.shape, k1 - k0
    transpose_tiles(w[k0:k1].reshape(-1), columns, rows, width, width, columns)
    places = np.empty(U, np.int64)
    for n in range(N):
        for u in range(U):
            places[u] = (u * (columns // U) + winner[n, u]) * width
        sum_of_rows(dy[n], places, U, rows, dx, n * K + k0, width)


@fast
def weight_grad_part(
    x: ndarray, dy: ndarray, winner: ndarray, pieces: int, share: ndarray, dw: ndarray, db: ndarray, u0: int, u1: int
) -> None:
    """The columns of dw and db of the units u0 ... u1, UNITS at a time: their part of dw^T stays in the cache until it
    is transposed. Each piece sums over the samples it won: their places in x, and their gradients g."""
    (N, K), U = x.shape, dy.shape[1]
    flat_x, flat_dy, flat_winner, flat_dw = x.reshape(-1), dy.reshape(-1), winner.reshape(-1), dw.reshape(-1)
    dyt, winnert = np.empty(UNITS * N, dy.dtype), np.empty(UNITS * N, winner.dtype)
    rows = np.empty(UNITS * pieces * K, x.dtype)
    won, places, g = np.empty(pieces, np.int64), np.empty((pieces, N), np.int64), np.empty((pieces, N), dy.dtype)
    for begin in range(u0, u1, UNITS):
        units = min(UNITS, u1 - begin)
        transpose_tiles(flat_dy[begin:], U, dyt, N, N, units)
        transpose_tiles(flat_winner[begin:], U, winnert, N, N, units)
        for u in range(units):
            won[:] = 0
            for n in range(N):
                j = winnert[u * N + n]
                places[j, won[j]], g[j, won[j]] = n * K, dyt[u * N + n]
                won[j] += 1
                db[(begin + u) * pieces + j] += share[n] * dyt[u * N + n]
            for j in range(pieces):
                sum_of_rows(g[j], places[j], won[j], flat_x, rows, (u * pieces + j) * K, K)
        transpose_tiles(rows, K, flat_dw[begin * pieces :], U * pieces, units * pieces, K)


sum_of_4, sum_of_2, sum_of_1 = gathered_sum(4), gathered_sum(2), gathered_sum(1)


@fast
def sum_of_rows(g: ndarray, places: ndarray, count: int, b: ndarray, c: ndarray, c_at: int, K: int) -> None:
    """c[c_at + k] = sum over i < count of g[i] b[places[i] + k], for k < K: four vectors at a time, then two, then one.
    The last vector begins early, to end at K; K is at least one vector."""
    L = REGISTER_BYTES // c.itemsize
    for k in range(0, K - 4 * L + 1, 4 * L):
        sum_of_4(g, 0, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (4 * L) * (4 * L), K - 2 * L + 1, 2 * L):
        sum_of_2(g, 0, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (2 * L) * (2 * L), K, L):
        last = min(k, K - L)
        sum_of_1(g, 0, places, 0, b, last, c, c_at + last, count)
