"""Convolution of images with very few channels (the first layer of D, the last of G): im2col, lying on its side.

With one channel, a row of a window is KW numbers: too short for the loops of im2col.py. Here the matrix is transposed,

    cols[(kh, kw, c), (n, oh, ow)] = x[n, oh * sh - top + kh, ow * sw - left + kw, c]

so that its rows are whole image rows, shifted: one long run of pixels for each tap. It is made for a few output rows at
a time, and stays in the core's cache between the loop that writes it and the product that reads it:

    y = colst w,    dw = cols dy,    dcolst = dy wt,    dx = overlap-add of dcols
"""

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.jit import fast
from minigan.kernels.product import product
from minigan.kernels.threads import split, split_sum
from minigan.kernels.vectors import padded
from minigan.kernels.workspace import take

NUMBERS = 1 << 15  # of cols at once
MOST_COLUMNS = 256


@fast
def inside(size, length, stride, offset):
    """The o in range(size) with 0 <= o * stride + offset < length, as (first, last)."""
    first = max(0, -(offset // stride))
    return first, max(first, min(size, (length - 1 - offset) // stride + 1))


@fast
def unfold(x, kernel, stride, before, size, rows, cols):
    """Fill cols (K, P) for the output rows first ... last, counted through all images; size = (OH, OW).

    Twin: im2col.unfold_plain, transposed.
    """
    N, H, W, C = x.shape
    lines, step = x.reshape(N, H, W * C), stride[1] * C
    for k in range(kernel[0] * kernel[1] * C):
        kh, kw, c = k // (kernel[1] * C), k // C % kernel[1], k % C
        offset = kw - before[1]
        first, last = inside(size[1], W, stride[1], offset)
        for r in range(rows[0], rows[1]):
            n, oh = divmod(r, size[0])
            h, begin = oh * stride[0] - before[0] + kh, (r - rows[0]) * size[1]
            target = cols[k, begin : begin + size[1]]
            if first == last or h < 0 or h >= H:
                for q in range(size[1]):
                    target[q] = 0
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
def fold(colst, kernel, stride, before, size, rows, line, dx):
    """The adjoint of unfold, from the transposed colst (P, K): every number returns to where it came from. An image is
    cleared at its first row. line (K, OW): scratch memory, where an output row is turned round."""
    N, H, W, C = dx.shape
    lines, step = dx.reshape(N, H, W * C), stride[1] * C
    for r in range(rows[0], rows[1]):
        n, oh = divmod(r, size[0])
        if oh == 0:
            dx[n] = 0
        for q in range(size[1]):
            for k in range(line.shape[0]):
                line[k, q] = colst[(r - rows[0]) * size[1] + q, k]
        for k in range(line.shape[0]):
            kh, kw, c = k // (kernel[1] * C), k // C % kernel[1], k % C
            offset, h = kw - before[1], oh * stride[0] - before[0] + kh
            first, last = inside(size[1], W, stride[1], offset)
            if 0 <= h < H and first < last:
                source, target = line[k, first:last], lines[n, h, (first * stride[1] + offset) * C + c :]
                if step == 1:
                    for q in range(source.size):
                        target[q] += source[q]
                else:
                    for q in range(source.size):
                        target[q * step] += source[q]


def fits(x_shape, w_shape, stride, padding):
    """Few rows of cols."""
    return w_shape[0] * w_shape[1] * w_shape[2] <= MOST_COLUMNS


def conv2d(x, w, stride, padding, out=None):
    """y (N, OH, OW, F) of x (N, H, W, C) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size, before, K = output_sizes(x.shape, w.shape, stride, padding), (padding[0][0], padding[1][0]), KH * KW * C
    y = np.empty((x.shape[0], *size, F), x.dtype) if out is None else out
    w2 = widened(w.reshape(K, F), "w")

    def job(n0, n1):
        cols = take("cols", (K, at_once(size, K)), x.dtype)
        block = take("block", (cols.shape[1], w2.shape[1]), x.dtype)
        conv2d_part(x, w2, (KH, KW), stride, before, size, n0 * size[0], n1 * size[0], cols, block, y.reshape(-1, F))

    split(job, x.shape[0])
    return y


@fast
def conv2d_part(x, w2, kernel, stride, before, size, r0, r1, cols, block, y):
    K, P, F, F_ = cols.shape[0], cols.shape[1], y.shape[1], w2.shape[1]
    a, b, step = cols.reshape(cols.size), w2.reshape(w2.size), P // size[1]
    for r in range(r0, r1, step):
        end = min(r + step, r1)
        M, here = (end - r) * size[1], r * size[1]
        unfold(x, kernel, stride, before, size, (r, end), cols)
        fills = F == F_
        c, at = (y.reshape(y.size), here * F) if fills else (block.reshape(block.size), 0)
        product(a, 0, 1, P, b, 0, F_, c, at, F_, M, F_, K, False)
        if not fills:
            copy_rows(block, 0, y, here, M, F)


def conv2d_input_grad(dy, w, x_shape, stride, padding, out=None):
    """dx (N, H, W, C) of dy (N, OH, OW, F) and w (KH, KW, C, F)."""
    KH, KW, C, F = w.shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dx = np.empty(x_shape, dy.dtype) if out is None else out
    wt = widened(w.reshape(K, F).T, "w")

    def job(n0, n1):
        colst, line = take("cols", (at_once(size, K), wt.shape[1]), dy.dtype), take("line", (K, size[1]), dy.dtype)
        input_grad_part(dy, wt, (KH, KW), stride, before, size, n0 * size[0], n1 * size[0], colst, line, dx)

    split(job, x_shape[0])
    return dx


@fast
def input_grad_part(dy, wt, kernel, stride, before, size, r0, r1, colst, line, dx):
    (F, K_), step = wt.shape, colst.shape[0] // size[1]
    a, b, c = dy.reshape(dy.size), wt.reshape(wt.size), colst.reshape(colst.size)
    for r in range(r0, r1, step):
        end = min(r + step, r1)
        product(a, r * size[1] * F, F, 1, b, 0, K_, c, 0, K_, (end - r) * size[1], K_, F, False)
        fold(colst, kernel, stride, before, size, (r, end), line, dx)


def conv2d_weight_grad(x, dy, w_shape, stride, padding, out=None):
    """dw (KH, KW, C, F) of x (N, H, W, C) and dy (N, OH, OW, F): one partial sum per thread, added in order."""
    KH, KW, C, F = w_shape
    size, before, K = dy.shape[1:3], (padding[0][0], padding[1][0]), KH * KW * C
    dw = np.empty(w_shape, x.dtype) if out is None else out
    K_, F_ = padded(K, x.dtype), padded(F, x.dtype)
    dy2, total = dy.reshape(-1, F), take("dw, widened", (K_, F_), x.dtype)

    def job(n0, n1, part):
        cols = take("cols", (K_, at_once(size, K_)), x.dtype)
        block = take("block", (cols.shape[1], F_), x.dtype)
        cols[K:], block[:, F:] = 0, 0  # what they are multiplied with is added up
        weight_grad_part(x, dy2, (KH, KW), stride, before, size, n0 * size[0], n1 * size[0], cols, block, part)

    split_sum(job, x.shape[0], total)
    dw.reshape(K, F)[...] = total[:K, :F]
    return dw


@fast
def weight_grad_part(x, dy, kernel, stride, before, size, r0, r1, cols, block, dw):
    P, F, K_, F_ = cols.shape[1], dy.shape[1], dw.shape[0], dw.shape[1]
    a, c, step = cols.reshape(cols.size), dw.reshape(dw.size), P // size[1]
    for r in range(r0, r1, step):
        end = min(r + step, r1)
        M, here = (end - r) * size[1], r * size[1]
        unfold(x, kernel, stride, before, size, (r, end), cols)
        fills = F == F_
        if not fills:
            copy_rows(dy, here, block, 0, M, F)
        b, at = (dy.reshape(dy.size), here * F) if fills else (block.reshape(block.size), 0)
        product(a, 0, P, 1, b, at, F_, c, 0, F_, K_, F_, M, True)


@fast
def copy_rows(source, s, target, t, M, F):
    """M rows of F numbers, from row s on, to row t on."""
    for m in range(M):
        for f in range(F):
            target[t + m, f] = source[s + m, f]


def at_once(size, K):
    """Pixels in as many whole output rows as make about NUMBERS of cols."""
    return max(1, NUMBERS // (K * size[1])) * size[1]


def widened(matrix, name):
    """A copy whose rows are whole vectors: what is added to them is multiplied, and never read."""
    wide = take(name, (len(matrix), padded(matrix.shape[1], matrix.dtype)), matrix.dtype)
    wide[:, : matrix.shape[1]] = matrix
    return wide
