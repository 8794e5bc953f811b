"""Convolution of images with few channels (the first layer of D, the last of G): im2col, but the matrix is not built.

Put an image into a frame of zeros, its padding. What the tap k = (kh, kw, c) finds for the output pixel p = (oh, ow) is
entry (p, k) of im2col's matrix, and lies in the framed image at

    pixel[p] + tap[k],    pixel[oh, ow] = (oh sh WF + ow sw) C,    tap[kh, kw, c] = (kh WF + kw) C + c,

with WF the framed image's width: an offset for the pixel and one for the tap. `product` takes the two tables in place
of a matrix, and reads the numbers where they are; with the tables in each other's place it reads the matrix transposed.

    y = cols w,    dw = colst dy,    dcols = dy wt,    framed[pixel[p] + tap[k]] += dcols[p, k] gives dx

im2col copies a window as KH rows of KW * C numbers. With few channels these rows are short, and what goes on around
each of them takes longer than the products.
"""

import functools
from typing import NamedTuple

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import scratch
from minigan.kernels.machine.threads import split, split_sum
from minigan.kernels.machine.vectors import ROWS, padded
from minigan.kernels.product import product

NUMBERS = 1 << 14  # of dcols, or of rows that are not whole vectors, at once
MOST_TAPS = 1024


class Tables(NamedTuple):
    """Where things lie in a framed image of shape (HF, WF C); the image begins in row `top`, at number `left` of it."""

    shape: tuple
    top: int
    left: int
    pixel: np.ndarray  # (OH OW,)
    tap: np.ndarray  # (KH KW C,), and zeros up to a multiple of ROWS


