"""Sequential: a list of layers is a layer, and its cache is the list of their caches."""

import math
from collections import Counter
from collections.abc import MutableMapping

from minigan.layers.base import Layer
from minigan.tables import table


class Sequential(Layer):
    """Layers applied one after the other. Backward is the chain rule: the same layers in the opposite order.

    Give layers, or (name, layer) pairs; a layer without a name is called by its kind and number ("conv2d1"). `params`
    and `state` show those of all layers under "layer.key", for example "conv2d1.w": the arrays themselves, to be
    changed in place.

        net = Sequential(("hidden", Dense(2, 64)), LeakyReLU(), ("logit", Dense(64, 1)))
        y, cache = net.forward(x)
        dx, grads = net.backward(dy, cache)       # grads["hidden.w"], grads["hidden.b"], ...

    Source: Rumelhart, Hinton & Williams 1986 (the chain rule through layers).
    Raises ValueError for two layers of one name, a layer that is in twice, or anything that is not a Layer; errors of
    a layer carry its name.
    """

    def __init__(self, *layers):
        if len(layers) == 1 and isinstance(layers[0], (list, tuple)) and not named(layers[0]):
            layers = layers[0]
        self.layers, kinds = {}, Counter()
        for item in layers:
            name, layer = item if named(item) else (None, item)
            if not isinstance(layer, Layer):
                raise ValueError(f"Sequential expected layers or (name, layer) pairs, got {item!r}")
            kind = type(layer).__name__.lower()
            kinds[kind] += 1
            name = name or f"{kind}{kinds[kind]}"
            if name in self.layers or "." in name:
                raise ValueError(f"layer names must differ and hold no dot, got {name!r} among {list(self.layers)}")
            if any(layer is other for other in self.layers.values()):
                raise ValueError(
                    f"layer {name!r} is in this network already; make a second one, with weights of its own"
                )
            self.layers[name] = layer
        if not self.layers:
            raise ValueError("Sequential expected at least one layer, got none")

    @property
    def params(self):
        return Arrays(self.layers, "params")

    @property
    def state(self):
        return Arrays(self.layers, "state")

    @property
    def per_sample(self):
        return all(layer.per_sample for layer in self.layers.values())

    @property
    def joins(self):
        return math.prod(layer.joins for layer in self.layers.values())

    def forward(self, x, training=True):
        caches = []
        for name, layer in self.layers.items():
            try:
                x, cache = layer.apply(x, training)
            except ValueError as error:
                raise type(error)(f"layer {name!r}: {error}") from error
            caches.append(cache)
        return x, caches

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        if not isinstance(cache, list) or len(cache) != len(self.layers):
            raise ValueError("Sequential.backward expected the cache that its forward returned")
        grads, end = {}, self._end()
        for (name, layer), layer_cache in zip(reversed(self.layers.items()), reversed(cache), strict=True):
            asked = input_grad or name != end
            try:
                dy, layer_grads = layer.pull_back(dy, layer_cache, param_grads, asked)
            except ValueError as error:
                raise type(error)(f"layer {name!r}: {error}") from error
            grads.update({f"{name}.{key}": grad for key, grad in layer_grads.items()})
            if not asked:
                break
        return dy, grads

    def _end(self):
        """Where the way back ends if nobody wants dx: at the first layer that has parameters. Not before a layer from
        outside of this package, which may have something to say all the same."""
        for name, layer in self.layers.items():
            if layer.params or not type(layer).__module__.startswith("minigan.layers."):
                return name
        return name

    @property
    def takes_share(self):
        return all(layer.takes_share for layer in self.layers.values())

    def double_backward(self, ddx, dy, cache, upstreams=None, share=None):
        """Second order goes through the layers forwards. In backward, the dy of one layer is the dx of the next:

            dx = dx_1 <- layer 1 <- dy_1 = dx_2 <- layer 2 <- dy_2 = dx_3 ... <- last layer <- dy

        so each layer's double_backward turns dP/d(dx_k) into dP/d(dy_k) = dP/d(dx_k+1), which is the ddx of the next.
        A layer needs the dy that backward handed to it. upstreams: these, as `trace_back` returned them; without, they
        are computed once more, because the caches of the forward pass do not hold them. share: for each layer.
        Raises NotImplementedError, with the layer's name, for a layer that has no double_backward.
        """
        if not isinstance(cache, list) or len(cache) != len(self.layers):
            raise ValueError("Sequential.double_backward expected the cache that its forward returned")
        grads, options = {}, {} if share is None else {"share": share}
        upstreams = self._upstreams(dy, cache) if upstreams is None else upstreams
        for name, layer_dy, layer_cache in zip(self.layers, upstreams, cache, strict=True):
            try:
                ddx, layer_grads = self.layers[name].double_backward(ddx, layer_dy, layer_cache, **options)
            except (ValueError, NotImplementedError) as error:
                raise type(error)(f"layer {name!r}: {error}") from error
            grads.update({f"{name}.{key}": grad for key, grad in layer_grads.items()})
        return ddx, grads

    def split(self, name):
        """Two networks that share the layers of this one: all before the layer `name`, and that one with the rest.

        What comes out of the first are the features of images, as feature matching wants them; the second makes the
        logits of them. Raises ValueError if there is no such layer, or nothing before it.
        """
        names = list(self.layers)
        if name not in names[1:]:
            raise ValueError(
                f"expected the name of a layer that has layers before it, one of {names[1:]}, got {name!r}"
            )
        items, at = list(self.layers.items()), names.index(name)
        return Sequential(*items[:at]), Sequential(*items[at:])

    def trace_back(self, dy, cache):
        """backward, without the parameters' gradients -> dx, and the dy of each layer on the way, first layer first,
        which double_backward wants."""
        upstreams = self._upstreams(dy, cache)
        first = next(iter(self.layers.values()))
        return first.pull_back(upstreams[0], cache[0], param_grads=False)[0], upstreams

    def _upstreams(self, dy, cache):
        """The dy that backward(dy, cache) hands to each layer, first layer first."""
        upstreams = [dy]
        for layer, layer_cache in zip(list(self.layers.values())[:0:-1], cache[:0:-1], strict=True):
            upstreams.append(layer.pull_back(upstreams[-1], layer_cache, param_grads=False)[0])
        return upstreams[::-1]

    def astype(self, dtype):
        for layer in self.layers.values():
            layer.astype(dtype)
        return self

    def output_shape(self, input_shape):
        for layer in self.layers.values():
            input_shape = layer.output_shape(input_shape)
        return input_shape

    def flop(self, input_shape):
        return sum(layer.flop(shape) for layer, shape in self._walk(input_shape))

    def _walk(self, input_shape):
        for layer in self.layers.values():
            yield layer, input_shape
            input_shape = layer.output_shape(input_shape)

    def summary(self, input_shape):
        """A table of the layers with output shape, parameters, and millions of floating-point operations (MFLOP) of one
        forward pass over one sample, a multiply-add counted as two. input_shape: without the batch axis."""
        rows = [("layer", "kind", "output shape", "parameters", "MFLOP")]
        for name, (layer, shape) in zip(self.layers, self._walk(tuple(input_shape)), strict=True):
            out = " x ".join(map(str, layer.output_shape(shape)))
            count = sum(p.size for p in layer.params.values())
            rows.append((name, type(layer).__name__, out, f"{count:,}", f"{layer.flop(shape) / 1e6:.2f}"))
        total = sum(p.size for p in self.params.values())
        rows.append(("total", "", "", f"{total:,}", f"{self.flop(tuple(input_shape)) / 1e6:.2f}"))
        return table(rows)


