"""Convolution as one matrix product: each window of the image becomes a row of a matrix (im2col).

    cols[(n, oh, ow), (kh, kw, c)] = x[n, oh * sh - top + kh, ow * sw - left + kw, c]        (`unfold`; outside x: 0)
    y = cols w,    dw = colst dy,    dcols = dy wt,    dx = fold(dcols), the adjoint of unfold        (`fold`)

The matrix repeats each pixel KH * KW / (sh * sw) times, so it is never built whole. It is built for a few output rows
at a time, which stay in the core's cache between the loop that writes them and the product that reads them. In NHWC row
kh of a window is KW * C neighbouring numbers: the innermost loops copy these.
"""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from minigan.kernels.geometry import Pads, Pair, output_sizes, windows
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.threads import split, split_sum

BLOCK_BYTES = 1 << 22  # of cols at once: BLAS is faster with many rows, the cache holds few


@fast
def unfold(x: ndarray, kernel: Pair, stride: Pair, before: Pair, size: Pair, rows: Pair, cols: ndarray) -> None:
    """cols <- the windows of output rows rows[0] ... rows[1], counted through all images. size = (OH, OW)."""
    _, H, W, C = x.shape
    width = kernel[1] * C
    for p in range((rows[1] - rows[0]) * size[1]):
        n, oh = divmod(rows[0] + p // size[1], size[0])
        w0 = p % size[1] * stride[1] - before[1]
        low, high = max(0, -w0), min(kernel[1], W - w0)  # the kw inside the image
        for kh in range(kernel[0]):
            h, target = oh * stride[0] - before[0] + kh, cols[p, kh * width : (kh + 1) * width]
            if h < 0 or h >= H or high <= low:
                for q in range(width):
                    target[q] = 0
                continue
            for q in range(low * C):
                target[q] = 0
            part, source = target[low * C : high * C], x[n, h].reshape(W * C)[(w0 + low) * C :]
            for q in range(part.size):
                part[q] = source[q]
            for q in range(high * C, width):
                target[q] = 0


@fast
def fold(cols: ndarray, kernel: Pair, stride: Pair, before: Pair, size: Pair, rows: Pair, dx: ndarray) -> None:
    """The adjoint of unfold: adds each number of cols to the pixel it came from. Clears an image at its first row."""
    _, H, W, C = dx.shape
    width = kernel[1] * C
    for p in range((rows[1] - rows[0]) * size[1]):
        n, oh = divmod(rows[0] + p // size[1], size[0])
        if oh == 0 and p % size[1] == 0:
            dx[n] = 0
        w0 = p % size[1] * stride[1] - before[1]
        low, high = max(0, -w0), min(kernel[1], W - w0)
        for kh in range(kernel[0]):
            h = oh * stride[0] - before[0] + kh
            if 0 <= h < H and low < high:
                source = cols[p, kh * width + low * C : kh * width + high * C]
                target = dx[n, h].reshape(W * C)[(w0 + low) * C :]
                for q in range(source.size):
                    target[q] += source[q]


def unfold_plain(x: ndarray, kernel: Pair, stride: Pair, before: Pair, size: Pair, rows: Pair, cols: ndarray) -> None:
    """The plain twin of unfold, for the rows of whole images."""
    images, padding = slice(rows[0] // size[0], rows[1] // size[0]), [(edge, 0) for edge in before]
    x, parts = x[images], cols.reshape(-1, *size, *kernel, x.shape[3])
    parts[...] = 0
    for n, i, j, p, q, row, column in windows(x.shape, kernel, size, stride, padding):
        parts[n, i, j, p, q] = x[n, row, column]


def fold_plain(cols: ndarray, kernel: Pair, stride: Pair, before: Pair, size: Pair, rows: Pair, dx: ndarray) -> None:
    """The plain twin of fold, for the rows of whole images: the loops of unfold_plain, source and target exchanged."""
    images, padding = slice(rows[0] // size[0], rows[1] // size[0]), [(edge, 0) for edge in before]
    dx, parts = dx[images], cols.reshape(-1, *size, *kernel, dx.shape[3])
    dx[...] = 0
    for n, i, j, p, q, row, column in windows(dx.shape, kernel, size, stride, padding):
        dx[n, row, column] += parts[n, i, j, p, q]


def fits(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> bool:
    """im2col fits every shape."""
    return True


def blocks(first: int, last: int, size: Pair, K: int, dtype: DTypeLike) -> Iterator[tuple[Pair, slice, ndarray]]:
    """The output rows of the images first ... last, in blocks. For each: (first row, last row), the same rows as a
    slice of y as a matrix, and scratch memory for their windows, about BLOCK_BYTES of cols."""
    (OH, OW), itemsize = size, np.dtype(dtype).itemsize
    step = max(1, BLOCK_BYTES // (OW * K * itemsize))
    for r in range(first * OH, last * OH, step):
        end = min(r + step, last * OH)
        yield (r, end), slice(r * OW, end * OW), scratch("cols", ((end - r) * OW, K), dtype)


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F)."""
    (N, *_), (KH, KW, C, F) = x.shape, w.shape
    size, before, K = output_sizes(x.shape, w.shape, stride, padding), (padding[0][0], padding[1][0]), KH * KW * C
    y = fresh((N, *size, F), x.dtype)
    w2, y2 = w.reshape(K, F), y.reshape(-1, F)

    def job(n0, n1):
        for rows, part, cols in blocks(n0, n1, size, K, x.dtype):
            unfold(x, (KH, KW), stride, before, size, rows, cols)
            np.matmul(cols, w2, out=y2[part])

    split(job, N, blas=True)
    return y


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dy (N, OH, OW, F), w (KH, KW, C, F) -> dx (N, H, W, C)."""
    KH, KW, C, F = w.shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dx = fresh(x_shape, dy.dtype)
    dy2, wt = dy.reshape(-1, F), scratch("wt", (F, K), w.dtype)
    wt[...] = w.reshape(K, F).T  # BLAS reads rows faster than columns

    def job(n0, n1):
        for rows, part, cols in blocks(n0, n1, size, K, dy.dtype):
            np.matmul(dy2[part], wt, out=cols)
            fold(cols, (KH, KW), stride, before, size, rows, dx)

    split(job, x_shape[0], blas=True)
    return dx


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), dy (N, OH, OW, F) -> dw (KH, KW, C, F).

    Each thread has a partial sum; these are added in order.
    """
    KH, KW, C, F = w_shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dw, dy2 = np.empty(w_shape, x.dtype), dy.reshape(-1, F)

    def job(n0, n1, total):
        of_block = scratch("dw of a block", (K, F), x.dtype)
        for rows, part, cols in blocks(n0, n1, size, K, x.dtype):
            unfold(x, (KH, KW), stride, before, size, rows, cols)
            np.matmul(cols.T, dy2[part], out=of_block)
            np.add(total, of_block, out=total)

    split_sum(job, x.shape[0], dw.reshape(K, F), blas=True)
    return dw
