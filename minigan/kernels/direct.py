"""Convolution for few channels (the first layer of D, the last of G): im2col without building the matrix.

Put an image into a frame of zeros, its padding. For the output pixel p = (oh, ow) and the tap k = (kh, kw, c), entry
(p, k) of im2col's matrix lies in the framed image at

    pixel[p] + tap[k],    pixel[oh, ow] = (oh sh WF + ow sw) C,    tap[kh, kw, c] = (kh WF + kw) C + c,

where WF is the width of the framed image: one offset for the pixel, one for the tap. `product` takes these two tables
instead of a matrix, and reads the numbers where they are. With the tables exchanged it reads the transposed matrix.

    y = cols w,    dw = colst dy,    dcols = dy wt,    framed[pixel[p] + tap[k]] += dcols[p, k] gives dx

im2col copies a window as KH rows of KW * C numbers. With few channels these rows are short, and starting each copy
costs more than the products.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from minigan.kernels.geometry import Pads, Pair, output_sizes
from minigan.kernels.machine.compiling import fast, inner
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.team import begin, end, shares
from minigan.kernels.machine.threads import count, run
from minigan.kernels.machine.vectors import ROWS, padded
from minigan.kernels.product import product

BLOCK_NUMBERS = 1 << 14  # of dcols at once, or of rows that are not whole vectors
MAX_TAPS = 1024
PARTS = 8  # of the sum over all images, for any number of threads


class Tables(NamedTuple):
    """Offsets in a framed image of shape (HF, WF C). The image begins in row `top`, at number `left` of that row."""

    shape: tuple
    top: int
    left: int
    pixel: np.ndarray  # (OH OW,)
    tap: np.ndarray  # (KH KW C,), filled with zeros up to a multiple of ROWS


@functools.lru_cache(32)
def tables(image_shape: tuple, kernel: Pair, size: Pair, stride: Pair, padding: Pads) -> Tables:
    """The Tables for images (H, W, C), a kernel (KH, KW) and outputs of size (OH, OW)."""
    (H, W, C), (KH, KW), ((top, bottom), (before, after)) = image_shape, kernel, padding
    row = (before + W + after) * C
    pixel = np.add.outer(np.arange(size[0]) * stride[0] * row, np.arange(size[1]) * stride[1] * C)
    taps = np.add.outer(np.arange(KH) * row, np.arange(KW * C)).ravel()
    tap = np.zeros(-(-taps.size // ROWS) * ROWS, np.intp)
    tap[: taps.size] = taps
    return Tables((top + H + bottom, row), top, before * C, pixel.ravel().astype(np.intp), tap)


def fits(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> bool:
    """Whether there are few taps: all blocks of y read the same strip of w, which should stay in the cache."""
    return w_shape[0] * w_shape[1] * w_shape[2] <= MAX_TAPS


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F)."""
    KH, KW, C, F = w.shape
    size = output_sizes(x.shape, w.shape, stride, padding)
    at, P = tables(x.shape[1:], (KH, KW), size, stride, padding), size[0] * size[1]
    y = fresh((x.shape[0], *size, F), x.dtype)
    w2 = padded_rows(w.reshape(-1, F), "w")
    framed, block = buffers(at, w2.shape[1], x.dtype)
    run(conv2d_pass, None, x, w2, at.top, at.left, at.pixel, at.tap, framed, block, y.reshape(len(x), P, F))
    return y


