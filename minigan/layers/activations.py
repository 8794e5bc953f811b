"""LeakyReLU, ReLU, Tanh, Sigmoid: one function for each entry, y = f(x), so dx = f'(x) dy."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.layers.base import Layer, expect
from minigan.losses import sigmoid


class LeakyReLU(Layer):
    """y = x where x > 0, else slope * x; so dx = dy where x > 0, else slope * dy.

    Any shape. At x = 0 the function has no derivative and `slope` is used. The sign is taken from the input: with
    a negative slope the output's would be another.
    slope: default 0.2 (Radford et al. 2016). Source: Maas, Hannun & Ng 2013.
    Raises ValueError if slope is not a finite number.
    """

    per_sample = parameter_free = True

    def __init__(self, slope: float = 0.2) -> None:
        if not np.isfinite(slope):
            raise ValueError(f"slope must be a finite number, got {slope}")
        self.slope = slope

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y = kernels.leaky_relu(x, self.slope)
        return y, self.seal(x, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x,) = self.unseal(cache, dy)
        return kernels.leaky_relu_grad(dy, x, self.slope), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = f dy with f = 1 where x > 0, else slope, which a small change of x does not change: ddy = f ddx."""
        (x,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        return kernels.leaky_relu_grad(ddx, x, self.slope), {}


class ReLU(LeakyReLU):
    """y = max(x, 0); dx = dy where x > 0, else 0. Any shape. Source: Nair & Hinton 2010."""

    def __init__(self) -> None:
        super().__init__(slope=0.0)


class Tanh(Layer):
    """y = tanh x; dx = (1 - y^2) dy, written with the output y, which is what the cache holds. Any shape.

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.4.
    """

    per_sample = parameter_free = True

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y = np.tanh(x)
        return y, self.seal(y, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (y,) = self.unseal(cache, dy)
        return (1 - y * y) * dy, {}


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)); dx = y (1 - y) dy, written with the output y. Any shape.

    Computed from exp(-|x|), which never overflows. For a discriminator leave it out: the losses take logits.
    Source: Rumelhart, Hinton & Williams 1986, eq. 2.
    """

    per_sample = parameter_free = True

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y = sigmoid(x)
        return y, self.seal(y, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (y,) = self.unseal(cache, dy)
        return y * (1 - y) * dy, {}
