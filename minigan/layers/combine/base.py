"""Composite: what layers made of layers share. A composite is a layer, and its cache holds the caches of its layers."""

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any, NoReturn

import numpy as np

from minigan.layers.base import Layer

ERRORS = (ValueError, NotImplementedError)  # what carries the name of the layer that raised it


class Composite(Layer):
    """Layers under names, as one layer.

    Give layers, or (name, layer) pairs; a layer without a name is called by its kind and number ("conv2d1"). `params`
    and `state` hold the arrays of all layers under "layer.key", for example "conv2d1.w": the arrays themselves, to be
    changed in place.

    A subclass writes forward, backward, `trace_back`, `second_order` and `walk`: the way of x through its layers.
    Raises ValueError for two layers of one name, a layer that is in twice, or anything that is not a Layer. Errors of a
    layer carry its name.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A subclass that writes `forward` writes `walk` with it, and promises what its layers promise. One that writes
        another forward alone is a single layer: no tool may look inside as if x went the parent's way. Nor may second
        order go the parent's way, where a subclass writes another forward or backward without it."""
        own = set(vars(cls))
        super().__init_subclass__(**kwargs)
        tools = set()
        if "walk" in own:
            for promise in {"per_sample", "parameter_free"} - own:
                setattr(cls, promise, getattr(Composite, promise))
        elif "forward" in own:
            tools = {"walk", "leaves", "rebuilt", "parts", "split"}
        if own & {"forward", "backward"} and "second_order" not in own:
            tools |= {"trace_back", "second_order", "double_backward"}
        for tool in tools - own:
            setattr(cls, tool, getattr(Layer, tool))

    def __init__(self, *layers: Any) -> None:
        if len(layers) == 1 and isinstance(layers[0], (list, tuple)) and not is_pair(layers[0]):
            layers = layers[0]
        own, kinds = type(self).__name__, Counter()
        self.layers = {}
        for item in layers:
            name, layer = item if is_pair(item) else (None, item)
            if not isinstance(layer, Layer):
                raise ValueError(f"{own} expected layers or (name, layer) pairs, got {item!r}")
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
            raise ValueError(f"{own} expected at least one layer, got none")

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
        """Second order, through the layers in the order of forward. Each layer needs the dy that backward handed to it.
        dy: as backward was given it, or what `trace_back` returned, which saves computing all those dy again.
        Raises NotImplementedError, with the layer's name, for a layer that has no double_backward."""
        trace = dy if isinstance(dy, Trace) else self.trace_back(dy, cache)[1]
        return self.second_order(ddx, trace, cache, lambda layer, *rest: layer.double_backward(*rest))

    def leaves(self, name: str = "") -> Iterator[tuple[str, Layer]]:
        for key, layer in self.layers.items():
            yield from layer.leaves(joined_name(name, key))

    def rebuilt(self, change: Callable, name: str = "") -> Layer:
        new = copy.copy(self)
        new.layers = {}
        for key, layer in self.layers.items():
            parts = layer.rebuilt(change, joined_name(name, key))
            new.layers |= self.replacement(key, parts)
        return new

    def replacement(self, key: str, parts: Any) -> dict[str, Layer]:
        """What `rebuilt` puts in the place of the layer `key`: a layer, or several that follow one another."""
        raise NotImplementedError

    def expect_cache(self, cache: Any) -> None:
        """Raise ValueError unless it is a list with a cache for each layer."""
        if not isinstance(cache, list) or len(cache) != len(self.layers):
            raise ValueError(f"{type(self).__name__}.backward expected the cache that its forward returned")

    def summary(self, input_shape: tuple, given: dict | None = None) -> str:
        """See `minigan.layers.summary`."""
        from minigan.layers.summary import summary

        return summary(self, input_shape, given)


class Trace(list):
    """What `trace_back` of a composite returns for double_backward: the trace of each of its layers."""


class Arrays(MutableMapping):
    """The `params` (or the `state`) of several layers as one dict, under "layer.key". It holds no arrays of its own:
    what is read and what is assigned is the layer's."""

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
    """Whether a layer with arrays of its own, at any depth, is in the others too: an optimizer would move it twice."""
    known = {id(leaf) for other in others for _, leaf in other.leaves()}
    return any(id(leaf) in known and (leaf.params or leaf.state) for _, leaf in layer.leaves())


def joined_name(name: str, key: str) -> str:
    """The name of the layer `key` inside of the composite `name`."""
    return f"{name}.{key}" if name else key


def prefixed(name: str, grads: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The gradients of the layer `name`, under their names in the composite."""
    return {f"{name}.{key}": grad for key, grad in grads.items()}
