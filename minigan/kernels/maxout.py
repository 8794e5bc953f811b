"""The largest of each few numbers next to each other: the loops of `minigan.layers.Maxout`.

Which one is the largest is as good as random, and a processor that guesses wrong which way an `if` will go loses some
ten steps. So both ways are computed, and the result is chosen: that needs no guess. And there is a compiled function
for each number of pieces, which is a constant in it: then the inner loop is written out, and a vector of units goes
through it at once.
"""

import functools

import numpy as np

from minigan.kernels.jit import fast
from minigan.kernels.pointwise import split_numbers
from minigan.kernels.workspace import fresh


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
