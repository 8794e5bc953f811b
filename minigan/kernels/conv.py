"""Convolution and its two adjoints, as matrix products over unrolled windows (im2col).

A convolution (cross-correlation, as every deep-learning library has it) of images x (N, H, W, C) with a kernel
w (KH, KW, C, F), stride (sh, sw) and zero padding ((top, bottom), (left, right)) is

    y[n, i, j, f] = sum over p, q, c of  x[n, i*sh + p - top, j*sw + q - left, c] * w[p, q, c, f].      (1)

It is linear in x and linear in w, so its two gradients are the same triple product, read from the other ends:

    dx[n, i*sh + p - top, j*sw + q - left, c] += dy[n, i, j, f] * w[p, q, c, f]                         (2)
    dw[p, q, c, f] = sum over n, i, j of  x[n, i*sh + p - top, j*sw + q - left, c] * dy[n, i, j, f]     (3)

(2) is also the *forward* pass of the transposed convolution, and (1) is its input gradient: three kernels serve
six passes (Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", section 4).

Unrolling: write the window under each output position as one row of a matrix `cols` (N*OH*OW, KH*KW*C). Then
(1) is cols @ w, (3) is cols.T @ dy and (2) is dy @ w.T followed by adding every row back to where it was read
(col2im). The matrix is KH*KW/(sh*sw) times larger than the images, so it is made for a few images at a time.
"""

import numpy as np
from numba import njit, prange

BLOCK = 1 << 20  # entries of `cols` held at a time: 4 MB in float32, about what a core's second-level cache holds


