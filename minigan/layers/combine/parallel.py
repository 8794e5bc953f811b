"""Sum, Concat and Identity: layers side by side, which all get the same x.

A residual block (He et al. 2016, arXiv:1512.03385, eq. 1) is `Sum(body, Identity())`, or with a convolution in place of
the identity where the body changes the shape (eq. 2).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from minigan.layers.base import Layer, Visit
from minigan.layers.combine.base import ERRORS, Composite, Trace, joined_name, prefixed, raise_named
from minigan.layers.combine.sequential import Sequential


class Branches(Composite):
    """The base of `Sum` and `Concat`. A subclass writes `combined` (the outputs y_k -> y) and `dy_of_branches` (dy ->
    dy_k of each branch).

    Each branch computes y_k = f_k(x), so dx = sum_k dx_k. Raises ValueError if the shapes of the y_k do not fit.
    """

    @property
    def pack_size(self) -> int:
        return next(iter(self.layers.values())).pack_size

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        """The outputs of the branches -> y."""
        raise NotImplementedError

    def dy_of_branches(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        """dy -> the dy_k of each branch. widths: the channels of each y_k."""
        raise NotImplementedError

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, list]:
        ys, caches = [], []
        for name, layer in self.layers.items():
            try:
                y, cache = layer.apply(x, training, given)
            except ERRORS as error:
                raise_named(error, name)
            ys.append(y)
            caches.append((cache, y.shape[-1]))
        return self.combined(ys), caches

    def backward(
        self, dy: np.ndarray, cache: list, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        dxs, grads = [], {}
        for name, layer, layer_cache, dy_k in self._branches(dy, cache):
            try:
                dx, layer_grads = layer.pull_back(dy_k, layer_cache, param_grads, input_grad)
            except ERRORS as error:
                raise_named(error, name)
            dxs.append(dx)
            grads.update(prefixed(name, layer_grads))
        return (added_up(dxs) if input_grad else None), grads

    def trace_back(self, dy: np.ndarray, cache: list) -> tuple[np.ndarray, Trace]:
        dxs, trace = [], Trace()
        for name, layer, layer_cache, dy_k in self._branches(dy, cache):
            try:
                dx, layer_trace = layer.trace_back(dy_k, layer_cache)
            except ERRORS as error:
                raise_named(error, name)
            dxs.append(dx)
            trace.append(layer_trace)
        return added_up(dxs), trace

    def second_order(self, ddx: np.ndarray, trace: Trace, cache: list, rule: Any) -> tuple[np.ndarray, dict]:
        """dx = sum_k dx_k, so each branch gets the whole ddx. The ddy_k are combined as the y_k are in forward."""
        ddys, grads = [], {}
        for (name, layer), layer_trace, (layer_cache, _) in zip(self.layers.items(), trace, cache, strict=True):
            try:
                ddy, layer_grads = layer.second_order(ddx, layer_trace, layer_cache, rule)
            except ERRORS as error:
                raise_named(error, name)
            ddys.append(ddy)
            grads.update(prefixed(name, layer_grads))
        return self.combined(ddys), grads

    def hand_on(self, given: dict | None) -> dict | None:
        # all y_k have the same number of samples, or `combined` raises: the first branch's answer holds for all
        return next(iter(self.layers.values())).hand_on(given)

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        ys = []
        for key, layer in self.layers.items():
            ys.append((yield from layer.walk(x, training, given, joined_name(name, key))))
        return self.combined(ys)

    def replacement(self, key: str, new_layers: Any) -> dict[str, Layer]:
        return {key: Sequential(*new_layers) if isinstance(new_layers, list) else new_layers}

    def _branches(self, dy: np.ndarray, cache: list) -> Iterator[tuple]:
        """(name, layer, its cache, its dy) of every branch."""
        self.expect_cache(cache)
        dys = self.dy_of_branches(dy, [width for _, width in cache])
        for (name, layer), (layer_cache, _), dy_k in zip(self.layers.items(), cache, dys, strict=True):
            yield name, layer, layer_cache, dy_k


class Sum(Branches):
    """y = f_1(x) + f_2(x) + ...; so dy_k = dy for each branch, and dx = dx_1 + dx_2 + ...

        block = Sum(("body", Sequential(...)), ("skip", Identity()))          # a residual block

    The outputs of all branches must have the same shape. Source: He et al. 2016, arXiv:1512.03385, eqs. 1 and 2.
    """

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        shapes = {name: y.shape for name, y in zip(self.layers, ys, strict=True)}
        if len(set(shapes.values())) > 1:
            raise ValueError(
                f"the outputs of a Sum's branches must have the same shape, got {shapes}; replace Identity() by a "
                "Dense or Conv2D that gives the body's shape"
            )
        return added_up(ys)

    def dy_of_branches(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        return [dy] * len(widths)


class Concat(Branches):
    """y = (f_1(x), f_2(x), ...), side by side along the last axis; dy_k is the slice of dy at y_k's channels.

    The branches' outputs may differ only in the last axis (channels, features). Source: Szegedy et al. 2015,
    arXiv:1409.4842, section 4.
    """

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        shapes = {name: y.shape for name, y in zip(self.layers, ys, strict=True)}
        if len({shape[:-1] for shape in shapes.values()}) > 1 or ys[0].ndim < 2:
            raise ValueError(
                f"the outputs of a Concat's branches, (N, ..., C), may differ only in the last axis, got {shapes}"
            )
        return np.concatenate(ys, axis=-1)

    def dy_of_branches(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        if dy.shape[-1] != sum(widths):
            raise ValueError(f"Concat.backward expected dy with {sum(widths)} entries in its last axis, got {dy.shape}")
        return np.split(dy, np.cumsum(widths)[:-1], axis=-1)


class Identity(Layer):
    """y = x, dx = dy: the skip of a residual block. y and dx are copies: x and dy stay if they change in place."""

    per_sample = parameter_free = True

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        return x.copy(), self.seal(shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return dy.copy(), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = dy, so ddy = ddx."""
        self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        return ddx.copy(), {}


def added_up(arrays: list[np.ndarray]) -> np.ndarray:
    """The sum of arrays of the same shape, first to last."""
    total = arrays[0] + arrays[1] if len(arrays) > 1 else arrays[0]
    for array in arrays[2:]:
        total += array
    return total
