"""Exercise 03: a convolution, forwards and backwards.

Everywhere: images x (N, H, W, C), kernels w (KH, KW, C, F), stride (sh, sw), pads ((top, bottom), (left, right)).
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are. NumPy is all you need.

    minigan exercise check ex03 work        (work: the folder that this file is in)
"""

import numpy as np


def output_size(size, kernel, stride, before, after):
    """How many windows of `kernel` pixels, `stride` pixels apart, fit into `size` pixels with `before` zeros in front
    of them and `after` behind."""
    return (size + before + after - kernel) // stride + 1


def conv_loops(x, w, stride, pads):
    """x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F), by loops, straight from the formula.

    Pixels outside of the image count as 0. Plain Python loops; they may be slow.
    """
    (N, H, W, C), (KH, KW, _, F) = x.shape, w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    y = np.zeros((N, OH, OW, F), x.dtype)
    for n, i, j, f in np.ndindex(N, OH, OW, F):
        for p, q, c in np.ndindex(KH, KW, C):
            row, column = i * sh + p - top, j * sw + q - left
            if 0 <= row < H and 0 <= column < W:
                y[n, i, j, f] += x[n, row, column, c] * w[p, q, c, f]
    return y


def im2col(x, kernel, stride, pads):
    """x (N, H, W, C), kernel (KH, KW) -> cols (N * OH * OW, KH * KW * C): in each row the pixels of one window.

    Rows count (n, i, j), columns count (p, q, c), the last one fastest.
    """
    (N, H, W, C), (KH, KW) = x.shape, kernel
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    cols = np.empty((N, OH, OW, KH, KW, C), x.dtype)
    for p, q in np.ndindex(KH, KW):
        cols[:, :, :, p, q] = padded[:, p : p + sh * OH : sh, q : q + sw * OW : sw]
    return cols.reshape(N * OH * OW, KH * KW * C)


def col2im(cols, x_shape, kernel, stride, pads):
    """The way back: cols (N * OH * OW, KH * KW * C) -> an array of x_shape (N, H, W, C).

    Every number of cols returns to the pixel that im2col took it from.
    """
    (N, H, W, C), (KH, KW) = x_shape, kernel
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    OH, OW = output_size(H, KH, sh, top, bottom), output_size(W, KW, sw, left, right)
    cols = cols.reshape(N, OH, OW, KH, KW, C)
    padded = np.zeros((N, top + H + bottom, left + W + right, C), cols.dtype)
    for p, q in np.ndindex(KH, KW):
        padded[:, p : p + sh * OH : sh, q : q + sw * OW : sw] += cols[:, :, :, p, q]
    return padded[:, top : top + H, left : left + W]


class MyConv:
    """A convolution layer with a bias, made of im2col, matrix products and col2im."""

    def __init__(self, c_in, c_out, kernel, stride=(1, 1), pads=((0, 0), (0, 0)), seed=0):
        self.kernel, self.stride, self.pads = kernel, stride, pads
        w = np.random.default_rng(seed).standard_normal((*kernel, c_in, c_out))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        """x (N, H, W, C) -> y (N, OH, OW, F), and a cache: whatever backward needs."""
        w, (N, H, W, _) = self.params["w"], x.shape
        OH = output_size(H, self.kernel[0], self.stride[0], *self.pads[0])
        OW = output_size(W, self.kernel[1], self.stride[1], *self.pads[1])
        cols = im2col(x, self.kernel, self.stride, self.pads)
        y = cols @ w.reshape(-1, w.shape[3]) + self.params["b"]
        return y.reshape(N, OH, OW, -1), (cols, x.shape)

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}."""
        (cols, x_shape), w = cache, self.params["w"]
        dy = dy.reshape(len(cols), -1)
        dx = col2im(dy @ w.reshape(-1, w.shape[3]).T, x_shape, self.kernel, self.stride, self.pads)
        return dx, {"w": (cols.T @ dy).reshape(w.shape), "b": dy.sum(axis=0)}