def named(item):
    """Whether it is a (name, layer) pair."""
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)


class Arrays(MutableMapping):
    """The `params` (or the `state`) of several layers as one dict, under "layer.key". It holds no arrays of its own:
    what is read and what is assigned is the layer's."""

    def __init__(self, layers, kind):
        self.layers, self.kind = layers, kind

    def _owner(self, key):
        name, _, own_key = key.partition(".")  # the rest may hold dots: a Sequential inside a Sequential
        if name not in self.layers or own_key not in getattr(self.layers[name], self.kind):
            raise KeyError(f"{key!r}: no such array; there are {', '.join(self)}")
        return getattr(self.layers[name], self.kind), own_key

    def __getitem__(self, key):
        arrays, own_key = self._owner(key)
        return arrays[own_key]

    def __setitem__(self, key, value):
        arrays, own_key = self._owner(key)
        arrays[own_key] = value

    def __delitem__(self, key):
        raise TypeError("the arrays of a network cannot be deleted")

    def __iter__(self):
        for name, layer in self.layers.items():
            yield from (f"{name}.{key}" for key in getattr(layer, self.kind))

    def items(self):
        """The pairs (key, array), as a list: a training asks for them several times a step."""
        kinds = ((name, getattr(layer, self.kind)) for name, layer in self.layers.items())
        return [(f"{name}.{key}", array) for name, arrays in kinds for key, array in arrays.items()]

    def __len__(self):
        return sum(1 for _ in self)
