"""What follows the product in a dense layer or a convolution: a bias and a leaky rectifier, in one pass over memory."""

import numpy as np

from minigan import kernels
from minigan.layers.base import Layer, param


class Affine(Layer):
    """A layer that computes y = leaky(product of x and w + b), leaky(z) = z where z > 0, else slope * z.

    channels: the size of y's last axis, and of b, which is 0 at first. slope: None for no rectifier; else at least 0,
    because backward reads the sign of z off y. Raises ValueError for another slope.
    """

    output_axis = 0  # the axis of w that counts the outputs, for spectral normalisation

    def __init__(self, channels: int, bias: bool, slope: float | None) -> None:
        if slope is not None and not 0 <= slope < np.inf:
            raise ValueError(f"slope must be None or a number of at least 0, got {slope}; for less use LeakyReLU")
        self.slope = 1.0 if slope is None else slope
        self.params = {"b": np.zeros(channels, np.float32)} if bias else {}

    def bias(self, x: np.ndarray) -> np.ndarray | None:
        """b in x's dtype, or None."""
        return param(self, "b", x) if "b" in self.params else None

    def rectified(self, dy: np.ndarray, y: np.ndarray) -> np.ndarray:
        """f dy, with f = 1 where y > 0, else slope."""
        return dy if self.slope == 1 else kernels.leaky_relu_grad(dy, y, self.slope)

    def begin(self, dy: np.ndarray, y: np.ndarray, summed: bool) -> tuple[np.ndarray, dict]:
        """Backward of rectifier and bias -> dz = f dy, and {"b": the sum of dz over all axes but the last}; {} if
        `summed` is False or there is no bias."""
        dy, C = np.ascontiguousarray(dy), y.shape[-1]
        if not summed or "b" not in self.params:
            return self.rectified(dy, y), {}
        dz, db = kernels.bias_grad(dy.reshape(-1, C), y.reshape(-1, C), self.slope)
        return dz.reshape(dy.shape), {"b": db}

    def no_bias_grad(self, y: np.ndarray) -> dict[str, np.ndarray]:
        """{"b": zeros} if there is a bias: dx does not depend on it."""
        return {"b": np.zeros(y.shape[-1], y.dtype)} if "b" in self.params else {}