def images_per_block(OH, OW, KH, KW, C):
    """How many images may be unrolled at once so that `cols` stays near BLOCK entries."""
    return max(1, BLOCK // max(1, OH * OW * KH * KW * C))


@njit(parallel=True, cache=True, nogil=True)
def im2col(x, cols, stride, padding):
    """cols[n, i, j, p, q, c] = x[n, i*sh + p - top, j*sw + q - left, c], and 0 where that lies in the padding."""
    N, H, W, C = x.shape
    _, OH, OW, KH, KW, _ = cols.shape
    sh, sw = stride
    top, left = padding[0][0], padding[1][0]
    for row in prange(N * OH):
        n, i = row // OH, row % OH
        for j in range(OW):
            for p in range(KH):
                for q in range(KW):
                    h, v = i * sh + p - top, j * sw + q - left
                    if 0 <= h < H and 0 <= v < W:
                        for c in range(C):
                            cols[n, i, j, p, q, c] = x[n, h, v, c]
                    else:
                        for c in range(C):
                            cols[n, i, j, p, q, c] = 0


@njit(parallel=True, cache=True, nogil=True)
def col2im(cols, x, stride, padding):
    """The adjoint of im2col: x[n, i*sh + p - top, j*sw + q - left, c] += cols[n, i, j, p, q, c].

    Windows overlap, so it must be += and never =. One image belongs to one thread: nobody else adds to it.
    """
    N, H, W, C = x.shape
    _, OH, OW, KH, KW, _ = cols.shape
    sh, sw = stride
    top, left = padding[0][0], padding[1][0]
    for n in prange(N):
        for i in range(OH):
            for j in range(OW):
                for p in range(KH):
                    for q in range(KW):
                        h, v = i * sh + p - top, j * sw + q - left
                        if 0 <= h < H and 0 <= v < W:
                            for c in range(C):
                                x[n, h, v, c] += cols[n, i, j, p, q, c]


def conv2d(x, w, stride, padding):
    """Equation (1): x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F)."""
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    OH, OW = output_size(H, KH, stride[0], padding[0]), output_size(W, KW, stride[1], padding[1])
    y = np.empty((N, OH, OW, F), x.dtype)
    w_matrix = w.reshape(KH * KW * C, F)
    block = images_per_block(OH, OW, KH, KW, C)
    cols = np.empty((min(block, N), OH, OW, KH, KW, C), x.dtype)
    for start in range(0, N, block):
        n = min(block, N - start)
        im2col(x[start : start + n], cols[:n], stride, padding)
        np.matmul(cols[:n].reshape(n * OH * OW, -1), w_matrix, out=y[start : start + n].reshape(-1, F))
    return y


def conv2d_input_grad(dy, w, x_shape, stride, padding):
    """Equation (2): dy (N, OH, OW, F), w (KH, KW, C, F) -> dx of the given shape (N, H, W, C)."""
    N, OH, OW, F = dy.shape
    KH, KW, C, _ = w.shape
    dx = np.zeros(x_shape, dy.dtype)
    w_matrix = w.reshape(KH * KW * C, F)
    block = images_per_block(OH, OW, KH, KW, C)
    cols = np.empty((min(block, N), OH, OW, KH, KW, C), dy.dtype)
    for start in range(0, N, block):
        n = min(block, N - start)
        rows = cols[:n].reshape(n * OH * OW, -1)
        np.matmul(dy[start : start + n].reshape(-1, F), w_matrix.T, out=rows)
        col2im(cols[:n], dx[start : start + n], stride, padding)
    return dx


def conv2d_weight_grad(x, dy, w_shape, stride, padding):
    """Equation (3): x (N, H, W, C), dy (N, OH, OW, F) -> dw of the given shape (KH, KW, C, F)."""
    N, OH, OW, F = dy.shape
    KH, KW, C, _ = w_shape
    dw = np.zeros((KH * KW * C, F), x.dtype)
    block = images_per_block(OH, OW, KH, KW, C)
    cols = np.empty((min(block, N), OH, OW, KH, KW, C), x.dtype)
    for start in range(0, N, block):
        n = min(block, N - start)
        im2col(x[start : start + n], cols[:n], stride, padding)
        dw += cols[:n].reshape(n * OH * OW, -1).T @ dy[start : start + n].reshape(-1, F)
    return dw.reshape(w_shape)


def output_size(size, kernel, stride, padding):
    """How many windows fit: floor((size + before + after - kernel) / stride) + 1."""
    return (size + padding[0] + padding[1] - kernel) // stride + 1


# The plain twins: equations (1) to (3) word for word, one loop for each index.


def conv2d_plain(x, w, stride, padding):
    """Equation (1) as loops."""
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, padding
    OH, OW = (H + top + bottom - KH) // sh + 1, (W + left + right - KW) // sw + 1
    y = np.zeros((N, OH, OW, F), x.dtype)
    for n, i, j in np.ndindex(N, OH, OW):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            h, v = i * sh + p - top, j * sw + q - left
            if 0 <= h < H and 0 <= v < W:
                y[n, i, j, f] += x[n, h, v, c] * w[p, q, c, f]
    return y


def conv2d_input_grad_plain(dy, w, x_shape, stride, padding):
    """Equation (2) as loops: the lines of conv2d_plain with y and x in each other's place."""
    N, H, W, C = x_shape
    KH, KW, _, F = w.shape
    (sh, sw), ((top, _), (left, _)) = stride, padding
    dx = np.zeros(x_shape, dy.dtype)
    for n, i, j in np.ndindex(dy.shape[:3]):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            h, v = i * sh + p - top, j * sw + q - left
            if 0 <= h < H and 0 <= v < W:
                dx[n, h, v, c] += dy[n, i, j, f] * w[p, q, c, f]
    return dx


def conv2d_weight_grad_plain(x, dy, w_shape, stride, padding):
    """Equation (3) as loops: the lines of conv2d_plain with y and w in each other's place."""
    N, H, W, C = x.shape
    KH, KW, _, F = w_shape
    (sh, sw), ((top, _), (left, _)) = stride, padding
    dw = np.zeros(w_shape, x.dtype)
    for n, i, j in np.ndindex(dy.shape[:3]):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            h, v = i * sh + p - top, j * sw + q - left
            if 0 <= h < H and 0 <= v < W:
                dw[p, q, c, f] += x[n, h, v, c] * dy[n, i, j, f]
    return dw
