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
    """What `Sum` and `Concat` share. A subclass writes how the branches' outputs become y, `combined`, and which part
    of a dy belongs to each branch, `shares`.

    Each branch k computes y_k = f_k(x), so dx is the sum over the branches of what each says: dx = sum_k dx_k.
    Raises ValueError where the shapes of the branches do not fit together.
    """

    @property
    def pack_size(self) -> int:
        return next(iter(self.layers.values())).pack_size

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        """The outputs of the branches -> y."""
        raise NotImplementedError

    def shares(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        """dy -> the dy_k of each branch. widths: the channels of each branch's output."""
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
        for name, layer, layer_cache, share in self._parts(dy, cache):
            try:
                dx, layer_grads = layer.pull_back(share, layer_cache, param_grads, input_grad)
            except ERRORS as error:
                raise_named(error, name)
            dxs.append(dx)
            grads.update(prefixed(name, layer_grads))
        return (added_up(dxs) if input_grad else None), grads

    def trace_back(self, dy: np.ndarray, cache: list) -> tuple[np.ndarray, Trace]:
        dxs, trace = [], Trace()
        for name, layer, layer_cache, share in self._parts(dy, cache):
            try:
                dx, layer_trace = layer.trace_back(share, layer_cache)
            except ERRORS as error:
                raise_named(error, name)
            dxs.append(dx)
            trace.append(layer_trace)
        return added_up(dxs), trace

    def second_order(self, ddx: np.ndarray, trace: Trace, cache: list, rule: Any) -> tuple[np.ndarray, dict]:
        """dx = sum_k dx_k, so each branch gets the whole ddx, and its ddy_k are combined as its y_k were."""
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
        return next(iter(self.layers.values())).hand_on(given)  # all branches make as many samples of x's

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        ys = []
        for key, layer in self.layers.items():
            ys.append((yield from layer.walk(x, training, given, joined_name(name, key))))
        return self.combined(ys)

    def replacement(self, key: str, parts: Any) -> dict[str, Layer]:
        return {key: Sequential(*parts) if isinstance(parts, list) else parts}

    def _parts(self, dy: np.ndarray, cache: list) -> Iterator[tuple]:
        """(name, layer, its cache, its dy) of every branch."""
        self.expect_cache(cache)
        shares = self.shares(dy, [width for _, width in cache])
        for (name, layer), (layer_cache, _), share in zip(self.layers.items(), cache, shares, strict=True):
            yield name, layer, layer_cache, share


class Sum(Branches):
    """y = f_1(x) + f_2(x) + ...; so dy_k = dy for each branch, and dx = dx_1 + dx_2 + ...

        block = Sum(("body", Sequential(...)), ("skip", Identity()))          # a residual block

    All branches must give one shape. Source: He et al. 2016, arXiv:1512.03385, eqs. 1 and 2.
    """

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        shapes = {name: y.shape for name, y in zip(self.layers, ys, strict=True)}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"the branches of a Sum must give one shape, got {shapes}; give the skip a layer")
        return added_up(ys)

    def shares(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        return [dy] * len(widths)


class Concat(Branches):
    """y = (f_1(x), f_2(x), ...), side by side along the last axis; dy_k is the part of dy that lies where y_k does.

    The branches' outputs may differ in their last axis (channels, features) alone. Source: Szegedy et al. 2015,
    arXiv:1409.4842, section 4.
    """

    def combined(self, ys: list[np.ndarray]) -> np.ndarray:
        shapes = {name: y.shape for name, y in zip(self.layers, ys, strict=True)}
        if len({shape[:-1] for shape in shapes.values()}) > 1 or ys[0].ndim < 2:
            raise ValueError(
                f"the branches of a Concat must give (N, ..., C), one shape but for the last axis, got {shapes}"
            )
        return np.concatenate(ys, axis=-1)

    def shares(self, dy: np.ndarray, widths: list[int]) -> list[np.ndarray]:
        if dy.shape[-1] != sum(widths):
            raise ValueError(f"Concat.backward expected dy with {sum(widths)} entries in its last axis, got {dy.shape}")
        return np.split(dy, np.cumsum(widths)[:-1], axis=-1)


class Identity(Layer):
    """y = x, dx = dy: the skip of a residual block."""

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
    """The sum of arrays of one shape, in order."""
    total = arrays[0] + arrays[1] if len(arrays) > 1 else arrays[0]
    for array in arrays[2:]:
        total += array
    return total
