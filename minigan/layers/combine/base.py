"""Composite: the base of layers made of layers. A composite is a layer; its cache is a list of the caches inside."""

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any, NoReturn

import numpy as np

from minigan.layers.base import Layer

ERRORS = (ValueError, NotImplementedError)  # what carries the name of the layer that raised it


class Composite(Layer):
    """Several named layers as one layer.

    Give layers, or (name, layer) pairs; a layer without a name gets its class and number as name ("conv2d1"). `params`
    and `state` hold the arrays of all layers under "layer.key", for example "conv2d1.w": the arrays themselves, to be
    changed in place.

    A subclass writes forward, backward, `trace_back`, `second_order` and `walk`. These methods say in which order x
    passes the layers. Raises ValueError for two layers with the same name, a layer that appears twice, or an object
    that is not a Layer. Error messages name the layer.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A subclass that overrides methods must override those that depend on them:

        - forward and walk: tools look inside; per_sample and parameter_free are computed from the layers.
        - forward without walk: tools see a single layer (walk, leaves, rebuilt, parts, split of Layer).
        - forward or backward without second_order: no second derivative (Layer's double_backward raises).
        """
        overridden = set(vars(cls))
        super().__init_subclass__(**kwargs)
        methods_to_reset = set()
        if "walk" in overridden:
            for declaration in {"per_sample", "parameter_free"} - overridden:
                setattr(cls, declaration, getattr(Composite, declaration))
        elif "forward" in overridden:
            methods_to_reset = {"walk", "leaves", "rebuilt", "parts", "split"}
        if overridden & {"forward", "backward"} and "second_order" not in overridden:
            methods_to_reset |= {"trace_back", "second_order", "double_backward", "linear_parts"}
        for method in methods_to_reset - overridden:
            setattr(cls, method, getattr(Layer, method))

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], (list, tuple)) and not is_pair(layers[0]):
            layers = layers[0]
        class_name, kinds = type(self).__name__, Counter()
        self.layers = {}
        for item in layers:
            name, layer = item if is_pair(item) else (None, item)
            if not isinstance(layer, Layer):
                raise ValueError(f"{class_name} expected layers or (name, layer) pairs, got {item!r}")
            kind = type(layer).__name__.lower()
            kinds[kind] += 1
            name = name or f"{kind}{kinds[kind]}"
            if name in self.layers or "." in name:
                raise ValueError(f"layer names must differ and hold no dot, got {name!r} among {list(self.layers)}")
            if any(layer is other for other in self.layers.values()) or shares_arrays(layer, self.layers.values()):
                raise ValueError(
                    f"layer {name!r} is in this network already; make a second one, with weights of its own"
                )
            self.layers[name] = layer
        if not self.layers:
            raise ValueError(f"{class_name} expected at least one layer, got none")

    @property
    def params(self) -> "Arrays":
        return Arrays(self.layers, "params")

    @property
    def state(self) -> "Arrays":
        return Arrays(self.layers, "state")

    @property
    def per_sample(self) -> bool:
        return all(layer.per_sample for layer in self.layers.values())

    @property
    def parameter_free(self) -> bool:
        return all(layer.parameter_free for layer in self.layers.values())

    def double_backward(self, ddx: np.ndarray, dy: Any, cache: Any) -> tuple[np.ndarray, dict]:
        """Second order, through the layers in the order of forward. Each layer needs the dy that it got in backward.

        dy: the dy of this network, or the trace that `trace_back` returned: then backward is not run again.
        Through a curved layer P depends on its x as well. That gradient, `bend`, then goes back through the layers
        before it (`with_bends`).
        Raises NotImplementedError, with the layer's name, for a layer that has no double_backward, and for a curved
        one where that gradient cannot go back.
        """
        trace, bends = dy if isinstance(dy, Trace) else self.trace_back(dy, cache)[1], {}

        def rule(layer: Layer, ddx: np.ndarray, dy: np.ndarray, layer_cache: Any) -> tuple[np.ndarray, dict]:
            bend = layer.bend(ddx, dy, layer_cache)
            if bend is not None:
                bends[id(layer_cache)] = bend
            return layer.double_backward(ddx, dy, layer_cache)

        ddy, grads = self.second_order(ddx, trace, cache, rule)
        return ddy, (self.with_bends(grads, bends, cache) if bends else grads)

    def with_bends(self, grads: dict, bends: dict[int, np.ndarray], cache: Any) -> dict:
        """grads plus what the `bends` add: {id of a curved layer's cache: dP/dx of that layer}."""
        raise NotImplementedError(f"{type(self).__name__} cannot take a curved layer through a second order; put it "
                                  "into a Sequential, which is not in another layer")  # fmt: skip

    def leaves(self, name: str = "") -> Iterator[tuple[str, Layer]]:
        for key, layer in self.layers.items():
            yield from layer.leaves(joined_name(name, key))

    def linear_parts(self, name: str = "") -> Iterator[tuple[str, Layer]]:
        for key, layer in self.layers.items():
            yield from layer.linear_parts(joined_name(name, key))

    def rebuilt(self, change: Callable, name: str = "") -> Layer:
        new = copy.copy(self)
        new.layers = {}
        for key, layer in self.layers.items():
            new_layers = layer.rebuilt(change, joined_name(name, key))
            new.layers |= self.replacement(key, new_layers)
        return new

    def replacement(self, key: str, new_layers: Any) -> dict[str, Layer]:
        """The entries of `layers` that replace the layer `key`. new_layers: a layer, or a list of (name, layer) pairs
        to run in sequence."""
        raise NotImplementedError

    def expect_cache(self, cache: Any) -> None:
        """Raise ValueError unless `cache` is a list with a cache for each layer."""
        if not isinstance(cache, list) or len(cache) != len(self.layers):
            raise ValueError(f"{type(self).__name__}.backward expected the cache that its forward returned")

    def summary(self, input_shape: tuple, given: dict | None = None) -> str:
        """See `minigan.layers.summary`."""
        from minigan.layers.summary import summary

        return summary(self, input_shape, given)


