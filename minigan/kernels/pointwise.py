"""Passes that treat each number by itself: leaky rectifiers, Adam, moving averages, and the search for NaN.

They do little arithmetic. What costs time is moving numbers between memory and core, so each kernel reads its inputs
once and writes its output once.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels import plain
from minigan.kernels.machine.addresses import Addresses, addresses, array_at, sizes
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.team import begin, end, parts_of, shares
from minigan.kernels.machine.threads import run

NS_PER_NUMBER = 0.3  # of one core
COMPILED = np.dtype(np.float32), np.dtype(np.float64)  # further ones would each be compiled anew


def leaky_relu(x: ndarray, slope: float) -> ndarray:
    """x where x > 0, else slope * x. Any shape."""
    x = np.ascontiguousarray(x)
    y = fresh(x.shape, x.dtype)
    run(leaky_relu_pass, NS_PER_NUMBER * x.size, x.reshape(-1), y.reshape(-1), x.dtype.type(slope))
    return y


def leaky_relu_grad(dy: ndarray, x: ndarray, slope: float) -> ndarray:
    """dx = dy where x > 0, else slope * dy. Any shape."""
    dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
    dx = fresh(x.shape, x.dtype)
    arrays = dy.reshape(-1), x.reshape(-1), dx.reshape(-1)
    run(leaky_relu_grad_pass, NS_PER_NUMBER * x.size, *arrays, x.dtype.type(slope))
    return dx


def adam(
    p: ndarray, g: ndarray, m: ndarray, v: ndarray,
    lr: float, beta1: float, beta2: float, eps: float, t: int,
) -> None:  # fmt: skip
    """One step of Adam on one parameter, in place: p, g, m, v of one shape; t = 1, 2, ... (`minigan.optim.Adam`)."""
    averages = [np.ascontiguousarray(array, p.dtype).ravel() for array in (p, m, v)]  # copies only if they must be
    flat_g = np.ascontiguousarray(g, p.dtype).ravel()
    known, g_at = addresses(averages, p.dtype), addresses([flat_g], p.dtype)
    if known is None or g_at is None:  # a dtype that is not compiled
        return plain.adam(p, g, m, v, lr, beta1, beta2, eps, t)
    numbers = adam_numbers(p.dtype, lr, beta1, beta2, eps, t)
    run(adam_pass, NS_PER_NUMBER * p.size, known, g_at, np.array([0, p.size]), numbers)
    for array, changed in zip((p, m, v), averages, strict=True):
        put_back(array, changed)


def adam_all(
    ps: list[ndarray], gs: list[ndarray], ms: list[ndarray], vs: list[ndarray],
    lr: float, beta1: float, beta2: float, eps: float, ts: list[int], known: Addresses,
) -> None:  # fmt: skip
    """`adam` on each of several parameters, in one compiled call. known: kept by the caller from step to step.

    One after the other if they do not have one t and one dtype (a network that has grown), or are not C-contiguous.
    """
    gs = [np.ascontiguousarray(g, p.dtype) for p, g in zip(ps, gs, strict=True)]
    fit = known.of([*ps, *ms, *vs]) and len(set(ts)) == 1
    g_at = addresses(gs, known.dtype) if fit and known.sizes == 3 * sizes(gs) else None
    if g_at is None:
        for p, g, m, v, t in zip(ps, gs, ms, vs, ts, strict=True):
            adam(p, g, m, v, lr, beta1, beta2, eps, t)
        return
    starts, numbers = known.starts[: len(ps) + 1], adam_numbers(known.dtype, lr, beta1, beta2, eps, ts[0])
    run(adam_pass, NS_PER_NUMBER * int(starts[-1]), known.at, g_at, starts, numbers)


def adam_numbers(dtype: np.dtype, lr: float, beta1: float, beta2: float, eps: float, t: int) -> tuple:
    """The numbers of step t. (A tuple: an array could overlap with the others.)"""
    numbers = beta1, beta2, eps, lr, 1 - beta1, 1 - beta2, 1 / (1 - beta1**t), 1 / (1 - beta2**t)
    return tuple(map(dtype.type, numbers))


def pull_to_mean(p: ndarray, g: ndarray, mean: ndarray, weight: float, t: int) -> ndarray:
    """mean <- mean + (p - mean) / t, in place: the mean of p over t steps. -> g + 2 weight (p - mean), in p's dtype.

    p, g, mean: of one shape; mean: float64 (`minigan.optim.HistoricalAveraging`).
    """
    flat_mean, out = mean.reshape(-1), fresh(p.shape, p.dtype)
    flat_g = np.ascontiguousarray(g, p.dtype).reshape(-1)
    arrays = p.reshape(-1), flat_g, flat_mean, out.reshape(-1)
    run(pull_to_mean_pass, NS_PER_NUMBER * p.size, *arrays, 2.0 * weight, 1.0 / t)
    put_back(mean, flat_mean)
    return out


def ema_update(average: ndarray, x: ndarray, decay: float) -> None:
    """average <- decay * average + (1 - decay) * x, in place, for x of the same shape. Integers become x itself."""
    if average.dtype.kind != "f":
        average[...] = x
        return
    flat, number = average.reshape(-1), average.dtype.type
    x = np.ascontiguousarray(x, average.dtype).reshape(-1)
    run(ema_update_pass, NS_PER_NUMBER * x.size, flat, x, number(decay), number(1 - decay))
    put_back(average, flat)


def fingerprint(array: ndarray) -> int:
    """The sum of words[i] * (2 i + 1), modulo 2^64: it changes when an entry changes, or when two entries are swapped.

    The words are the array's memory as integers of 64 bits; of 32 bits if 8 does not divide its number of bytes.
    """
    flat = np.ascontiguousarray(array).ravel()
    return fingerprint_part(flat if flat.dtype in COMPILED else flat.view(np.uint32))


def finite(array: ndarray) -> bool:
    """Whether no entry is NaN, inf or -inf. Any shape and dtype."""
    if array.dtype not in COMPILED:
        return bool(np.isfinite(array).all())
    return finite_part(np.ascontiguousarray(array).ravel())


def put_back(array: ndarray, flat: ndarray) -> None:
    """array <- flat after a change, where flat is a copy: of an array that is not contiguous, or of another dtype."""
    if not np.may_share_memory(array, flat):
        array[...] = flat.reshape(array.shape)


@fast
def bounds(k: int, parts: int, n: int) -> tuple[int, int]:
    """Part k of n numbers."""
    return k * n // parts, (k + 1) * n // parts


@fast
def leaky_relu_pass(me: int, team: ndarray, x: ndarray, y: ndarray, slope: float) -> None:
    begin(me, team)
    parts = parts_of(team)
    for k in shares(me, team, parts):
        a, b = bounds(k, parts, x.size)
        for i in range(a, b):
            y[i] = x[i] if x[i] > 0 else slope * x[i]
    end(me, team)


@fast
def leaky_relu_grad_pass(me: int, team: ndarray, dy: ndarray, x: ndarray, dx: ndarray, slope: float) -> None:
    begin(me, team)
    parts = parts_of(team)
    for k in shares(me, team, parts):
        a, b = bounds(k, parts, x.size)
        for i in range(a, b):
            dx[i] = dy[i] if x[i] > 0 else slope * dy[i]
    end(me, team)


@fast
def adam_pass(me: int, team: ndarray, known: ndarray, g_at: ndarray, starts: ndarray, numbers: tuple) -> None:
    """The numbers of all parameters are counted through. known: the addresses of all p, then of all m, then v."""
    begin(me, team)
    parts, count = parts_of(team), len(g_at)
    for k in shares(me, team, parts):
        a, b = bounds(k, parts, starts[count])
        for i in range(count):
            first, last = max(a, starts[i]) - starts[i], min(b, starts[i + 1]) - starts[i]
            if first < last:
                p = array_at(known[i], last, numbers[0])[first:]
                g = array_at(g_at[i], last, numbers[0])[first:]
                m = array_at(known[count + i], last, numbers[0])[first:]
                v = array_at(known[2 * count + i], last, numbers[0])[first:]
                adam_part(p, g, m, v, numbers)
    end(me, team)


@fast
def adam_part(p: ndarray, g: ndarray, m: ndarray, v: ndarray, numbers: tuple) -> None:
    beta1, beta2, eps, lr, rest1, rest2, correct1, correct2 = numbers
    for i in range(p.size):
        m_i = beta1 * m[i] + rest1 * g[i]
        v_i = beta2 * v[i] + rest2 * g[i] * g[i]
        p[i] -= lr * (m_i * correct1) / (np.sqrt(v_i * correct2) + eps)
        m[i], v[i] = m_i, v_i


@fast
def pull_to_mean_pass(
    me: int, team: ndarray, p: ndarray, g: ndarray, mean: ndarray, out: ndarray, double: float, share: float
) -> None:
    begin(me, team)
    parts = parts_of(team)
    for k in shares(me, team, parts):
        a, b = bounds(k, parts, p.size)
        for i in range(a, b):
            m = mean[i] + (p[i] - mean[i]) * share
            out[i] = g[i] + double * (p[i] - m)
            mean[i] = m
    end(me, team)


@fast
def ema_update_pass(me: int, team: ndarray, average: ndarray, x: ndarray, keep: float, rest: float) -> None:
    begin(me, team)
    parts = parts_of(team)
    for k in shares(me, team, parts):
        a, b = bounds(k, parts, x.size)
        for i in range(a, b):
            average[i] = keep * average[i] + rest * x[i]
    end(me, team)


@fast
def fingerprint_part(x: ndarray) -> int:
    if x.size * x.itemsize % 8 == 0:
        return sum_of_words(x.view(np.uint64))
    return sum_of_words(x.view(np.uint32))


@fast
def sum_of_words(words: ndarray) -> int:
    total = np.uint64(0)
    for i in range(words.size):
        total += np.uint64(words[i]) * np.uint64(2 * i + 1)
    return total


@fast
def finite_part(x: ndarray) -> bool:
    """x - x is 0 for a finite x, else NaN. Counting them all is faster than stopping at the first."""
    broken = 0
    for i in range(x.size):
        broken += x[i] - x[i] != 0
    return broken == 0
