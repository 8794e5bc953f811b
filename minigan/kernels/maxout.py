"""The largest of each few numbers next to each other: the loops of `minigan.layers.Maxout` and `MaxoutDense`.

Which one is the largest is as good as random, and a processor that guesses wrong which way an `if` will go loses some
ten steps. So both ways are computed, and the result is chosen: that needs no guess. And there is a compiled function
for each number of pieces, which is a constant in it: then the inner loop is written out, and a vector of units goes
through it at once.

Only the winners have a gradient. Of the products that a dense layer's backward does with dz = `scattered(dy)`, all but
one in `pieces` are with a 0; `maxout_input_grad` and `maxout_weight_grad` leave those out. What is left are sums of
rows, some here, some there, so w is turned round first: then a row holds all weights of one piece.
"""

import functools

import numpy as np

from minigan.kernels.bias import bias_grad
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, take
from minigan.kernels.machine.threads import alone_below, split
from minigan.kernels.machine.vectors import REGISTER_BYTES, gathered_sum, lanes
from minigan.kernels.matmul import matmul, transpose_tiles
from minigan.kernels.pointwise import split_numbers

GATHERED = 0.05  # ns of one core per multiplication and addition
UNITS = 16  # at a time


def maxout(x, pieces):
    """The largest of each `pieces` numbers in memory -> y, and which one that was (the first of equal ones), both of
    x.size // pieces. A NaN is larger than any number. x: any shape."""
    x = np.ascontiguousarray(x).reshape(-1)
    n, p = x.size // pieces, pieces
    y, winner = fresh(n, x.dtype), fresh(n, np.int32)
    loop = maxout_loop(pieces)
    split_numbers(lambda a, b: loop(x[a * p : b * p], y[a:b], winner[a:b]), n)
    return y, winner


def scattered(dy, winner, pieces):
    """dx, of winner.size * pieces: dy at the winner of each group, 0 at the others."""
    dx, p = fresh(winner.size * pieces, dy.dtype), pieces
    dy = np.ascontiguousarray(dy).reshape(-1)
    loop = scattered_loop(pieces)
    split_numbers(lambda a, b: loop(dy[a:b], winner[a:b], dx[a * p : b * p]), winner.size)
    return dx


def picked(x, winner):
    """Of each group of x the number in the winner's place, winner.size of them: the adjoint of `scattered`."""
    x, y = np.ascontiguousarray(x).reshape(winner.size, -1), fresh(winner.size, x.dtype)
    split_numbers(lambda a, b: picked_part(x[a:b], winner[a:b], y[a:b]), winner.size)
    return y


