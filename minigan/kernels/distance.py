"""The distances between all pairs of samples in a batch, for minibatch discrimination: sums of absolute differences.

m (N, C, B): N samples, B kernels of the layer, C numbers for each. NumPy would store the differences of all pairs,
N * N * C * B numbers: 65 MB for a batch of 256. These loops store none. The last axis is that of the kernels, so the
innermost loop runs over them and is vectorised.
"""

from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, shares
from minigan.kernels.machine.threads import run

NS_PER_DIFFERENCE = 0.3  # of one core


def pair_distances(m: ndarray) -> ndarray:
    """d[i, j, b] = sum over c of |m[i, c, b] - m[j, c, b]|: m (N, C, B) -> d (N, N, B)."""
    N, C, B = m.shape
    d = fresh((N, N, B), m.dtype)
    run(pair_distances_pass, NS_PER_DIFFERENCE * N * m.size, m, d)
    return d


def pair_distances_grad(weight: ndarray, m: ndarray) -> ndarray:
    """dm[i, c, b] = sum over j of weight[i, j, b] * sign(m[i, c, b] - m[j, c, b]).

    weight (N, N, B), m (N, C, B) -> dm (N, C, B). sign(0) = 0: for equal samples |difference| has a kink, and 0 is the
    middle of its two slopes.
    """
    dm, zero, N = fresh(m.shape, m.dtype), m.dtype.type(0), len(m)
    run(pair_distances_grad_pass, NS_PER_DIFFERENCE * N * m.size, weight, m, zero, dm)
    return dm


@fast
def pair_distances_pass(me: int, team: ndarray, m: ndarray, d: ndarray) -> None:
    begin(me, team)
    N, C, B = m.shape
    for i in shares(me, team, N):
        for j in range(N):
            for b in range(B):
                d[i, j, b] = 0
            for c in range(C):
                for b in range(B):
                    d[i, j, b] += abs(m[i, c, b] - m[j, c, b])
    end(me, team)


@fast
def pair_distances_grad_pass(me: int, team: ndarray, weight: ndarray, m: ndarray, zero: float, dm: ndarray) -> None:
    begin(me, team)
    N, C, B = m.shape
    for i in shares(me, team, N):
        for c in range(C):
            for b in range(B):
                dm[i, c, b] = 0
        for j in range(N):
            for c in range(C):
                for b in range(B):
                    w, mine, other = weight[i, j, b], m[i, c, b], m[j, c, b]
                    dm[i, c, b] += w if mine > other else -w if mine < other else zero  # selects; an `if` would jump
    end(me, team)
