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
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from minigan import kernels

FLOATS = np.dtype(np.float32), np.dtype(np.float64)


class StaleCacheError(ValueError):
    """Backward was given a cache made with parameters that have changed since."""


class Cache(NamedTuple):
    """What `seal` stores: the values for backward, y's shape, and the fingerprint of the parameters that made y."""

    fingerprint: tuple
    values: tuple
    y_shape: tuple | None


class Visit(NamedTuple):
    """One layer in the forward pass of a network: its name, the layer, its input x, its output y."""

    name: str
    layer: "Layer"
    x: np.ndarray
    y: np.ndarray


class Layer:
    """Base of all layers. A subclass writes `forward` and `backward`, and fills `params` and `state` if it has any.

    params: dict of arrays that an optimizer updates in place.
    state: dict of arrays that are not trained (running statistics). Only forward(training=True) may change it.

    A subclass may declare two things (both are False by default):
    per_sample = True: y[n] depends only on x[n] (in `Pack`, only on the samples of pack n).
    parameter_free = True: the layer has no parameters, so backward can be skipped if dx is not needed.
    A subclass that overrides forward, itself or by a mixin, must declare them again.

    group_size: 0, or for a layer that is not per_sample: y[n] depends on the samples of its group only, so many of the
    batch, one after the other, and a gradient penalty may go through it (`minigan.penalties.gradient`).

    curved: why a layer has no double_backward, and what to do instead. A layer with a reason of its own sets it.

    Forward may take one more argument, given=None: a dict of conditions such as labels (`minigan.batch.Batch`). They
    have no gradient; but where another layer has made one (`SharedCondition`), backward returns its gradient among
    those of the parameters, under its name.
    """

    per_sample = parameter_free = False
    curved = (
        "gradient penalties need layers that are linear in x, or piecewise linear: Dense, Conv2D, Conv2DTranspose, "
        "Conv1D, Conv1DTranspose (also in a SpectralNorm or an Equalised), ReLU, LeakyReLU, Maxout, MaxoutDense, "
        "Dropout, Flatten, Reshape, UpSampling2D, AveragePool2D, MaxPool2D, SumPool, Gain, Identity, Pack, "
        "InstanceNoise, DiffAugment, PhaseShuffle, Fade, MinibatchStdDev, and in evaluation BatchNorm; in D use "
        "LeakyReLU in place of Tanh, and no Sigmoid at its end"
    )
    pack_size = 1  # how many samples of x become one sample of y: more than 1 in `Pack`
    group_size = 0
    reads = "labels"  # what a layer that takes `given` reads of it
    takes = frozenset({"training", "param_grads"})  # the optional arguments of forward and backward

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        lines = cls.__mro__  # this class, then those it inherits from
        for declaration in ("per_sample", "parameter_free"):
            declared, written = (next(c for c in lines if name in vars(c)) for name in (declaration, "forward"))
            if lines.index(declared) > lines.index(written):  # it is about the forward of another class
                setattr(cls, declaration, False)
        cls.takes = optional_arguments(cls.forward, {"training", "given"})
        cls.takes |= optional_arguments(cls.backward, {"param_grads", "input_grad"})

    # A subclass whose __init__ does not call super().__init__() has them too: they begin when they are first asked for.
    @cached_property
    def params(self) -> dict[str, np.ndarray]:
        """The trained arrays, by name."""
        return {}

    @cached_property
    def state(self) -> dict[str, np.ndarray]:
        """The arrays that are not trained, by name. A checkpoint keeps them."""
        return {}

    # --- What a layer computes ---------------------------------------------------------------------------------------

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        """x (N, ...) -> y (N, ...), cache."""
        raise NotImplementedError(f"{type(self).__name__} must write forward(self, x, training=True)")

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        """dy (shape of y) -> dx (shape of x), and a dict of gradients with the keys of params."""
        raise NotImplementedError(f"{type(self).__name__} must write backward(self, dy, cache, param_grads=True)")

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """Second order. Some number P (a gradient penalty) is computed from the dx that backward(dy, cache) returned.

        Arguments: ddx = dP/d(dx), shape of x; dy, the same as in backward.
        Returns ddy = dP/d(dy), shape of y, and dP/dparams, a dict with the keys of params.

        A layer that is linear in x computes y = A x + b, and backward dx = A^T dy. So ddy = A ddx: the forward pass of
        ddx, without b. dP/dw is the usual weight gradient with ddx in place of x, because P depends on w through
        sum(ddx * (A^T dy)) = sum((A ddx) * dy). dP/db is 0: dx does not depend on b.
        A piecewise linear layer has the same formulas, except at its kinks. In a curved layer (Tanh) dx depends on x
        too. Then dP/dx is needed as well: such a layer also writes `bend`, which returns it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no double_backward; {self.curved}")

    def bend(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> np.ndarray | None:
        """dP/dx of a curved layer, with dy held: shape of x; the arguments are those of double_backward. None for a
        layer that is linear in x, or piecewise linear, whose dx does not depend on x."""
        return None

    # --- For callers that do not know which optional arguments a layer accepts ---------------------------------------

    def apply(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        """Call forward with training and given, if this layer accepts them."""
        if "given" not in self.takes:
            return self.forward(x, training=training) if "training" in self.takes else self.forward(x)
        options = {"training": training} if "training" in self.takes else {}
        return self.forward(x, given=given, **options)

    def pull_back(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        """Backward for the gradients that are switched on; for the others it returns None (dx) or {} (grads). A layer
        that accepts the switch also saves their computation."""
        options = {}
        if "param_grads" in self.takes:
            options["param_grads"] = param_grads
        if "input_grad" in self.takes:
            options["input_grad"] = input_grad
        dx, grads = self.backward(dy, cache, **options)
        return (dx if input_grad else None), (grads if param_grads else {})

    def param_grads(self, dy: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
        """Only the parameter gradients."""
        return self.pull_back(dy, cache, input_grad=False)[1]

    def input_grad(self, dy: np.ndarray, cache: Any) -> np.ndarray:
        """Only dx: the gradient passes through a network that is not trained in this step."""
        return self.pull_back(dy, cache, param_grads=False)[0]

    def trace_back(self, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, Any]:
        """Backward without parameter gradients. Returns dx and a trace.

        The trace holds the dy that each layer received: for a single layer, dy itself. double_backward accepts the
        trace in place of dy, and then need not run backward again.
        """
        return self.pull_back(dy, cache, param_grads=False)[0], dy

    def second_order(self, ddx: np.ndarray, trace: Any, cache: Any, rule: Callable) -> tuple[np.ndarray, dict]:
        """Second order with another formula: rule(layer, ddx, dy, cache) is called for every single layer inside, where
        double_backward would call layer.double_backward(ddx, dy, cache). trace: from `trace_back`."""
        return rule(self, ddx, trace, cache)

    def hand_on(self, given: dict | None) -> dict | None:
        """The conditions for the layers that follow this one."""
        return given

    # --- The cache ---------------------------------------------------------------------------------------------------

    def seal(self, *values: Any, shape: tuple | None = None) -> Cache:
        """Store what backward needs, with the fingerprint of the parameters as they are now. shape: the shape of y;
        `unseal` then raises for a dy of another shape."""
        return Cache(fingerprint(self.params), values, shape)

    def unseal(self, cache: Cache, dy: np.ndarray | None = None) -> tuple:
        """The values that `seal` stored. Raises StaleCacheError if the parameters have changed since, and ValueError
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
        if dy is not None and np.asarray(dy).dtype not in FLOATS:
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
        """(name, layer) of every single layer inside, at any depth. Dots join the names: "block.dense"."""
        yield name, self

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        """Forward pass of x that yields a Visit for every single layer, in the order of computation. The generator
        returns y: `y = yield from layer.walk(x)`."""
        y, _ = self.apply(x, training, given)
        yield Visit(name, self, x, y)
        return y

    def linear_parts(self, name: str = "") -> Iterator[tuple[str, "Layer"]]:
        """(name, layer) of every layer that `second_order` calls its rule for: the single layers inside, and each
        composite that has no second order of its own."""
        yield name, self

    def rebuilt(self, change: Callable, name: str = "") -> "Layer | list":
        """A copy of this network with every single layer replaced by change(name, layer): a layer, or a list of
        (name, layer) pairs to run in sequence. If `change` returns the same layer, both networks share it."""
        return change(name, self)

    def parts(self) -> list[tuple[str, "Layer"]]:
        """This network as a list of (name, layer) pairs: running them in sequence gives the same y."""
        return [("network", self)]

    def split(self, name: str) -> tuple["Layer", "Layer"]:
        """Two networks: running the second on the output of the first gives the same y. The second begins with the
        layer `name`. Raises ValueError if that is not possible; for a single layer it never is."""
        raise ValueError(f"{type(self).__name__} cannot be split at {name!r}: it is one layer")

    def astype(self, dtype: Any) -> "Layer":
        """Convert parameters and state to `dtype` (np.float32 trains, np.float64 checks gradients) -> self.

        Whole numbers in the state, such as counts and labels, stay whole numbers. Layers that are attributes of this
        one are converted too. Raises ValueError if an array could not be converted. This happens if `params` is a
        property that builds a new dict on each access.
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
    """Those of the `known` optional arguments that a method accepts."""
    parameters = inspect.signature(method).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return frozenset(known)
    return frozenset(known & parameters.keys())


def attributes_that_are_layers(layer: Layer) -> Iterator[Layer]:
    """The layers that are attributes of `layer`, also inside lists, tuples and dicts."""
    for value in vars(layer).values():
        if isinstance(value, dict):
            items = value.values()
        elif isinstance(value, (list, tuple)):
            items = value
        else:
            items = [value]
        yield from (item for item in items if isinstance(item, Layer))


def fingerprint(params: dict[str, np.ndarray]) -> tuple:
    """One number for each array. It changes if an entry changes or two entries of the array are swapped."""
    return tuple([kernels.fingerprint(p) for p in params.values()])  # of a list: half the time of a generator


def param(layer: Layer, key: str, x: np.ndarray) -> np.ndarray:
    """The parameter `key` in x's dtype: the array itself if the dtypes agree, as in training, else a copy."""
    return layer.params[key].astype(x.dtype, copy=False)


def expect(
    layer: Layer, x: np.ndarray, ndim: int | None, channels: int | None = None, axis_name: str = "channels"
) -> None:
    """Raise ValueError unless x is a float array with `ndim` axes and `channels` entries along its last."""
    name = type(layer).__name__
    if not isinstance(x, np.ndarray) or x.dtype not in FLOATS:
        got = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise ValueError(f"{name} expected a float32 or float64 array, got {got}; write np.asarray(x, np.float32)")
    if ndim is not None and x.ndim != ndim:
        kind = {2: "(N, features)", 3: "signals (N, T, C)", 4: "images (N, H, W, C)"}.get(ndim, f"{ndim} axes")
        raise ValueError(f"{name} expected {kind}, got shape {x.shape}; add Flatten() or Reshape(...) before it")
    if channels is not None and x.shape[-1] != channels:
        fix = "channels come last (NHWC)" if axis_name == "channels" else f"the layer before must give {channels}"
        raise ValueError(f"{name} was made for {channels} {axis_name}, got an input of shape {x.shape}; {fix}")