@functools.lru_cache(32)
def tables(image_shape, kernel, size, stride, padding):
    """The Tables of images (H, W, C) for a kernel (KH, KW) that makes images of this size (OH, OW)."""
    (H, W, C), (KH, KW), ((top, bottom), (before, after)) = image_shape, kernel, padding
    row = (before + W + after) * C
    pixel = np.add.outer(np.arange(size[0]) * stride[0] * row, np.arange(size[1]) * stride[1] * C)
    taps = np.add.outer(np.arange(KH) * row, np.arange(KW * C)).ravel()
    tap = np.zeros(-(-taps.size // ROWS) * ROWS, np.intp)
    tap[: taps.size] = taps
    return Tables((top + H + bottom, row), top, before * C, pixel.ravel().astype(np.intp), tap)


def fits(x_shape, w_shape, stride, padding):
    """Not too many taps: all blocks of y read the same strip of w, which should stay close to the core."""
    return w_shape[0] * w_shape[1] * w_shape[2] <= MOST_TAPS


def conv2d(x, w, stride, padding, out=None):
    """y (N, OH, OW, F) of x (N, H, W, C) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size = output_sizes(x.shape, w.shape, stride, padding)
    at, P = tables(x.shape[1:], (KH, KW), size, stride, padding), size[0] * size[1]
    y = np.empty((x.shape[0], *size, F), x.dtype) if out is None else out
    w2 = widened(w.reshape(-1, F), "w")

    def job(n0, n1):
        framed, block = zeros("framed", at.shape, x.dtype), some_rows(w2.shape[1], x.dtype)
        conv2d_part(x, w2, at.top, at.left, at.pixel, at.tap, n0, n1, framed, block, y.reshape(len(x), P, F))

    split(job, x.shape[0])
    return y


@fast
def conv2d_part(x, w, top, left, pixel, tap, n0, n1, framed, block, y):
    _, P, F = y.shape
    (K, F_), step = w.shape, len(block)
    fills = F == F_  # then y is written where it is
    a, b, c = framed.reshape(framed.size), w.reshape(w.size), block.reshape(block.size)
    if fills:
        c = y.reshape(y.size)
    for n in range(n0, n1):
        enter(x, n, top, left, framed)
        for p in range(0, P, step):
            rows = min(step, P - p)
            product(a, 0, pixel[p:], tap, b, 0, F_, c, (n * P + p) * F if fills else 0, F_, rows, F_, K, False)
            if not fills:
                copy_rows(block, y[n, p : p + rows])


def conv2d_input_grad(dy, w, x_shape, stride, padding, out=None):
    """dx (N, H, W, C) of dy (N, OH, OW, F) and w (KH, KW, C, F)."""
    KH, KW, _, F = w.shape
    at, P = tables(x_shape[1:], (KH, KW), dy.shape[1:3], stride, padding), dy.shape[1] * dy.shape[2]
    dx = np.empty(x_shape, dy.dtype) if out is None else out
    wt = widened(w.reshape(-1, F).T, "w")

    def job(n0, n1):
        framed, dcols, K = scratch("framed", at.shape, dy.dtype), some_rows(wt.shape[1], dy.dtype), KH * KW * x_shape[3]
        dy2 = dy.reshape(len(dy), P, F)
        input_grad_part(dy2, wt, K, at.top, at.left, at.pixel, at.tap, n0, n1, dcols, framed, dx)

    split(job, x_shape[0])
    return dx


@fast
def input_grad_part(dy, wt, K, top, left, pixel, tap, n0, n1, dcols, framed, dx):
    _, P, F = dy.shape
    step, K_ = dcols.shape
    a, b, c, flat = dy.reshape(dy.size), wt.reshape(wt.size), dcols.reshape(dcols.size), framed.reshape(framed.size)
    for n in range(n0, n1):
        framed[:] = 0
        for p in range(0, P, step):
            rows = min(step, P - p)
            product(a, (n * P + p) * F, F, 1, b, 0, K_, c, 0, K_, rows, K_, F, False)
            for q in range(rows):
                for k in range(K):
                    flat[pixel[p + q] + tap[k]] += dcols[q, k]
        leave(framed, top, left, n, dx)


def conv2d_weight_grad(x, dy, w_shape, stride, padding, out=None):
    """dw (KH, KW, C, F) of x (N, H, W, C) and dy (N, OH, OW, F): one partial sum per thread, added in order."""
    KH, KW, C, F = w_shape
    at, P = tables(x.shape[1:], (KH, KW), dy.shape[1:3], stride, padding), dy.shape[1] * dy.shape[2]
    dw = np.empty(w_shape, x.dtype) if out is None else out
    total = scratch("dw, widened", (at.tap.size, padded(F, x.dtype)), x.dtype)

    def job(n0, n1, part):
        framed, block = zeros("framed", at.shape, x.dtype), some_rows(part.shape[1], x.dtype)
        block.fill(0)  # what lies behind the rows of dy is multiplied, too
        dy2 = dy.reshape(len(dy), P, F)
        weight_grad_part(x, dy2, at.top, at.left, at.pixel, at.tap, n0, n1, framed, block, part)

    split_sum(job, x.shape[0], total)
    dw.reshape(-1, F)[...] = total[: KH * KW * C, :F]
    return dw


@fast
def weight_grad_part(x, dy, top, left, pixel, tap, n0, n1, framed, block, dw):
    _, P, F = dy.shape
    (K, F_), step = dw.shape, len(block)
    fills = F == F_
    a, b, c = framed.reshape(framed.size), block.reshape(block.size), dw.reshape(dw.size)
    if fills:
        b = dy.reshape(dy.size)
    for n in range(n0, n1):
        enter(x, n, top, left, framed)
        for p in range(0, P, step):
            rows = min(step, P - p)
            if not fills:
                copy_rows(dy[n, p : p + rows], block)
            product(a, 0, tap, pixel[p:], b, (n * P + p) * F if fills else 0, F_, c, 0, F_, K, F_, rows, True)


@fast
def enter(x, n, top, left, framed):
    """Image n into its frame, whose zeros stay as they are."""
    _, H, W, C = x.shape
    lines = x.reshape(len(x), H, W * C)
    for h in range(H):
        for q in range(W * C):
            framed[top + h, left + q] = lines[n, h, q]


@fast
def leave(framed, top, left, n, x):
    """enter, the other way."""
    _, H, W, C = x.shape
    lines = x.reshape(len(x), H, W * C)
    for h in range(H):
        for q in range(W * C):
            lines[n, h, q] = framed[top + h, left + q]


@fast
def copy_rows(source, target):
    """As many rows, and as much of each, as both have."""
    for m in range(min(len(source), len(target))):
        for q in range(min(source.shape[1], target.shape[1])):
            target[m, q] = source[m, q]


def some_rows(width, dtype):
    """Scratch memory for as many rows as make NUMBERS."""
    return scratch("rows", (max(1, NUMBERS // width), width), dtype)


def widened(matrix, name):
    """A copy whose rows are whole vectors, with zeros behind: these are multiplied too, though nobody reads the
    products, and a denormal number that lay there by chance would cost some processors 150 cycles."""
    wide = scratch(name, (len(matrix), padded(matrix.shape[1], matrix.dtype)), matrix.dtype)
    wide[:, : matrix.shape[1]] = matrix
    wide[:, matrix.shape[1] :] = 0
    return wide


def zeros(name, shape, dtype):
    """Scratch memory, cleared."""
    array = scratch(name, shape, dtype)
    array.fill(0)
    return array
