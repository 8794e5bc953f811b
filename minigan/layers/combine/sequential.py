"""Sequential: layers in sequence. Its cache is the list of their caches."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from minigan.layers.base import Layer, Visit
from minigan.layers.combine.base import ERRORS, Composite, Trace, joined_name, prefixed, raise_named


class Sequential(Composite):
    """y = f_n(... f_2(f_1(x))). Backward is the chain rule: the same layers in the opposite order.

        net = Sequential(("hidden", Dense(2, 64)), LeakyReLU(), ("logit", Dense(64, 1)))
        y, cache = net.forward(x)
        dx, grads = net.backward(dy, cache)       # grads["hidden.w"], grads["hidden.b"], ...

    Layers and names: see `Composite`. Source: Rumelhart, Hinton & Williams 1986 (the chain rule through layers).
    """

    @property
    def pack_size(self) -> int:
        return math.prod(layer.pack_size for layer in self.layers.values())

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, list]:
        caches = []
        for name, layer in self.layers.items():
            try:
                x, cache = layer.apply(x, training, given)
                given = layer.hand_on(given)
            except ERRORS as error:
                raise_named(error, name)
            caches.append(cache)
        return x, caches

    def backward(
        self, dy: np.ndarray, cache: list, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        self.expect_cache(cache)
        grads = {}
        stop_at = None if input_grad else self._first_with_params()
        for (name, layer), layer_cache in zip(reversed(self.layers.items()), reversed(cache), strict=True):
            try:
                dy, layer_grads = layer.pull_back(dy, layer_cache, param_grads, name != stop_at)
            except ERRORS as error:
                raise_named(error, name)
            for key, grad in layer_grads.items():
                grads[f"{name}.{key}"] = grad
            if name == stop_at:
                break
        return dy, grads

    def _first_with_params(self) -> str:
        """The last layer that backward must visit if dx is not needed: the first one that has parameters, or does not
        declare that it has none."""
        with_params = (name for name, layer in self.layers.items() if layer.params or not layer.parameter_free)
        return next(with_params, next(reversed(self.layers)))

    def trace_back(self, dy: np.ndarray, cache: list) -> tuple[np.ndarray, Trace]:
        self.expect_cache(cache)
        trace = Trace()
        for (name, layer), layer_cache in zip(reversed(self.layers.items()), reversed(cache), strict=True):
            try:
                dy, layer_trace = layer.trace_back(dy, layer_cache)
            except ERRORS as error:
                raise_named(error, name)
            trace.insert(0, layer_trace)
        return dy, trace

    def second_order(self, ddx: np.ndarray, trace: Trace, cache: list, rule: Any) -> tuple[np.ndarray, dict]:
        """In backward, the dy of one layer is the dx of the next:

            dx = dx_1 <- layer 1 <- dy_1 = dx_2 <- layer 2 <- dy_2 = dx_3 ... <- last layer <- dy

        so each layer turns dP/d(dx_k) into dP/d(dy_k) = dP/d(dx_k+1), which is the ddx of the next.
        """
        grads = {}
        for (name, layer), layer_trace, layer_cache in zip(self.layers.items(), trace, cache, strict=True):
            try:
                ddx, layer_grads = layer.second_order(ddx, layer_trace, layer_cache, rule)
            except ERRORS as error:
                raise_named(error, name)
            grads.update(prefixed(name, layer_grads))
        return ddx, grads

    def with_bends(self, grads: dict, bends: dict[int, np.ndarray], cache: list) -> dict:
        """dP/dx of each curved layer goes back through the layers before it, as in `backward`. In the notation of
        `second_order`: x_k = y_k-1, so dP/dy_k-1 = dP/dx_k, plus what comes back from later layers."""
        grads, dy, waiting = dict(grads), None, set(bends)
        for (name, layer), layer_cache in zip(reversed(self.layers.items()), reversed(cache), strict=True):
            if dy is not None:
                dy, more = layer.pull_back(dy, layer_cache, input_grad=name != self._first_with_params())
                for key, grad in prefixed(name, more).items():
                    grads[key] = grads[key] + grad
            if id(layer_cache) in waiting:
                waiting.remove(id(layer_cache))
                dy = bends[id(layer_cache)] if dy is None else dy + bends[id(layer_cache)]
        if waiting:
            raise NotImplementedError("a curved layer inside of another layer has no second order here; put it into "
                                      "the Sequential that is the whole network")  # fmt: skip
        return grads

    def hand_on(self, given: dict | None) -> dict | None:
        for layer in self.layers.values():
            given = layer.hand_on(given)
        return given

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        for key, layer in self.layers.items():
            x = yield from layer.walk(x, training, given, joined_name(name, key))
            given = layer.hand_on(given)
        return x

    def replacement(self, key: str, new_layers: Any) -> dict[str, Layer]:
        return dict(new_layers) if isinstance(new_layers, list) else {key: new_layers}

    def parts(self) -> list[tuple[str, Layer]]:
        return list(self.layers.items())

    def split(self, name: str) -> tuple["Sequential", "Sequential"]:
        """Two networks that share this network's layers: the layers before `name`, then `name` and all after it.

        For a discriminator, the first gives features (for feature matching), and the second turns them into logits.
        `name` may contain dots ("block.dense"). If "block" is a Sequential, it is split at "dense". If it is a Sum or
        Concat, all of it goes to the second network.
        Raises ValueError if there is no such layer, or nothing before it.
        """
        items, (key, _, rest) = list(self.layers.items()), name.partition(".")
        if not any(known == name or known.startswith(f"{name}.") for known, _ in self.leaves()):
            raise ValueError(
                f"expected the name of a layer that has layers before it, one of {list(self.layers)[1:]}, got {name!r}"
            )
        at = list(self.layers).index(key)
        before, here, after = items[:at], [items[at]], items[at + 1 :]
        if rest and isinstance(items[at][1], Sequential):
            try:
                lower, upper = items[at][1].split(rest)
                before, here = [*before, (key, lower)], [(key, upper)]
            except ValueError:
                pass  # nothing before `rest` in this block: all of it goes to the second network
        if not before:
            raise ValueError(
                f"expected the name of a layer that has layers before it, one of {list(self.layers)[1:]}, got {name!r}"
            )
        return Sequential(*before), Sequential(*here, *after)