def maxout_input_grad(dy, winner, w):
    """dx[n] = sum over u of dy[n, u] w[:, u * pieces + winner[n, u]], which is scattered(dy) w^T.

    dy, winner (N, U), w (K, U * pieces) -> dx (N, K).
    """
    (N, U), (K, columns), L = dy.shape, w.shape, lanes(w.dtype)
    if K < L:  # a row is too short for what follows
        return matmul(scattered(dy, winner, columns // U).reshape(N, columns), w.T)
    dy, winner, w = np.ascontiguousarray(dy, w.dtype), winner.reshape(N, U), np.ascontiguousarray(w)
    dx = fresh((N, K), w.dtype)

    def some_inputs(v0, v1):
        k0, k1 = v0 * L, (K if v1 == K // L else v1 * L)
        rows = take("rows", columns * (k1 - k0), w.dtype)
        input_grad_part(dy, winner, w, rows, dx.reshape(-1), k0, k1)

    with alone_below(GATHERED * N * U * K):
        split(some_inputs, K // L)
    return dx


def maxout_weight_grad(x, dy, winner, pieces, share=None):
    """dw = x^T dz and db, the sum of dz over its rows, for dz = scattered(dy): each sample n adds x[n] dy[n, u] to the
    column u * pieces + winner[n, u] of dw, and share[n] dy[n, u] to that of db.

    x (N, K), dy, winner (N, U), share (N,) or None for all ones -> dw (K, U * pieces), db (U * pieces,).
    """
    (N, K), U = x.shape, dy.shape[1]
    if K < lanes(x.dtype):
        dz = scattered(dy, winner, pieces).reshape(N, U * pieces)
        return matmul(x.T, dz), bias_grad(dz, dz, share=share)[1]
    x, dy, winner = np.ascontiguousarray(x), np.ascontiguousarray(dy, x.dtype), winner.reshape(N, U)
    share = np.ones(N, x.dtype) if share is None else np.asarray(share, x.dtype)
    dw, db = fresh((K, U * pieces), x.dtype), np.zeros(U * pieces, x.dtype)
    with alone_below(GATHERED * N * U * K):
        split(lambda u0, u1: weight_grad_part(x, dy, winner, pieces, share, dw, db, u0, u1), U)
    return dw, db


@functools.cache
def maxout_loop(pieces):
    """The function (x, y, winner): flat, x with `pieces` numbers for each of the others."""

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


@functools.cache
def scattered_loop(pieces):
    """The function (dy, winner, dx): flat, dx with `pieces` numbers for each of the others."""

    @fast
    def scattered_part(dy, winner, dx):
        for i in range(dy.size):
            for j in range(pieces):
                dx[i * pieces + j] = dy[i] if winner[i] == j else dy.dtype.type(0)

    return scattered_part


@fast
def picked_part(x, winner, y):
    for i in range(x.shape[0]):
        y[i] = x[i, winner[i]]


@fast
def input_grad_part(dy, winner, w, rows, dx, k0, k1):
    """For the inputs k0 to k1, whose weights are brought into `rows`, one for each column of w. dx, rows: flat."""
    (N, U), (K, columns), width = dy.shape, w.shape, k1 - k0
    transpose_tiles(w[k0:k1].reshape(-1), columns, rows, width, width, columns)
    places = np.empty(U, np.int64)
    for n in range(N):
        for u in range(U):
            places[u] = (u * (columns // U) + winner[n, u]) * width
        sum_of_rows(dy[n], places, U, rows, dx, n * K + k0, width)


@fast
def weight_grad_part(x, dy, winner, pieces, share, dw, db, u0, u1):
    """For the units u0 to u1, some at a time, so that their part of dw^T stays in the cache until it is turned round.
    Each piece of a unit sums over the samples that it has won: `places` in x, and what they add, `g`."""
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
def sum_of_rows(g, places, count, b, c, c_at, K):
    """c[c_at + k] = sum over i < count of g[i] b[places[i] + k], k < K, four vectors at a time, then two, then one. The
    last one begins early, and there must be a whole one."""
    L = REGISTER_BYTES // c.itemsize
    for k in range(0, K - 4 * L + 1, 4 * L):
        sum_of_4(g, 0, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (4 * L) * (4 * L), K - 2 * L + 1, 2 * L):
        sum_of_2(g, 0, places, 0, b, k, c, c_at + k, count)
    for k in range(K // (2 * L) * (2 * L), K, L):
        last = min(k, K - L)
        sum_of_1(g, 0, places, 0, b, last, c, c_at + last, count)


# The plain twins.


def maxout_plain(x, pieces):
    """NumPy's own search."""
    groups = x.reshape(-1, pieces)
    return groups.max(axis=1), groups.argmax(axis=1).astype(np.int32)


def scattered_plain(dy, winner, pieces):
    """One entry after the other."""
    dx = np.zeros((winner.size, pieces), dy.dtype)
    for i, j in enumerate(winner):
        dx[i, j] = dy.reshape(-1)[i]
    return dx.reshape(-1)


def picked_plain(x, winner):
    """One entry after the other."""
    groups = x.reshape(winner.size, -1)
    return np.array([groups[i, j] for i, j in enumerate(winner)], x.dtype)


def maxout_input_grad_plain(dy, winner, w):
    """The formula as loops."""
    (N, U), K = dy.shape, len(w)
    dx, winner, pieces = np.zeros((N, K), dy.dtype), winner.reshape(N, U), w.shape[1] // U
    for n, u, k in np.ndindex(N, U, K):
        dx[n, k] += dy[n, u] * w[k, u * pieces + winner[n, u]]
    return dx


def maxout_weight_grad_plain(x, dy, winner, pieces, share=None):
    """The formulas as loops."""
    (N, K), U = x.shape, dy.shape[1]
    dw, db, winner = np.zeros((K, U * pieces), x.dtype), np.zeros(U * pieces, x.dtype), winner.reshape(N, U)
    for n, u in np.ndindex(N, U):
        column = u * pieces + winner[n, u]
        dw[:, column] += x[n] * dy[n, u]
        db[column] += dy[n, u] * (1 if share is None else share[n])
    return dw, db
