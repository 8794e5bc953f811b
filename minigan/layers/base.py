"""What a layer is: two functions, forward and backward, over plain arrays.

    y, cache  = layer.forward(x, training=True)
    dx, grads = layer.backward(dy, cache)                      # grads has the keys of layer.params
    dx, _     = layer.backward(dy, cache, param_grads=False)   # the gradient passes through a frozen network

The cache holds what backward needs. Forward hands it to the caller and does not keep it on the layer: the discriminator
sees real and fake images in the same step, and each of the two passes has its own cache. Backward returns the
gradients; it adds nothing to arrays of its own.

To write a layer, subclass `Layer` and write the two methods:

    class Square(Layer):
        def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
            return x * x, x                     # y and the cache
        def backward(self, dy, cache):
            x = cache
            return dy * 2 * x, {}               # dx and the gradients of the parameters: none here

Then check it against finite differences: `minigan.gradcheck.check_layer(Square(), input_shape=(3, 5))`.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from minigan import kernels


class StaleCacheError(ValueError):
    """Backward was given a cache made with parameters that have changed since."""


class Cache(NamedTuple):
    """What `seal` packs: the values for backward, y's shape, and the fingerprint of the parameters that made y."""

    fingerprint: tuple
    values: tuple
    y_shape: tuple | None


class Visit(NamedTuple):
    """One layer on the way of x through a network: its name, the layer, what came in, what went out."""

    name: str
    layer: "Layer"
    x: np.ndarray
    y: np.ndarray


