"""How far each two samples of a batch lie apart: sums of absolute differences, for minibatch discrimination.

m (N, C, B): each of N samples has B rows of C numbers, one row for each kernel of the layer. With NumPy alone
the differences of all pairs would be an array of N * N * C * B numbers, 65 MB for a batch of 256; these loops need
none. The kernels are the last axis, so that the innermost loop runs over them and vectorises.
"""

from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import alone_below, split

MOVED = 0.3  # ns of one core per difference


def pair_distances(m: ndarray) -> ndarray:
    """m (N, C, B) -> d (N, N, B), with d[i, j, b] = sum_c |m[i, c, b] - m[j, c, b]|."""
    N, C, B = m.shape
    d = fresh((N, N, B), m.dtype)
    with alone_below(MOVED * N * m.size):
        split(lambda i0, i1: pair_distances_part(m, d, i0, i1), N)
    return d


def pair_distances_grad(weight: ndarray, m: ndarray) -> ndarray:
    """dm[i, c, b] = sum_j weight[i, j, b] * sign(m[i, c, b] - m[j, c, b]): weight (N, N, B), m (N, C, B) -> (N, C, B).

    sign(0) = 0: where two samples are alike, |difference| has a kink, and the middle of its slopes is taken.
    """
    dm, zero = fresh(m.shape, m.dtype), m.dtype.type(0)
    with alone_below(MOVED * len(m) * m.size):
        split(lambda i0, i1: pair_distances_grad_part(weight, m, zero, dm, i0, i1), len(m))
    return dm


@fast
def pair_distances_part(m, d, i0, i1):
    N, C, B = m.shape
    for i in range(i0, i1):
        for j in range(N):
            for b in range(B):
                d[i, j, b] = 0
            for c in range(C):
                for b in range(B):
                    d[i, j, b] += abs(m[i, c, b] - m[j, c, b])


@fast
def pair_distances_grad_part(weight, m, zero, dm, i0, i1):
    N, C, B = m.shape
    for i in range(i0, i1):
        for c in range(C):
            for b in range(B):
                dm[i, c, b] = 0
        for j in range(N):
            for c in range(C):
                for b in range(B):
                    w, mine, other = weight[i, j, b], m[i, c, b], m[j, c, b]
                    dm[i, c, b] += w if mine > other else -w if mine < other else zero  # a choice, where `if` jumps
