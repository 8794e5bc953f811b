"""What follows the product in a dense layer or a convolution: a bias and a leaky rectifier, in one pass."""

import numpy as np

from minigan import kernels
from minigan.layers.base import Layer, param


class Affine(Layer):
    """A layer whose y is a product of x and w, of any kind, then + b if there is one, then LeakyReLU(slope).

    channels: the size of y's last axis, and of b, which is 0 at first. slope: None for no rectifier; else at least 0,
    since backward knows the sign before the rectifier by that of y. Raises ValueError for another.
    """

    def __init__(self, channels, bias, slope):
        if slope is not None and not 0 <= slope < np.inf:
            raise ValueError(f"slope must be None or a number of at least 0, got {slope}; for less use LeakyReLU")
        self.slope = 1.0 if slope is None else slope
        self.params = {"b": np.zeros(channels, np.float32)} if bias else {}

    def bias(self, x):
        """b in x's dtype, or None."""
        return param(self, "b", x) if "b" in self.params else None

    def begin(self, dy, y, share=None, summed=True):
        """Backward of both -> dz = dy where y > 0, else slope * dy; and {"b": its sum over all axes but the last} if
        there is a bias and the sum is wanted. share (N,): how much each sample counts in it."""
        dy, C = np.ascontiguousarray(dy), y.shape[-1]
        if not summed or "b" not in self.params:
            return (dy if self.slope == 1 else kernels.leaky_relu_grad(dy, y, self.slope)), {}
        dz, db = kernels.bias_grad(dy.reshape(-1, C), y.reshape(-1, C), self.slope, share)
        return dz.reshape(dy.shape), {"b": db}

    def begin_again(self, dy, y, share=None):
        """`begin` for double_backward: the bias has a gradient in the measure of share, so none without."""
        dz, grads = self.begin(dy, y, share, summed=share is not None)
        return dz, (grads or {key: np.zeros(y.shape[-1], y.dtype) for key in self.params if key == "b"})

    def push(self, z, y, share=None):
        """The product of a ddx -> ddy: z + share b where y > 0, else slope * (z + share b)."""
        if share is not None and "b" in self.params:
            C = y.shape[-1]
            kernels.push_bias(z.reshape(-1, C), y.reshape(-1, C), self.bias(z), share, self.slope)
            return z
        return z if self.slope == 1 else kernels.leaky_relu_grad(z, y, self.slope)
