"""Equalised: a layer whose weight is multiplied by a constant at each pass, so that all layers learn equally fast."""

import copy
from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from minigan.checks import positive
from minigan.layers.base import Layer
from minigan.layers.spectral import output_axis


class Equalised(Layer):
    """The layer with c w in place of w, c = gain / sqrt(fan_in).

    Source: Karras et al. 2018, arXiv:1710.10196, section 4.1. Their c is He's constant, gain = sqrt(2) before a
    rectifier; the last layer of each network has gain 1 (their code).

    fan_in is how many numbers one output sums over: n_in for Dense, KH KW c_in for the convolutions. w should begin
    normal with variance 1 (`init=unit_normal`); then c w begins as He's rule has it.

    Why not draw w with the deviation c at once? Adam moves every number by about lr, whatever the size of its
    gradient. A weight of size c would then change by lr / c of itself: much in wide layers, little in narrow ones. Here
    all w have size 1, and c w changes by the same share in every layer.

    layer: a Dense or a convolution, with all its options. `params` are the layer's own, w before it is
    multiplied, and that is what the optimizer moves.

    Backward. y depends on w through c w only, so with the layer's own gradient G = dL/d(c w)
        dL/dw = c G            and dx, db are those of the layer with c w
    Second order likewise: ddy is the layer's own with c w, and dP/dw = c dP/d(c w).
    Raises ValueError for another layer, or a gain that is not above 0.
    """

    def __init__(self, layer: Layer, *, gain: float = sqrt(2)) -> None:
        axis = output_axis(layer, "Equalised")
        outputs = layer.params["w"].shape[axis]
        self.layer, self.gain = layer, positive("gain", gain)
        self.c = self.gain / sqrt(layer.params["w"].size / outputs)

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The trained arrays of the layer inside: w as it is before it is multiplied."""
        return self.layer.params

    @property
    def per_sample(self) -> bool:
        return self.layer.per_sample

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        w = self.layer.params["w"]
        scaled = copy.copy(self.layer)  # the same layer, but for its weight
        scaled.params = {**self.layer.params, "w": w * w.dtype.type(self.c)}
        y, cache = scaled.apply(x, training)
        return y, self.seal(scaled, cache, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        scaled, inner = self.unseal(cache, dy)
        dx, grads = scaled.pull_back(dy, inner, param_grads, input_grad)
        return dx, self.raw(grads)

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        return self.second_order(ddx, dy, cache, lambda layer, *rest: layer.double_backward(*rest))

    def second_order(self, ddx: np.ndarray, dy: np.ndarray, cache: Any, rule: Callable) -> tuple[np.ndarray, dict]:
        scaled, inner = self.unseal(cache, dy)
        ddy, grads = rule(scaled, ddx, dy, inner)
        return ddy, self.raw(grads)

    def raw(self, grads: dict) -> dict:
        """The gradients with respect to w and b, from those with respect to c w and b."""
        return {key: g * g.dtype.type(self.c) if key == "w" else g for key, g in grads.items()}


def unit_normal(rng: np.random.Generator, shape: tuple, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal(0, 1) whatever the size: the initialiser of a layer that goes into an Equalised."""
    return rng.standard_normal(shape).astype(np.float32)
