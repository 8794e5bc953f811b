"""Exercise 04: the transposed convolution, forwards and backwards.

Everywhere: small images x (N, H, W, C), kernels w (KH, KW, F, C), large images y (N, OH, OW, F), stride (sh, sw), and
pads ((top, bottom), (left, right)): that many rows and columns are cropped.
Replace each `raise NotImplementedError` by your lines; leave names and arguments as they are.

    minigan exercise check ex04 work        (work: the folder that this file is in)
"""

import numpy as np

from minigan import kernels  # for the backward pass: conv2d and conv2d_weight_grad, as in step 04


def output_size(size, kernel, stride, before, after):
    """How many pixels `size` pixels become, each painting `kernel` of them, `stride` apart, when `before` pixels are
    cropped at the front and `after` at the end."""
    return (size - 1) * stride + kernel - before - after


def same_crop(kernel, stride):
    """How many pixels to crop, (before, after), so that `size` pixels become size * stride. An odd one is cropped at
    the end. For a kernel of at least `stride` pixels."""
    total = kernel - stride
    return total // 2, total - total // 2


def conv_transpose(x, w, stride, pads):
    """x (N, H, W, C), w (KH, KW, F, C) -> y (N, OH, OW, F): every pixel paints a copy of the kernel."""
    (N, H, W, _), (KH, KW, F, _) = x.shape, w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, pads
    height, width = (H - 1) * sh + KH, (W - 1) * sw + KW
    canvas = np.zeros((N, height, width, F), x.dtype)
    for p, q in np.ndindex(KH, KW):
        canvas[:, p : p + sh * H : sh, q : q + sw * W : sw] += x @ w[p, q].T
    return canvas[:, top : height - bottom, left : width - right]


class MyTransposed:
    """A transposed convolution with a bias."""

    def __init__(self, c_in, c_out, kernel, stride=(1, 1), pads=((0, 0), (0, 0)), seed=0):
        self.stride, self.pads = stride, pads
        w = np.random.default_rng(seed).standard_normal((*kernel, c_out, c_in))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        """x (N, H, W, C) -> y (N, OH, OW, F), and a cache: whatever backward needs."""
        return conv_transpose(x, self.params["w"], self.stride, self.pads) + self.params["b"], x

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}."""
        x, w = cache, self.params["w"]
        dx = kernels.conv2d(dy, w, self.stride, self.pads)
        dw = kernels.conv2d_weight_grad(dy, x, w.shape, self.stride, self.pads)
        return dx, {"w": dw, "b": dy.sum(axis=(0, 1, 2))}
