"""Convolution of images with few channels (the first layer of D, the last of G): im2col, but the matrix is not built.

Put an image into a frame of zeros, its padding. What the tap k = (kh, kw, c) finds for the output pixel p = (oh, ow) is
entry (p, k) of im2col's matrix, and lies in the framed image at

    pixel[p] + tap[k],    pixel[oh, ow] = (oh sh WF + ow sw) C,    tap[kh, kw, c] = (kh WF + kw) C + c,

with WF the framed image's width: an offset for the pixel and one for the tap. `product` takes the two tables in place
of a matrix, and reads the numbers where they are. With few channels that saves much: to copy a number KH * KW times
would cost as much as the few products that it is copied for.

    y = cols w,    dw = colst dy,    dcols = dy wt,    framed[pixel[p] + tap[k]] += dcols[p, k] gives dx
"""

import functools
from typing import NamedTuple

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.jit import fast
from minigan.kernels.product import product
from minigan.kernels.threads import split, split_sum
from minigan.kernels.vectors import ROWS, padded
from minigan.kernels.workspace import take

NUMBERS = 1 << 14  # of dcols at once
MOST_TAPS = 1024


class Tables(NamedTuple):
    """Where things lie in a framed image: the image itself begins at row `top`, number `left` of shape (HF, WF C)."""

    shape: tuple
    top: int
    left: int
    pixel: np.ndarray  # (OH OW,)
    tap: np.ndarray  # (KH KW C,), and zeros up to a multiple of ROWS


@functools.lru_cache(64)
def tables(image_shape, kernel, size, stride, padding):
    """The Tables of images (H, W, C) for a kernel (KH, KW) that makes images of this size (OH, OW)."""
    (H, W, C), (KH, KW), ((top, bottom), (left, right)) = image_shape, kernel, padding
    row = (left + W + right) * C
    pixel = np.add.outer(np.arange(size[0]) * stride[0] * row, np.arange(size[1]) * stride[1] * C)
    taps = np.add.outer(np.arange(KH) * row, np.arange(KW * C)).ravel()
    tap = np.zeros(-(-taps.size // ROWS) * ROWS, np.intp)
    tap[: taps.size] = taps
    return Tables((top + H + bottom, row), top, left * C, pixel.ravel().astype(np.intp), tap)


def fits(x_shape, w_shape, stride, padding):
    """Few columns of the matrix: a strip of w stays close to the core."""
    return w_shape[0] * w_shape[1] * w_shape[2] <= MOST_TAPS


def conv2d(x, w, stride, padding, out=None):
    """y (N, OH, OW, F) of x (N, H, W, C) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size = output_sizes(x.shape, w.shape, stride, padding)
    at, P = tables(x.shape[1:], (KH, KW), size, stride, padding), size[0] * size[1]
    y = np.empty((x.shape[0], *size, F), x.dtype) if out is None else out
    w2 = widened(w.reshape(-1, F), "w")

    def job(n0, n1):
        framed = zeros("framed", at.shape, x.dtype)
        block = take("block", (P, w2.shape[1]), x.dtype)
        conv2d_part(x, w2, at.top, at.left, at.pixel, at.tap, n0, n1, framed, block, y.reshape(-1, P, F))

    split(job, x.shape[0])
    return y


@fast
def conv2d_part(x, w, top, left, pixel, tap, n0, n1, framed, block, y):
    _, P, F = y.shape
    K, F_ = w.shape
    fills = F == F_  # then y is written where it is
    a, b, c = framed.reshape(framed.size), w.reshape(w.size), block.reshape(block.size)
    if fills:
        c = y.reshape(y.size)
    for n in range(n0, n1):
        enter(x, n, top, left, framed)
        product(a, 0, pixel, tap, b, 0, F_, c, n * P * F if fills else 0, F_, P, F_, K, False)
        if not fills:
            copy_rows(block, y[n])


def conv2d_input_grad(dy, w, x_shape, stride, padding, out=None):
    """dx (N, H, W, C) of dy (N, OH, OW, F) and w (KH, KW, C, F)."""
    KH, KW, _, F = w.shape
    at, P = tables(x_shape[1:], (KH, KW), dy.shape[1:3], stride, padding), dy.shape[1] * dy.shape[2]
    dx = np.empty(x_shape, dy.dtype) if out is None else out
    wt = widened(w.reshape(-1, F).T, "w")

    def job(n0, n1):
        framed = take("framed", at.shape, dy.dtype)
        dcols = take("dcols", (max(1, NUMBERS // wt.shape[1]), wt.shape[1]), dy.dtype)
        K = KH * KW * x_shape[3]
        input_grad_part(dy.reshape(-1, P, F), wt, K, at.top, at.left, at.pixel, at.tap, n0, n1, dcols, framed, dx)

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
    total = take("dw, widened", (at.tap.size, padded(F, x.dtype)), x.dtype)

    def job(n0, n1, part):
        framed = zeros("framed", at.shape, x.dtype)
        block = take("block", (P, part.shape[1]), x.dtype)
        block[:, F:] = 0
        weight_grad_part(x, dy.reshape(-1, P, F), at.top, at.left, at.pixel, at.tap, n0, n1, framed, block, part)

    split_sum(job, x.shape[0], total)
    dw.reshape(-1, F)[...] = total[: KH * KW * C, :F]
    return dw


@fast
def weight_grad_part(x, dy, top, left, pixel, tap, n0, n1, framed, block, dw):
    _, P, F = dy.shape
    K, F_ = dw.shape
    fills = F == F_
    a, b, c = framed.reshape(framed.size), block.reshape(block.size), dw.reshape(dw.size)
    if fills:
        b = dy.reshape(dy.size)
    for n in range(n0, n1):
        enter(x, n, top, left, framed)
        if not fills:
            copy_rows(dy[n], block)
        product(a, 0, tap, pixel, b, n * P * F if fills else 0, F_, c, 0, F_, K, F_, P, True)


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
    """As much of each row as the shorter one has."""
    for m in range(len(source)):
        for q in range(min(source.shape[1], target.shape[1])):
            target[m, q] = source[m, q]


def widened(matrix, name):
    """A copy whose rows are whole vectors: what is added to them is multiplied, and never read."""
    wide = take(name, (len(matrix), padded(matrix.shape[1], matrix.dtype)), matrix.dtype)
    wide[:, : matrix.shape[1]] = matrix
    return wide


def zeros(name, shape, dtype):
    array = take(name, shape, dtype)
    array.fill(0)
    return array