class Layer:
    """Base of all layers. A subclass writes `forward` and `backward`, and fills `params` and `state` if it has any.

    params: dict of arrays that an optimizer updates in place.
    state: dict of arrays that are not trained (running statistics). Only forward(training=True) may change it.

    A subclass may promise two things about the forward that it writes (both are False unless promised):
    per_sample: y[n] depends on x[n] alone (after a `Pack`: on the samples of pack n alone).
    parameter_free: the layer has no parameters. Where nobody asks for dx, backward then has nothing to do.

    Forward may take one more argument, given=None: a dict of facts beside x, such as labels (`minigan.batch.Batch`).
    """

    per_sample = parameter_free = False
    pack_size = 1  # samples of x that make one of y: more than 1 in `Pack`
    takes = frozenset({"training", "param_grads"})  # the optional arguments of forward and backward

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "forward" in cls.__dict__:  # a promise about the parent's forward does not hold for another one
            for promise in {"per_sample", "parameter_free"} - cls.__dict__.keys():
                setattr(cls, promise, False)
        cls.takes = optional_arguments(cls.forward, {"training", "given"})
        cls.takes |= optional_arguments(cls.backward, {"param_grads", "input_grad"})

    # Properties, so that a subclass whose __init__ does not call super().__init__() has them too.
    @property
    def params(self) -> dict[str, np.ndarray]:
        """The trained arrays, by name."""
        return self.__dict__.setdefault("_params", {})

    @params.setter
    def params(self, arrays: dict[str, np.ndarray]) -> None:
        self.__dict__["_params"] = arrays

    @property
    def state(self) -> dict[str, np.ndarray]:
        """The arrays that are kept and not trained, by name."""
        return self.__dict__.setdefault("_state", {})

    @state.setter
    def state(self, arrays: dict[str, np.ndarray]) -> None:
        self.__dict__["_state"] = arrays

    # --- What a layer computes ---------------------------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        """x (N, ...) -> y (N, ...), cache."""
        raise NotImplementedError(f"{type(self).__name__} must write forward(self, x, training=True)")

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        """dy, with the shape of y -> dx, with the shape of x, and a dict of gradients with the keys of params."""
        raise NotImplementedError(f"{type(self).__name__} must write backward(self, dy, cache, param_grads=True)")

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """Second order. Some number P (a gradient penalty) is computed from the dx that backward(dy, cache) returned.

        ddx = dP/d(dx), with the shape of x; dy as backward was given it -> ddy = dP/d(dy), with the shape of y, and the
        gradients of P by the parameters, with the keys of params.

        A layer that is linear in x computes y = A x + b, and backward dx = A^T dy. So ddy = A ddx: the forward pass of
        ddx, without b. The gradient of P by the weights is the usual one with ddx in place of x, because P depends on
        the weights through sum(ddx * (A^T dy)) = sum((A ddx) * dy). The gradient by b is 0: dx does not depend on b.
        A layer that is piecewise linear has the same formulas, away from its kinks. For a curved one (Tanh), dx depends
        on x too, and so does P; this method has no place for that derivative.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no double_backward; gradient penalties need layers that are linear in x, or "
            "piecewise linear: Dense, Conv2D, Conv2DTranspose (also in a SpectralNorm), ReLU, LeakyReLU, Maxout, "
            "Dropout, Flatten, Reshape, UpSampling2D, Pack, InstanceNoise, DiffAugment, and in evaluation BatchNorm"
        )

    # --- For callers that hold any layer, also a short one -----------------------------------------------------------

    def apply(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        """Forward, with those of the arguments that this layer's forward takes."""
        options = {}
        if "training" in self.takes:
            options["training"] = training
        if "given" in self.takes:
            options["given"] = given
        return self.forward(x, **options)

    def pull_back(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        """Backward. A gradient that is not wanted is not returned; where the layer can leave it out, it is not
        computed."""
        options = {}
        if "param_grads" in self.takes:
            options["param_grads"] = param_grads
        if "input_grad" in self.takes:
            options["input_grad"] = input_grad
        dx, grads = self.backward(dy, cache, **options)
        return (dx if input_grad else None), (grads if param_grads else {})

    def param_grads(self, dy: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
        """The gradients of the parameters, where nobody asks for dx."""
        return self.pull_back(dy, cache, input_grad=False)[1]

    def input_grad(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """dx, where nobody asks for the gradients of the parameters: the gradient passes through."""
        return self.pull_back(dy, cache, param_grads=False)[0]

    def trace_back(self, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, Any]:
        """Backward without the parameters' gradients -> dx, and what double_backward may be given in place of dy: dy
        itself here; in a composite, the dy of every layer inside, which it would have to compute again."""
        return self.pull_back(dy, cache, param_grads=False)[0], dy

    def second_order(self, ddx: np.ndarray, trace: Any, cache: Any, rule: Callable) -> tuple[np.ndarray, dict]:
        """double_backward by another rule, a function (layer, ddx, dy, cache) for each single layer inside."""
        return rule(self, ddx, trace, cache)

    def hand_on(self, given: dict | None) -> dict | None:
        """The facts for the layers that follow this one."""
        return given

    # --- The cache ---------------------------------------------------------------------------------------------------

    def seal(self, *values: Any, shape: tuple | None = None) -> Cache:
        """Pack what backward needs, with the fingerprint of the parameters as they are now. shape: y's, if backward
        shall refuse a dy of another shape."""
        return Cache(fingerprint(self.params), values, shape)

    def unseal(self, cache: Cache, dy: np.ndarray | None = None) -> tuple:
        """The values that `seal` packed. Raises StaleCacheError if the parameters have changed since, and ValueError
        for a dy that is not float32 or float64, or not of y's shape."""
        if not isinstance(cache, Cache):
            raise ValueError(
                f"{type(self).__name__}.backward expected the cache that its forward returned, got "
                f"{type(cache).__name__}; write y, cache = layer.forward(x) and hand that cache on"
            )
        if self.params and cache.fingerprint != fingerprint(self.params):
            raise StaleCacheError(
                f"the parameters of this {type(self).__name__} changed after the forward pass that made this cache; "
                "you probably stepped the optimizer between forward and backward: run forward again"
            )
        if dy is not None and np.asarray(dy).dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{type(self).__name__}.backward expected a float32 or float64 dy, got {np.asarray(dy).dtype}"
            )
        if dy is not None and cache.y_shape is not None and dy.shape != cache.y_shape:
            raise ValueError(
                f"{type(self).__name__}.backward expected dy with the shape of y, {cache.y_shape}, got {dy.shape}; "
                "is this the cache of another batch?"
            )
        return cache.values

    def expect_ddx(self, ddx: np.ndarray, x_shape: tuple) -> None:
        """Raise ValueError unless ddx has the shape of x."""
        if np.shape(ddx) != tuple(x_shape):
            raise ValueError(
                f"{type(self).__name__}.double_backward expected ddx with the shape of x and dx, {tuple(x_shape)}, got "
                f"{np.shape(ddx)}; is it dP/d(dx), for the dx that backward returned?"
            )

    # --- For tools: a single layer is a network of one ---------------------------------------------------------------

    def leaves(self, name: str = "") -> Iterator[tuple[str, "Layer"]]:
        """(name, layer) of every single layer inside, however deep; names are joined by dots."""
        yield name, self

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        """Run x through and yield a Visit for every single layer, in the order of computation. The generator returns
        y: `y = yield from layer.walk(x)`."""
        y, _ = self.apply(x, training, given)
        yield Visit(name, self, x, y)
        return y

    def rebuilt(self, change: Callable, name: str = "") -> "Layer | list":
        """A network like this one, in which change(name, layer) stands in the place of every single layer: a layer, or
        a list of (name, layer) pairs, one after the other. Layers that change returns as they are, are shared."""
        return change(name, self)

    def parts(self) -> list[tuple[str, "Layer"]]:
        """(name, layer) pairs that do the same one after the other."""
        return [("network", self)]

    def split(self, name: str) -> tuple["Layer", "Layer"]:
        """Two networks, one after the other, that do the same; the second begins with the layer `name`."""
        raise ValueError(f"{type(self).__name__} cannot be split at {name!r}: it is one layer")

    def astype(self, dtype: Any) -> "Layer":
        """Convert parameters and state to `dtype` (np.float32 trains, np.float64 checks gradients) -> self.

        Whole numbers in the state, such as counts and labels, stay whole numbers. Layers that are kept as attributes of
        this one are converted too. Raises ValueError for an array that stays as it was, because `params` hands out a
        new dict each time.
        """
        for inner in attributes_that_are_layers(self):
            inner.astype(dtype)
        for arrays in (self.params, self.state):
            for key, array in arrays.items():
                if array.dtype.kind == "f":
                    arrays[key] = array.astype(dtype, copy=False)
        for key, array in [*self.params.items(), *self.state.items()]:
            if array.dtype.kind == "f" and array.dtype != dtype:
                raise ValueError(
                    f"{type(self).__name__} could not convert {key}: params is a property that makes a new dict each "
                    "time; keep the layers that own the arrays as attributes, or write astype"
                )
        return self

    def output_shape(self, input_shape: tuple) -> tuple:
        """The shape of one output for one input of `input_shape` (both without the batch axis)."""
        y, _ = self.apply(np.zeros((self.pack_size, *input_shape), np.float32), training=False)
        return y.shape[1:]


def optional_arguments(method: Callable, known: set[str]) -> frozenset[str]:
    """Which of the known optional arguments a method takes."""
    parameters = inspect.signature(method).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return frozenset(known)
    return frozenset(known & parameters.keys())


def attributes_that_are_layers(layer: Layer) -> Iterator[Layer]:
    """The layers that another one keeps as its attributes, also in lists, tuples and dicts."""
    for value in vars(layer).values():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [value]
        yield from (item for item in inside if isinstance(item, Layer))


def fingerprint(params: dict[str, np.ndarray]) -> tuple:
    """One number for each array, which changes when any entry changes or two of them swap places."""
    return tuple(kernels.fingerprint(p) for p in params.values())


def param(layer: Layer, key: str, x: np.ndarray) -> np.ndarray:
    """The parameter `key` in x's dtype. Where they agree, as in training, this is the array itself and no copy."""
    return layer.params[key].astype(x.dtype, copy=False)


def expect(
    layer: Layer, x: np.ndarray, ndim: int | None, channels: int | None = None, axis_name: str = "channels"
) -> None:
    """Raise ValueError unless x is a float array with `ndim` axes and `channels` entries along its last."""
    name = type(layer).__name__
    if not isinstance(x, np.ndarray) or x.dtype not in (np.float32, np.float64):
        got = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise ValueError(f"{name} expected a float32 or float64 array, got {got}; write np.asarray(x, np.float32)")
    if ndim is not None and x.ndim != ndim:
        kind = {2: "(N, features)", 4: "images (N, H, W, C)"}.get(ndim, f"{ndim} axes")
        raise ValueError(f"{name} expected {kind}, got shape {x.shape}; add Flatten() or Reshape(...) before it")
    if channels is not None and x.shape[-1] != channels:
        fix = "channels come last (NHWC)" if axis_name == "channels" else f"the layer before must give {channels}"
        raise ValueError(f"{name} was made for {channels} {axis_name}, got an input of shape {x.shape}; {fix}")
