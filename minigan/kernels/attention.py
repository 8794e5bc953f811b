"""Attention: each place of a map looks at all places of another one, and takes a mean of what it finds there.

The weights are stored as a[n, j, i], what place i of sample n takes from place j, so that neighbours in memory belong
to different i. A softmax over j is then a sum of whole rows, a vector of places at a time; over neighbours in memory it
would be a chain of single additions. NumPy's exp also treats a vector at a time, which numba's does not.

A sample's weights are used five times on the way forward. A block of samples goes through all five while its weights
are in the core's cache. The products are small, one for each sample; NumPy hands them to BLAS, on the calling thread
alone (see `machine/threads.py`).
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.threads import split

NS_PER_PRODUCT = 0.05  # of one core, for each multiplication and addition
NS_PER_WEIGHT = 2.0  # of one core, for the softmax
BLOCK_BYTES = 1 << 18  # of weights, at a time


def attend(q: ndarray, k: ndarray, v: ndarray) -> tuple[ndarray, ndarray]:
    """a[n, :, i] = softmax over j of sum over d of k[n, j, d] q[n, i, d];  y[n, i] = sum over j of a[n, j, i] v[n, j].

    q (N, P, d), k (N, M, d), v (N, M, c) -> y (N, P, c), a (N, M, P).
    """
    (N, P, _), M, q, k, v = q.shape, k.shape[1], *contiguous(q, k, v)
    y, a = fresh((N, P, v.shape[2]), q.dtype), fresh((N, M, P), q.dtype)

    def some_samples(n0, n1):
        weights = a[n0:n1]
        np.matmul(k[n0:n1], turned(q[n0:n1]), out=weights)
        subtract_largest(weights)
        np.exp(weights, out=weights)
        divide_by_sum(weights)
        np.matmul(turned(weights), v[n0:n1], out=y[n0:n1])

    in_blocks(some_samples, q, v, a)
    return y, a


def attend_grad(dy: ndarray, q: ndarray, k: ndarray, v: ndarray, a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """With da = v dy^T and ds = a (da - sum over j of a da):  dq = ds^T k,  dk = ds q,  dv = a dy, for each sample.

    dy (N, P, c), the others as in attend -> dq, dk, dv, with the shapes of q, k, v.
    """
    dy, q, k, v = contiguous(dy, q, k, v)
    dq, dk, dv = (fresh(array.shape, array.dtype) for array in (q, k, v))

    def some_samples(n0, n1):
        ds = scratch("ds", (n1 - n0, *a.shape[1:]), a.dtype)
        np.matmul(v[n0:n1], turned(dy[n0:n1]), out=ds)
        softmax_grad(a[n0:n1], ds)
        np.matmul(turned(ds), k[n0:n1], out=dq[n0:n1])
        np.matmul(ds, q[n0:n1], out=dk[n0:n1])
        np.matmul(a[n0:n1], dy[n0:n1], out=dv[n0:n1])

    in_blocks(some_samples, q, v, a)
    return dq, dk, dv


def in_blocks(job, q: ndarray, v: ndarray, a: ndarray) -> None:
    """Call job(n0, n1) for all samples, on all threads, in blocks whose weights fit into a core's cache."""
    N, M, P = a.shape
    block = max(1, BLOCK_BYTES // (M * P * a.itemsize))

    def part(n0, n1):
        for n in range(n0, n1, block):
            job(n, min(n + block, n1))

    split(part, N, a.size * (NS_PER_WEIGHT + NS_PER_PRODUCT * (q.shape[2] + v.shape[2])), blas=True)


def contiguous(*arrays: ndarray) -> list[ndarray]:
    return [np.ascontiguousarray(array) for array in arrays]


def turned(x: ndarray) -> ndarray:
    """Each sample's matrix transposed, as a view: x (N, R, C) -> (N, C, R)."""
    return x.transpose(0, 2, 1)


@fast
def subtract_largest(s: ndarray) -> None:
    """s[n, j, i] <- s[n, j, i] - max over j: exp of it does not overflow, and the softmax is the same."""
    N, M, P = s.shape
    largest = np.empty(P, s.dtype)
    for n in range(N):
        for i in range(P):
            largest[i] = s[n, 0, i]
        for j in range(1, M):
            for i in range(P):
                one, other = s[n, j, i], largest[i]
                largest[i] = one if one > other else other
        for j in range(M):
            for i in range(P):
                s[n, j, i] -= largest[i]


@fast
def divide_by_sum(a: ndarray) -> None:
    """a[n, j, i] <- a[n, j, i] / sum over j."""
    N, M, P = a.shape
    share = np.empty(P, a.dtype)
    for n in range(N):
        share[:] = 0
        for j in range(M):
            for i in range(P):
                share[i] += a[n, j, i]
        for i in range(P):
            share[i] = 1 / share[i]
        for j in range(M):
            for i in range(P):
                a[n, j, i] *= share[i]


@fast
def softmax_grad(a: ndarray, ds: ndarray) -> None:
    """ds[n, j, i] <- a[n, j, i] (ds[n, j, i] - sum over j of a ds): from da to ds, in place."""
    N, M, P = a.shape
    mean = np.empty(P, a.dtype)
    for n in range(N):
        mean[:] = 0
        for j in range(M):
            for i in range(P):
                mean[i] += a[n, j, i] * ds[n, j, i]
        for j in range(M):
            for i in range(P):
                ds[n, j, i] = a[n, j, i] * (ds[n, j, i] - mean[i])
