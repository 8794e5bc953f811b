"""The smallest GAN: G moves a small cloud of points, D is a straight line. It shows why the two players circle.

Mescheder, Geiger & Nowozin 2018, "Which Training Methods for GANs do actually Converge?" (arXiv:1801.04406), section 2:
all data are one point, G has one number theta, its place, and D has one number psi, its slope. Here it is the same in
the plane, so theta and psi are vectors of two numbers, and the path can be seen.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from minigan.layers import Dense, Layer, Sequential
from minigan.layers.base import expect, param

SPREAD = 0.05  # of G's cloud, along each axis; that of --data dirac is the same
START = 1.0  # G's distance from the data
SLOPE = 0.5  # of D at the start, across G's direction: a path as wide as it is long would leave D's loss constant


class Shift(Layer):
    """y = spread * z + b. z (N, C) -> y (N, C). Its only parameter is b (C,), the place of the cloud.

    Backward: dz = spread * dy, and db[c] = sum_n dy[n, c].
    """

    per_sample = True

    def __init__(self, place: np.ndarray, spread: float = SPREAD) -> None:
        self.spread = spread
        self.params = {"b": np.array(place, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=2, channels=len(self.params["b"]), axis_name="features")
        y = (self.spread * x + param(self, "b", x)).astype(x.dtype)
        return y, self.seal(shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return (self.spread * dy).astype(dy.dtype), {"b": dy.sum(axis=0)} if param_grads else {}


def dirac(sample_shape: Sequence[int], *, z_dim: int = 2, rng: np.random.Generator) -> tuple[Sequential, Sequential]:
    """G, D for points: G(z) = 0.05 z + theta, D(x) = psi x, without a bias.

    theta begins at distance 1 from (0, 0), in a random direction; psi is 0.5 long, at right angles to theta.
    Raises ValueError for images, or a z_dim that is not 2.
    """
    if tuple(sample_shape) != (2,) or z_dim != 2:
        raise ValueError(f"preset dirac moves points in the plane by 2 numbers of noise, got samples of shape "
                         f"{tuple(sample_shape)} and --z-dim {z_dim}; use --data dirac")  # fmt: skip
    angle = rng.uniform(0, 2 * np.pi)
    theta = START * np.array([np.cos(angle), np.sin(angle)])
    psi = SLOPE * np.array([[-np.sin(angle)], [np.cos(angle)]])  # (2, 1)
    slope = Dense(2, 1, bias=False, init=lambda rng, shape, *fans: psi.astype(np.float32), rng=rng)
    return Sequential(("shift", Shift(theta))), Sequential(("slope", slope))
