"""The distances between all pairs of samples in a batch, for minibatch discrimination: sums of absolute differences.

m (N, C, B): N samples, B kernels of the layer, C numbers for each. NumPy would store the differences of all pairs,
N * N * C * B numbers: 65 MB for a batch of 256. These loops store none. The last axis is that of the kernels, so the
innermost loop runs over them and is vectorised.
"""

from functools import partial

from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import split

NS_PER_DIFFERENCE = 0.3  # of one core


def pair_distances(m: ndarray) -> ndarray:
    """d[i, j, b] = sum over c of |m[i, c, b] - m[j, c, b]|: m (N, C, B) -> d (N, N, B)."""
    N, C, B = m.shape
    d = fresh((N, N, B), m.dtype)
    split(partial(pair_distances_part, m, d), N, NS_PER_DIFFERENCE * N * m.size)
    return d


def pair_distances_grad(weight: ndarray, m: ndarray) -> ndarray:
    """dm[i, c, b] = sum over j of weight[i, j, b] * sign(m[i, c, b] - m[j, c, b]).

    weight (N, N, B), m (N, C, B) -> dm (N, C, B). sign(0) = 0: for equal samples |difference| has a kink, and 0 is the
    middle of its two slopes.
    """
    dm, zero, N = fresh(m.shape, m.dtype), m.dtype.type(0), len(m)
    split(partial(pair_distances_grad_part, weight, m, zero, dm), N, NS_PER_DIFFERENCE * N * m.size)
    return dm


@fast
def pair_distances_part(m: ndarray, d: ndarray, i0: int, i1: int) -> None:
    N, C, B = m.shape
    for i in range(i0, i1):
        for j in range(N):
            for b in range(B):
                d[i, j, b] = 0
            for c in range(C):
                for b in range(B):
                    d[i, j, b] += abs(m[i, c, b] - m[j, c, b])


@fast
def pair_distances_grad_part(weight: ndarray, m: ndarray, zero: float, dm: ndarray, i0: int, i1: int) -> None:
    N, C, B = m.shape
    for i in range(i0, i1):
        for c in range(C):
            for b in range(B):
                dm[i, c, b] = 0
        for j in range(N):
            for c in range(C):
                for b in range(B):
                    w, mine, other = weight[i, j, b], m[i, c, b], m[j, c, b]
                    dm[i, c, b] += w if mine > other else -w if mine < other else zero  # selects; an `if` would jump
