"""InstanceNoise: D sees everything, real and generated, through the same noise."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from minigan.checks import generator, whole
from minigan.layers.base import Layer, expect


class InstanceNoise(Layer):
    """y = x + sigma * noise in training, noise standard normal, anew for each entry and each pass; y = x in evaluation.
    dx = dy: the noise does not depend on x.

    As D's first layer it adds the same noise to real and to generated samples. Images lie on thin sheets in the space
    of all pictures; two such sheets hardly meet, so a good D is certain everywhere and its gradient says nothing. Noise
    makes both fill the space: the distributions overlap, and a smooth path leads from the one to the other.
    Sources: Sonderby et al. 2017 (arXiv:1610.04490), "instance noise"; Arjovsky & Bottou 2017 (arXiv:1701.04862),
    section 3. Both let sigma fall during the training: see `anneal`.

    sigma: standard deviation, in the units of x (images span [-1, 1]); finite and at least 0, else ValueError. It is in
    `state["sigma"]`, of shape (), so that a hook may set it and a checkpoint keeps it. rng: numpy Generator; give it
    the Trainer's, whose state a checkpoint keeps too.
    """

    per_sample = parameter_free = True

    def __init__(self, sigma: float = 0.1, *, rng: np.random.Generator | None = None) -> None:
        if not isinstance(sigma, Real) or not (math.isfinite(sigma) and sigma >= 0):
            raise ValueError(f"sigma, the noise's standard deviation, must be finite and at least 0, got {sigma!r}")
        self.initial_sigma, self.rng = float(sigma), generator(rng)
        self.state = {"sigma": np.array(sigma, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        if not training:
            return x.copy(), self.seal(shape=x.shape)
        noise = self.rng.standard_normal(x.shape, x.dtype)
        noise *= self.state["sigma"].astype(x.dtype)
        noise += x
        return noise, self.seal(shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return dy.copy(), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = dy, so ddy = ddx."""
        self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        return ddx.copy(), {}


def anneal(layer: InstanceNoise, steps: int) -> Callable:
    """A hook for the Trainer's `before_step`: sigma falls in a straight line to 0 at step `steps`.

        sigma(t) = sigma(0) * max(0, 1 - t / steps)

    It depends on trainer.t alone, so a training that is resumed goes on as if never interrupted.
    Raises ValueError unless layer is an InstanceNoise and steps at least 1.
    """
    if not isinstance(layer, InstanceNoise):
        raise ValueError(f"anneal lowers the sigma of an InstanceNoise layer, got {type(layer).__name__}")
    steps = whole("steps, after which the noise is gone,", steps)

    def before_step(trainer):
        layer.state["sigma"][...] = layer.initial_sigma * max(0.0, 1 - trainer.t / steps)

    return before_step
