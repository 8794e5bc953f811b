"""The largest of each few numbers next to each other: the loops of `minigan.layers.Maxout`."""

import numpy as np

from minigan.kernels.jit import fast
from minigan.kernels.pointwise import split_numbers
from minigan.kernels.workspace import fresh


def maxout(x, pieces):
    """The largest of each `pieces` numbers in memory -> y, and which one that was (the first of equal ones), both of
    x.size // pieces. A NaN is larger than any number. x: any shape."""
    x = np.ascontiguousarray(x).reshape(-1, pieces)
    y, winner = fresh(len(x), x.dtype), fresh(len(x), np.int32)
    split_numbers(lambda a, b: maxout_part(x[a:b], y[a:b], winner[a:b]), len(x))
    return y, winner


def scattered(dy, winner, pieces):
    """dx, of winner.size * pieces: dy at the winner of each group, 0 at the others."""
    dx = fresh((winner.size, pieces), dy.dtype)
    dy = np.ascontiguousarray(dy).reshape(-1)
    split_numbers(lambda a, b: scattered_part(dy[a:b], winner[a:b], dx[a:b]), winner.size)
    return dx.reshape(-1)


def picked(x, winner):
    """Of each group of x the number in the winner's place, winner.size of them: the adjoint of `scattered`."""
    x, y = np.ascontiguousarray(x).reshape(winner.size, -1), fresh(winner.size, x.dtype)
    split_numbers(lambda a, b: picked_part(x[a:b], winner[a:b], y[a:b]), winner.size)
    return y


@fast
def maxout_part(x, y, winner):
    for i in range(x.shape[0]):
        best, place = x[i, 0], 0
        for j in range(1, x.shape[1]):
            if x[i, j] > best or x[i, j] != x[i, j]:
                best, place = x[i, j], j
        y[i], winner[i] = best, place


@fast
def scattered_part(dy, winner, dx):
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = 0
        dx[i, winner[i]] = dy[i]


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