@fast
def conv2d_pass(
    me: int, team: ndarray, x: ndarray, w: ndarray, top: int, left: int, pixel: ndarray, tap: ndarray, framed: ndarray,
    block: ndarray, y: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    framed, block, (_, P, F), (K, F_) = framed[me], block[me], y.shape, w.shape
    whole, step = F == F_, len(block)  # whole: rows of whole vectors, so the product writes into y itself
    a, b, c = framed.reshape(framed.size), w.reshape(w.size), block.reshape(block.size)
    if whole:
        c = y.reshape(y.size)
    framed[:] = 0
    for n in shares(me, team, len(x)):
        into_frame(x, n, top, left, framed)
        for p in range(0, P, step):
            rows = min(step, P - p)
            product(a, 0, pixel[p:], tap, b, 0, F_, c, (n * P + p) * F if whole else 0, F_, rows, F_, K, False)
            if not whole:
                copy_rows(block, y[n, p : p + rows])
    end(me, team)


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dy (N, OH, OW, F), w (KH, KW, C, F) -> dx (N, H, W, C)."""
    KH, KW, C, F = w.shape
    at, P = tables(x_shape[1:], (KH, KW), dy.shape[1:3], stride, padding), dy.shape[1] * dy.shape[2]
    dx = fresh(x_shape, dy.dtype)
    wt = padded_rows(w.reshape(-1, F).T, "w")
    framed, dcols = buffers(at, wt.shape[1], dy.dtype)
    whole = dy.reshape(len(dy), P, F)
    run(input_grad_pass, None, whole, wt, KH * KW * C, at.top, at.left, at.pixel, at.tap, dcols, framed, dx)
    return dx


@fast
def input_grad_pass(
    me: int, team: ndarray, dy: ndarray, wt: ndarray, K: int, top: int, left: int, pixel: ndarray, tap: ndarray,
    dcols: ndarray, framed: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    framed, dcols, (_, P, F) = framed[me], dcols[me], dy.shape
    step, K_ = dcols.shape
    a, b, c, flat = dy.reshape(dy.size), wt.reshape(wt.size), dcols.reshape(dcols.size), framed.reshape(framed.size)
    for n in shares(me, team, len(dx)):
        framed[:] = 0
        for p in range(0, P, step):
            rows = min(step, P - p)
            product(a, (n * P + p) * F, F, 1, b, 0, K_, c, 0, K_, rows, K_, F, False)
            for q in range(rows):
                for k in range(K):  # one by one: two windows may share a pixel, so this is no loop for vectors
                    flat[pixel[p + q] + tap[k]] += dcols[q, k]
        out_of_frame(framed, top, left, n, dx)
    end(me, team)


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), dy (N, OH, OW, F) -> dw (KH, KW, C, F).

    Each of PARTS groups of images has a partial sum; these are added in order.
    """
    KH, KW, C, F = w_shape
    at, P = tables(x.shape[1:], (KH, KW), dy.shape[1:3], stride, padding), dy.shape[1] * dy.shape[2]
    dw, F_ = np.empty(w_shape, x.dtype), padded(F, x.dtype)
    total = scratch("dw, padded", (PARTS, at.tap.size, F_), x.dtype)
    framed, block = buffers(at, F_, x.dtype)
    whole, dw2 = dy.reshape(len(dy), P, F), dw.reshape(-1, F)
    run(weight_grad_pass, None, x, whole, at.top, at.left, at.pixel, at.tap, framed, block, total, dw2)
    return dw


@fast
def weight_grad_pass(
    me: int, team: ndarray, x: ndarray, dy: ndarray, top: int, left: int, pixel: ndarray, tap: ndarray,
    framed: ndarray, block: ndarray, total: ndarray, dw: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    framed, block, (N, P, F), (parts, K, F_) = framed[me], block[me], dy.shape, total.shape
    whole, step = F == F_, len(block)
    a, b, c = framed.reshape(framed.size), block.reshape(block.size), total.reshape(total.size)
    if whole:
        b = dy.reshape(dy.size)
    framed[:] = 0
    block[:] = 0  # the padding behind the rows of dy is multiplied, too
    for k in shares(me, team, parts):
        total[k] = 0
        for n in range(k * N // parts, (k + 1) * N // parts):
            into_frame(x, n, top, left, framed)
            for p in range(0, P, step):
                rows, at = min(step, P - p), (n * P + p) * F if whole else 0
                if not whole:
                    copy_rows(dy[n, p : p + rows], block)
                product(a, 0, tap, pixel[p:], b, at, F_, c, k * K * F_, F_, K, F_, rows, True)
    for i in shares(me, team, len(dw)):
        for f in range(F):
            s = total[0, i, f]
            for k in range(1, parts):
                s += total[k, i, f]
            dw[i, f] = s
    end(me, team)


@fast
def into_frame(x: ndarray, n: int, top: int, left: int, framed: ndarray) -> None:
    """framed <- image n of x. The zeros around it stay."""
    _, H, W, C = x.shape
    lines = x.reshape(len(x), H, W * C)
    for h in range(H):
        for q in range(W * C):
            framed[top + h, left + q] = lines[n, h, q]


@fast
def out_of_frame(framed: ndarray, top: int, left: int, n: int, x: ndarray) -> None:
    """Image n of x <- framed, without its frame."""
    _, H, W, C = x.shape
    lines = x.reshape(len(x), H, W * C)
    for h in range(H):
        for q in range(W * C):
            lines[n, h, q] = framed[top + h, left + q]


@inner
def copy_rows(source: ndarray, target: ndarray) -> None:
    """target <- source, for the rows and columns that both have."""
    for m in range(min(len(source), len(target))):
        for q in range(min(source.shape[1], target.shape[1])):
            target[m, q] = source[m, q]


def buffers(at: Tables, width: int, dtype: DTypeLike) -> tuple[ndarray, ndarray]:
    """Scratch memory of each thread: for a framed image, and for BLOCK_NUMBERS numbers in rows of this width."""
    rows = max(1, BLOCK_NUMBERS // width)
    return scratch("framed", (count(), *at.shape), dtype), scratch("rows", (count(), rows, width), dtype)


def padded_rows(matrix: ndarray, name: str) -> ndarray:
    """A copy of the matrix, in scratch memory, whose rows are filled up with zeros to whole vectors.

    The products with these zeros are not used, but they are computed. Without clearing, a denormal number could lie
    there by chance, and that costs some processors 150 cycles.
    """
    wide = scratch(name, (len(matrix), padded(matrix.shape[1], matrix.dtype)), matrix.dtype)
    wide[:, : matrix.shape[1]] = matrix
    wide[:, matrix.shape[1] :] = 0
    return wide
