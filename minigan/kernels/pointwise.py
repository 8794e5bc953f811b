"""Passes that treat every number for itself: leaky rectifiers, Adam, moving averages, and the search for NaNs.

They do little arithmetic, so what counts is how often the numbers travel between memory and core: each kernel reads its
inputs once and writes its output once.
"""

import numpy as np
from numpy import ndarray

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh
from minigan.kernels.machine.threads import alone_below, split

MOVED = 1.0  # ns of one core per place


def leaky_relu(x: ndarray, slope: float) -> ndarray:
    """x where x > 0, else slope * x. Any shape."""
    x = np.ascontiguousarray(x)
    y, s = fresh(x.shape, x.dtype), x.dtype.type(slope)
    flat_x, flat_y = x.reshape(-1), y.reshape(-1)
    split_numbers(lambda a, b: leaky_relu_part(flat_x[a:b], s, flat_y[a:b]), x.size)
    return y


def leaky_relu_grad(dy: ndarray, x: ndarray, slope: float) -> ndarray:
    """dy where x > 0, else slope * dy. Any shape."""
    dy, x = np.ascontiguousarray(dy), np.ascontiguousarray(x)
    dx, s = fresh(x.shape, x.dtype), x.dtype.type(slope)
    flat_dy, flat_x, flat_dx = dy.reshape(-1), x.reshape(-1), dx.reshape(-1)
    split_numbers(lambda a, b: leaky_relu_grad_part(flat_dy[a:b], flat_x[a:b], s, flat_dx[a:b]), x.size)
    return dx


def adam(
    p: ndarray, g: ndarray, m: ndarray, v: ndarray,
    lr: float, beta1: float, beta2: float, eps: float, t: int,
) -> None:  # fmt: skip
    """One step of Adam on one parameter, in place: p, g, m, v of one shape, t = 1, 2, ... (`minigan.optim.Adam`)."""
    flat = [array.reshape(-1) for array in (p, np.ascontiguousarray(g, p.dtype), m, v)]  # copies, where it must
    numbers = beta1, beta2, eps, lr, 1 - beta1, 1 - beta2, 1 / (1 - beta1**t), 1 / (1 - beta2**t)
    numbers = tuple(p.dtype.type(number) for number in numbers)  # not an array: that could overlap with the others
    split_numbers(lambda a, b: adam_part(*(array[a:b] for array in flat), numbers), p.size)
    for array, one in ((p, flat[0]), (m, flat[2]), (v, flat[3])):
        put_back(array, one)


def pull_to_mean(p: ndarray, g: ndarray, mean: ndarray, weight: float, t: int) -> ndarray:
    """mean <- mean + (p - mean) / t, the mean of t values of p, in place -> g + 2 weight (p - mean), with g's shape.

    p, g: of one dtype; mean: float64, of their shape (`minigan.optim.HistoricalAveraging`).
    """
    flat_p, flat_g, flat_mean = p.reshape(-1), np.ascontiguousarray(g, p.dtype).reshape(-1), mean.reshape(-1)
    out, double, share = fresh(p.shape, p.dtype), 2.0 * weight, 1.0 / t
    flat = out.reshape(-1)
    split_numbers(
        lambda a, b: pull_to_mean_part(flat_p[a:b], flat_g[a:b], flat_mean[a:b], double, share, flat[a:b]), p.size
    )
    put_back(mean, flat_mean)
    return out


def ema_update(average: ndarray, x: ndarray, decay: float) -> None:
    """average <- decay * average + (1 - decay) * x, in place; or x, if there are no floats. Both of one shape."""
    if average.dtype.kind != "f":
        average[...] = x
        return
    flat, x = average.reshape(-1), np.ascontiguousarray(x, average.dtype).reshape(-1)
    keep, rest = average.dtype.type(decay), average.dtype.type(1 - decay)
    split_numbers(lambda a, b: ema_update_part(flat[a:b], x[a:b], keep, rest), x.size)
    put_back(average, flat)


def fingerprint(array: ndarray) -> int:
    """A number that changes when an entry of the array changes or two of them swap places: the sum of its 64-bit words
    (32-bit where they do not divide it), each times an odd number of its own, wrapping around."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return int(fingerprint_part(flat.view(np.uint64 if flat.nbytes % 8 == 0 else np.uint32)))


def finite(array: ndarray) -> bool:
    """Whether all entries are finite numbers. Any shape and dtype."""
    if array.dtype.type not in (np.float32, np.float64) or not array.dtype.isnative:
        return bool(np.isfinite(array).all())
    return finite_part(np.ascontiguousarray(array).reshape(-1))


def put_back(array, flat):
    """Copy what was done to array.reshape(-1) into the array, if that was a copy: where its numbers do not lie in
    memory in the order of its axes."""
    if not array.flags.c_contiguous:
        array[...] = flat.reshape(array.shape)


def split_numbers(job, length):
    """`split`, for a job that moves a few numbers in and out for each of `length` places."""
    with alone_below(MOVED * length):
        split(job, length)


@fast
def leaky_relu_part(x, slope, y):
    for i in range(x.size):
        y[i] = x[i] if x[i] > 0 else slope * x[i]


@fast
def leaky_relu_grad_part(dy, x, slope, dx):
    for i in range(x.size):
        dx[i] = dy[i] if x[i] > 0 else slope * dy[i]


@fast
def adam_part(p, g, m, v, numbers):
    beta1, beta2, eps, lr, rest1, rest2, correct1, correct2 = numbers
    for i in range(p.size):
        m_i = beta1 * m[i] + rest1 * g[i]
        v_i = beta2 * v[i] + rest2 * g[i] * g[i]
        p[i] -= lr * (m_i * correct1) / (np.sqrt(v_i * correct2) + eps)
        m[i], v[i] = m_i, v_i


@fast
def pull_to_mean_part(p, g, mean, double, share, out):
    for i in range(p.size):
        m = mean[i] + (p[i] - mean[i]) * share
        out[i] = g[i] + double * (p[i] - m)
        mean[i] = m


@fast
def ema_update_part(average, x, keep, rest):
    for i in range(x.size):
        average[i] = keep * average[i] + rest * x[i]


@fast
def fingerprint_part(words):
    total = np.uint64(0)
    for i in range(words.size):
        total += np.uint64(words[i]) * np.uint64(2 * i + 1)
    return total


@fast
def finite_part(x):
    """x - x is 0, but for an infinity or a NaN, where it is a NaN. To count them all is faster than to stop at one."""
    broken = 0
    for i in range(x.size):
        broken += x[i] - x[i] != 0
    return broken == 0
