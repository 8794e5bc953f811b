"""Convolution of images with very few channels (the first layer of D, the last of G): im2col, lying on its side.

With one channel, a row of a window is KW numbers: too short for the loops of im2col.py. Here the matrix is transposed,

    cols[(kh, kw, c), (n, oh, ow)] = x[n, oh * sh - top + kh, ow * sw - left + kw, c]

so that its rows are whole image rows, shifted: one long run of pixels for each tap. The products are small in both
directions (K = KH * KW * C rows, F columns), so strips of pixels are kept short enough for BLAS to take the operands
where they lie:

    y = colst w,    dcols = w dyt,    dw = cols dy,    dx = overlap-add of dcols
"""

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.jit import fast
from minigan.kernels.threads import split, split_sum
from minigan.kernels.workspace import take

SMALL = 100**3  # see winograd.py
PIXELS = 256  # of a strip
STRIPS = 16  # at once
MOST_COLUMNS = 256


@fast
def inside(size, length, stride, offset):
    """The o in range(size) with 0 <= o * stride + offset < length, as (first, last)."""
    first = max(0, -(offset // stride))
    return first, max(first, min(size, (length - 1 - offset) // stride + 1))


@fast
def unfold(x, kernel, stride, before, size, start, cols):
    """Fill cols (strips, K, pixels) from output row `start` on, counted through all images; size = (OH, OW).

    Twin: im2col.unfold_plain, transposed.
    """
    N, H, W, C = x.shape
    lines, step, per_strip = x.reshape(N, H, W * C), stride[1] * C, cols.shape[2] // size[1]
    for k in range(kernel[0] * kernel[1] * C):
        kh, kw, c = k // (kernel[1] * C), k // C % kernel[1], k % C
        offset = kw - before[1]
        first, last = inside(size[1], W, stride[1], offset)
        for r in range(cols.shape[0] * per_strip):
            n, oh = divmod(start + r, size[0])
            h, begin = oh * stride[0] - before[0] + kh, r % per_strip * size[1]
            target = cols[r // per_strip, k, begin : begin + size[1]]
            if first == last or h < 0 or h >= H:
                target[:] = 0
                continue
            for q in range(first):
                target[q] = 0
            for q in range(last, size[1]):
                target[q] = 0
            target, source = target[first:last], lines[n, h, (first * stride[1] + offset) * C + c :]
            if step == 1:
                for q in range(target.size):
                    target[q] = source[q]
            else:
                for q in range(target.size):
                    target[q] = source[q * step]


@fast
def fold(cols, kernel, stride, before, size, start, dx):
    """The adjoint of unfold: every number returns to where it came from. An image is cleared at its first row."""
    N, H, W, C = dx.shape
    lines, step, per_strip = dx.reshape(N, H, W * C), stride[1] * C, cols.shape[2] // size[1]
    for r in range(cols.shape[0] * per_strip):
        n, oh = divmod(start + r, size[0])
        if oh == 0:
            dx[n] = 0
        for k in range(kernel[0] * kernel[1] * C):
            kh, kw, c = k // (kernel[1] * C), k // C % kernel[1], k % C
            offset, h = kw - before[1], oh * stride[0] - before[0] + kh
            first, last = inside(size[1], W, stride[1], offset)
            if 0 <= h < H and first < last:
                begin = r % per_strip * size[1]
                source, target = (
                    cols[r // per_strip, k, begin + first : begin + last],
                    lines[n, h, (first * stride[1] + offset) * C + c :],
                )
                if step == 1:
                    for q in range(source.size):
                        target[q] += source[q]
                else:
                    for q in range(source.size):
                        target[q * step] += source[q]


def fits(x_shape, w_shape, stride, padding):
    """Few rows of cols, and pixels in plenty."""
    return w_shape[0] * w_shape[1] * w_shape[2] <= MOST_COLUMNS


def groups(first, last, size, K, F):
    """Output rows of the images first ... last in groups of equal strips: (row, strips, pixels of a strip)."""
    per_strip = max(1, min(PIXELS, SMALL // (K * F)) // size[1])
    row, end = first * size[0], last * size[0]
    while row < end:
        per_strip = min(per_strip, end - row)
        count = min(STRIPS, (end - row) // per_strip)
        yield row, count, per_strip * size[1]
        row += count * per_strip


def conv2d(x, w, stride, padding, out=None):
    """y (N, OH, OW, F) of x (N, H, W, C) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size, before, K = output_sizes(x.shape, w.shape, stride, padding), (padding[0][0], padding[1][0]), KH * KW * C
    y = np.empty((x.shape[0], *size, F), x.dtype) if out is None else out
    w2, y2 = w.reshape(K, F), y.reshape(-1, F)

    def job(n0, n1):
        for row, S, P in groups(n0, n1, size, K, F):
            cols, here = take("cols", (S, K, P), x.dtype), row * size[1]
            unfold(x, (KH, KW), stride, before, size, row, cols)
            np.matmul(cols.swapaxes(1, 2), w2, out=y2[here : here + S * P].reshape(S, P, F))

    split(job, x.shape[0])
    return y


def conv2d_input_grad(dy, w, x_shape, stride, padding, out=None):
    """dx (N, H, W, C) of dy (N, OH, OW, F) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dx = np.empty(x_shape, dy.dtype) if out is None else out
    dy2, wt = dy.reshape(-1, F), take("wt", (F, K), w.dtype)
    wt[...] = w.reshape(K, F).T  # BLAS reads it faster so

    def job(n0, n1):
        for row, S, P in groups(n0, n1, size, K, F):
            cols, here = take("cols", (S, K, P), dy.dtype), row * size[1]
            np.matmul(wt.T, dy2[here : here + S * P].reshape(S, P, F).swapaxes(1, 2), out=cols)
            fold(cols, (KH, KW), stride, before, size, row, dx)

    split(job, x_shape[0])
    return dx


def conv2d_weight_grad(x, dy, w_shape, stride, padding, out=None):
    """dw (KH, KW, C, F) of x (N, H, W, C) and dy (N, OH, OW, F): one partial sum per thread, added in order."""
    KH, KW, C, F = w_shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dw = np.empty(w_shape, x.dtype) if out is None else out
    dy2 = dy.reshape(-1, F)

    def job(n0, n1, total):
        for row, S, P in groups(n0, n1, size, K, F):
            cols, here = take("cols", (S, K, P), x.dtype), row * size[1]
            sums = take("dw of each strip", (S, K, F), x.dtype)
            unfold(x, (KH, KW), stride, before, size, row, cols)
            np.matmul(cols, dy2[here : here + S * P].reshape(S, P, F), out=sums)
            for dw_strip in sums:
                np.add(total, dw_strip, out=total)

    split_sum(job, x.shape[0], dw.reshape(K, F))
    return dw
