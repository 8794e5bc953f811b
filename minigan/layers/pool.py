"""AveragePool2D, MaxPool2D, SumPool: from the pixels of a block, or of the whole image, one number for each channel."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import pair
from minigan.layers.base import Layer, expect


class AveragePool2D(Layer):
    """y[n, i, j, c] = the mean of x[n, r, s, c] over block (i, j): i sh <= r < (i + 1) sh, j sw <= s < (j + 1) sw.

    x (N, H, W, C) -> y (N, ceil(H / sh), ceil(W / sw), C), as a "same" convolution with this stride gives: where size
    does not divide H or W, the last blocks are smaller, and their mean is over the pixels that they hold. So 7 x 7
    pixels become 4 x 4, and a constant image stays constant.

    Backward. Block (i, j) holds m_ij pixels, each of which is in y_ij with weight 1 / m_ij:
        dx[n, r, s, c] = dy[n, i, j, c] / m_ij        for the block (i, j) of pixel (r, s)

    size: a number or a pair (height, width), at least 1; larger than the image, it is the mean of all pixels.
    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II.B; it ends the
    downward blocks of BigGAN's D (Brock et al. 2019, arXiv:1809.11096, appendix B).
    """

    per_sample = parameter_free = True

    def __init__(self, size: int | tuple[int, int] = 2) -> None:
        self.size = pair("size", size)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        y = self.means(x)
        return y, self.seal(x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x_shape,) = self.unseal(cache, dy)
        return kernels.block_repeat(dy * self.shares(x_shape, dy.dtype), self.size, x_shape), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dy[n, i, j, c] / m_ij is in the dx of each pixel of its block, so ddy is the mean of ddx over the block."""
        (x_shape,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return self.means(ddx), {}

    def means(self, x: np.ndarray) -> np.ndarray:
        y = kernels.block_sums(x, self.size)
        y *= self.shares(x.shape, x.dtype)
        return y

    def shares(self, x_shape: tuple, dtype: Any) -> np.ndarray:
        """1 / m_ij, (OH, OW, 1): m_ij is rows of the block times its columns."""
        rows, columns = (
            np.minimum(step, extent - np.arange(0, extent, step))
            for extent, step in zip(x_shape[1:3], self.size, strict=True)
        )
        return (1 / np.multiply.outer(rows, columns))[..., None].astype(dtype)


class MaxPool2D(Layer):
    """y[n, i, j, c] = the largest x[n, r, s, c] of block (i, j): i sh <= r < (i + 1) sh, j sw <= s < (j + 1) sw.

    x (N, H, W, C) -> y (N, ceil(H / sh), ceil(W / sw), C). Where size does not divide H or W, the last blocks are
    smaller, as in `AveragePool2D`.

    Backward: dx is dy at the pixel that was largest, 0 at the others. Where several are equal the function has no
    derivative, and the first of them is taken, row by row.

    size: a number or a pair (height, width), at least 1. Source: Ranzato et al. 2007, "Unsupervised learning of
    invariant feature hierarchies", section 2; in GANs, `minigan.layers.attention`.
    """

    per_sample = parameter_free = True

    def __init__(self, size: int | tuple[int, int] = 2) -> None:
        self.size = pair("size", size)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        y, winner = kernels.block_max(x, self.size)
        return y, self.seal(winner, x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        winner, x_shape = self.unseal(cache, dy)
        return kernels.block_scatter(dy, winner, self.size, x_shape), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is dy at the winners, which a small change of x does not change: ddy is ddx at the winners."""
        winner, x_shape = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return kernels.block_gather(ddx, winner, self.size), {}


class SumPool(Layer):
    """y[n, c] = sum over i, j of x[n, i, j, c]; so dx[n, i, j, c] = dy[n, c]. x (N, H, W, C) -> y (N, C).

    The end of D's convolutions in SNGAN's residual networks, SAGAN and BigGAN: after it, one Dense gives the logit,
    and the product with a class's embedding is added (Miyato & Koyama 2018, arXiv:1802.05637, figure 14).
    """

    per_sample = parameter_free = True

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        y = x.sum(axis=(1, 2))
        return y, self.seal(x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x_shape,) = self.unseal(cache, dy)
        return np.broadcast_to(dy[:, None, None], x_shape).copy(), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dy[n, c] is in the dx of each pixel, so ddy is the sum of ddx over all pixels."""
        (x_shape,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return ddx.sum(axis=(1, 2)), {}
