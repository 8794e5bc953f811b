"""Exercise 04: the transposed convolution, forwards and backwards.

Everywhere: small images x (N, H, W, C), kernels w (KH, KW, F, C), large images y (N, OH, OW, F), stride (sh, sw), and
pads ((top, bottom), (left, right)): that many rows and columns are cropped.
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are.

    minigan exercise check ex04 work        (work: the folder that this file is in)
"""

import numpy as np

from minigan import kernels  # noqa: F401, for the backward pass: conv2d and conv2d_weight_grad, as in step 04


def output_size(size, kernel, stride, before, after):
    """How many pixels `size` pixels become, each painting `kernel` of them, `stride` apart, when `before` pixels are
    cropped at the front and `after` at the end."""
    raise NotImplementedError("output_size: to be written")


def same_crop(kernel, stride):
    """How many pixels to crop, (before, after), so that `size` pixels become size * stride. An odd one is cropped at
    the end. For a kernel of at least `stride` pixels."""
    raise NotImplementedError("same_crop: to be written")


def conv_transpose(x, w, stride, pads):
    """x (N, H, W, C), w (KH, KW, F, C) -> y (N, OH, OW, F): every pixel paints a copy of the kernel."""
    raise NotImplementedError("conv_transpose: to be written")


class MyTransposed:
    """A transposed convolution with a bias."""

    def __init__(self, c_in, c_out, kernel, stride=(1, 1), pads=((0, 0), (0, 0)), seed=0):
        self.stride, self.pads = stride, pads
        w = np.random.default_rng(seed).standard_normal((*kernel, c_out, c_in))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        """x (N, H, W, C) -> y (N, OH, OW, F), and a cache: whatever backward needs."""
        raise NotImplementedError("forward: to be written")

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}."""
        raise NotImplementedError("backward: to be written")
