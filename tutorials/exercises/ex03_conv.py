"""Exercise 03: a convolution, forwards and backwards.

Everywhere: images x (N, H, W, C), kernels w (KH, KW, C, F), stride (sh, sw), pads ((top, bottom), (left, right)).
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are. NumPy is all you need.

    minigan exercise check ex03 work        (work: the folder that this file is in)
"""

import numpy as np


def output_size(size, kernel, stride, before, after):
    """How many windows of `kernel` pixels, `stride` pixels apart, fit into `size` pixels with `before` zeros in front
    of them and `after` behind."""
    raise NotImplementedError("output_size: to be written")


def conv_loops(x, w, stride, pads):
    """x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F), by loops, straight from the formula.

    Pixels outside of the image count as 0. Plain Python loops; they may be slow.
    """
    raise NotImplementedError("conv_loops: to be written")


def im2col(x, kernel, stride, pads):
    """x (N, H, W, C), kernel (KH, KW) -> cols (N * OH * OW, KH * KW * C): in each row the pixels of one window.

    Rows count (n, i, j), columns count (p, q, c), the last one fastest.
    """
    raise NotImplementedError("im2col: to be written")


def col2im(cols, x_shape, kernel, stride, pads):
    """The way back: cols (N * OH * OW, KH * KW * C) -> an array of x_shape (N, H, W, C).

    Every number of cols returns to the pixel that im2col took it from.
    """
    raise NotImplementedError("col2im: to be written")


class MyConv:
    """A convolution layer with a bias, made of im2col, matrix products and col2im."""

    def __init__(self, c_in, c_out, kernel, stride=(1, 1), pads=((0, 0), (0, 0)), seed=0):
        self.kernel, self.stride, self.pads = kernel, stride, pads
        w = np.random.default_rng(seed).standard_normal((*kernel, c_in, c_out))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        """x (N, H, W, C) -> y (N, OH, OW, F), and a cache: whatever backward needs."""
        raise NotImplementedError("forward: to be written")

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}."""
        raise NotImplementedError("backward: to be written")