class Trace(list):
    """What `trace_back` of a composite returns for double_backward: the trace of each of its layers."""


class Arrays(MutableMapping):
    """The `params` (or the `state`) of several layers as one dict, under "layer.key". It stores nothing: reading and
    assigning go to the layer's dict."""

    def __init__(self, layers: dict[str, Layer], kind: str) -> None:
        self.layers, self.kind = layers, kind

    def _owner(self, key: str) -> tuple[dict, str]:
        name, _, own_key = key.partition(".")  # the rest may hold dots: a composite inside a composite
        if name not in self.layers or own_key not in getattr(self.layers[name], self.kind):
            raise KeyError(f"{key!r}: no such array; there are {', '.join(self)}")
        return getattr(self.layers[name], self.kind), own_key

    def __getitem__(self, key: str) -> np.ndarray:
        arrays, own_key = self._owner(key)
        return arrays[own_key]

    def __setitem__(self, key: str, value: np.ndarray) -> None:
        arrays, own_key = self._owner(key)
        arrays[own_key] = value

    def __delitem__(self, key: str) -> None:
        raise TypeError("the arrays of a network cannot be deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(key for key, _ in self.items())

    def items(self) -> list[tuple[str, np.ndarray]]:
        """The pairs (key, array), as a list: a training asks for them several times a step."""
        kinds = ((name, getattr(layer, self.kind)) for name, layer in self.layers.items())
        return [(f"{name}.{key}", array) for name, arrays in kinds for key, array in arrays.items()]

    def __len__(self) -> int:
        return len(self.items())


def raise_named(error: Exception, name: str) -> NoReturn:
    """Raise the error of a layer again, with the layer's name in its message."""
    try:
        named, cause = type(error)(f"layer {name!r}: {error}"), error
    except TypeError:  # an error that is not made of a message alone stays as it is
        named, cause = error, error.__cause__
    raise named from cause


def is_pair(item: Any) -> bool:
    """Whether it is a (name, layer) pair."""
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


def shares_arrays(layer: Layer, others: Iterable[Layer]) -> bool:
    """Whether `layer` and `others` have a layer with arrays in common, at any depth. The optimizer would update it
    twice."""
    known = {id(leaf) for other in others for _, leaf in other.leaves()}
    return any(id(leaf) in known and (leaf.params or leaf.state) for _, leaf in layer.leaves())


def joined_name(name: str, key: str) -> str:
    """The full name of the layer or array `key` inside the composite `name`."""
    return f"{name}.{key}" if name else key


def prefixed(name: str, grads: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The gradients of the layer `name`, with the keys that they have in the composite."""
    return {f"{name}.{key}": grad for key, grad in grads.items()}
