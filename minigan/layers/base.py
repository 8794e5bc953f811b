"""What a layer is: two functions, forward and backward, over plain arrays.

    y, cache  = layer.forward(x, training=True)
    dx, grads = layer.backward(dy, cache)                      # grads has the keys of layer.params
    dx, _     = layer.backward(dy, cache, param_grads=False)   # the gradient passes through a frozen network

The cache holds whatever backward needs. It is handed to the caller, not kept on the layer, so that one layer can be
applied to two batches (the discriminator sees real and fake images) and each application keeps its own. Gradients
are returned, never added to something in secret.

To write a layer of your own, subclass `Layer` and write the two methods:

    class Square(Layer):
        def forward(self, x, training=True):
            return x * x, x                     # y and the cache
        def backward(self, dy, cache):
            x = cache
            return dy * 2 * x, {}               # dx and the gradients of the parameters: none here

and hold it against finite differences: `minigan.gradcheck.check_layer(Square(), input_shape=(3, 5))`.
"""

import inspect
from typing import NamedTuple

import numpy as np

from minigan import kernels


class StaleCacheError(ValueError):
    """Backward was given a cache made with parameters that have changed since."""


class Cache(NamedTuple):
    """What a forward pass keeps for its backward pass, and the fingerprint of the parameters that made it."""

    fingerprint: tuple
    values: tuple


def fingerprint(params):
    """One number for each array, which changes when any entry changes or two of them swap places."""
    return tuple(kernels.fingerprint(p) for p in params.values())


class Layer:
    """Base of all layers. Subclasses write `forward` and `backward`, and fill `params` and `state` if they have any.

    params: dict of arrays that an optimizer updates in place.
    state: dict of arrays that are not trained (running statistics). Only forward(training=True) may change it.
    per_sample: whether y[n] depends on x[n] alone (or on the samples of its own pack, see `joins`), so that two batches
        may go through as one. False, which is always safe, unless the class that writes `forward` says otherwise.
    joins: how many samples of x make one of y: 1, but for `Pack`.
    back_share: how many of the products of forward, `flop`, each of backward's two gradients needs: all, as a rule.
    """

    per_sample, joins, back_share = False, 1, 1.0
    takes_training = takes_param_grads = takes_input_grad = True
    takes_share = False

    def __init_subclass__(cls, **kwargs):
        """Note which optional arguments the subclass's two methods take, so that a short layer may leave them out."""
        super().__init_subclass__(**kwargs)
        if "forward" in cls.__dict__ and "per_sample" not in cls.__dict__:
            cls.per_sample = False  # another forward than the parent's: what was true of that may not be of this
        cls.takes_training = _takes(cls.forward, "training")
        cls.takes_param_grads = _takes(cls.backward, "param_grads")
        cls.takes_input_grad = _takes(cls.backward, "input_grad")
        if "double_backward" in cls.__dict__ and "takes_share" not in cls.__dict__:
            cls.takes_share = _takes(cls.double_backward, "share")
        elif "forward" in cls.__dict__ and "takes_share" not in cls.__dict__:
            cls.takes_share = False  # the parent's double_backward may not know what this forward adds

    # Properties, so that a subclass without an __init__, or one that forgets super().__init__(), has them too.
    @property
    def params(self):
        """The trained arrays, by name."""
        return self.__dict__.setdefault("_params", {})

    @params.setter
    def params(self, arrays):
        self.__dict__["_params"] = arrays

    @property
    def state(self):
        """The arrays that are kept but not trained, by name."""
        return self.__dict__.setdefault("_state", {})

    @state.setter
    def state(self, arrays):
        self.__dict__["_state"] = arrays

    def forward(self, x, training=True):
        """x (N, ...) -> y (N, ...), cache."""
        raise NotImplementedError(f"{type(self).__name__} must write forward(self, x, training=True)")

    def backward(self, dy, cache, param_grads=True):
        """dy, with the shape of y -> dx, with the shape of x, and a dict of gradients with the keys of params."""
        raise NotImplementedError(f"{type(self).__name__} must write backward(self, dy, cache, param_grads=True)")

    def double_backward(self, ddx, dy, cache):
        """Second order. Some scalar P (a gradient penalty) is computed from the dx that backward(dy, cache) returned.

        ddx = dP/d(dx), with the shape of x; dy as it was given to backward -> ddy = dP/d(dy), with the shape of y, and
        the gradients of P by the parameters, with the keys of params.

        For a layer that is linear in x, dx = A^T dy with y = A x + b. So ddy = A ddx: the forward pass of ddx, without
        bias. And P's gradient by the weights is the ordinary one with ddx in place of x, since the scalar
        sum(ddx * (A^T dy)) = sum((A ddx) * dy) is what the ordinary one is the derivative of. b is not in dx: its
        gradient is 0. The same holds for a layer that is piecewise linear, away from its kinks. Where dx depends on
        x smoothly (Tanh), P has a derivative by x too, for which this contract has no place.

        A layer may take one argument more, share (N,): then share[n] of x[n] itself is in ddx[n], beside what comes
        from P, and the bias goes along in that measure, to the share that it has in y: ddy[n] = A ddx[n] + share[n] b,
        and the gradient by b is the sum of share[n] dy[n]. What that is for: see `minigan.penalties.joint`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no double_backward; gradient penalties need layers that are linear in x, or "
            "piecewise linear: Dense, Conv2D, Conv2DTranspose (also in a SpectralNorm), ReLU, LeakyReLU, Maxout, "
            "Dropout, Flatten, Reshape, UpSampling2D, Pack, InstanceNoise, DiffAugment, and in evaluation BatchNorm"
        )

    def apply(self, x, training=True):
        """Forward for callers that hold any layer, also one whose forward takes x alone."""
        return self.forward(x, training=training) if self.takes_training else self.forward(x)

    def pull_back(self, dy, cache, param_grads=True, input_grad=True):
        """Backward for callers that hold any layer. What is not wanted is not computed where the layer can leave it
        out, and not returned in any case."""
        options = {}
        if self.takes_param_grads:
            options["param_grads"] = param_grads
        if self.takes_input_grad:
            options["input_grad"] = input_grad
        dx, grads = self.backward(dy, cache, **options)
        return (dx if input_grad else None), (grads if param_grads else {})

    def seal(self, *values):
        """Pack what backward needs, with the fingerprint of the parameters as they are now."""
        return Cache(fingerprint(self.params), values)

    def unseal(self, cache, dy=None):
        """Unpack what `seal` packed; raise StaleCacheError if the parameters have changed since.

        The last value sealed by the layers of this package is y's shape; with `dy` given, it must be dy's shape.
        """
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
        *values, y_shape = cache.values
        if dy is not None and np.asarray(dy).dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{type(self).__name__}.backward expected a float32 or float64 dy, got {np.asarray(dy).dtype}"
            )
        if dy is not None and dy.shape != y_shape:
            raise ValueError(
                f"{type(self).__name__}.backward expected dy with the shape of y, {y_shape}, got {dy.shape}; "
                "is this the cache of another batch?"
            )
        return values

    def expect_ddx(self, ddx, x_shape):
        """Raise ValueError unless ddx has the shape of x."""
        if np.shape(ddx) != tuple(x_shape):
            raise ValueError(
                f"{type(self).__name__}.double_backward expected ddx with the shape of x and dx, {tuple(x_shape)}, got "
                f"{np.shape(ddx)}; is it dP/d(dx), for the dx that backward returned?"
            )

    def astype(self, dtype):
        """Convert parameters and state to `dtype` (np.float32 trains, np.float64 checks gradients); return self."""
        for arrays in (self.params, self.state):
            for key in arrays:
                arrays[key] = arrays[key].astype(dtype)
        return self

    def output_shape(self, input_shape):
        """The shape of one output for one input of `input_shape` (both without the batch axis)."""
        y, _ = self.apply(np.zeros((1, *input_shape), np.float32), training=False)
        return y.shape[1:]

    def flop(self, input_shape):
        """Multiplications and additions of one forward pass over one input, by the direct formula. 0: negligible."""
        return 0


def _takes(method, name):
    parameters = inspect.signature(method).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def param(layer, key, x):
    """The parameter `key` in x's dtype. Where they agree, as in training, this is the array itself and no copy."""
    return layer.params[key].astype(x.dtype, copy=False)


def expect(layer, x, ndim, channels=None, axis_name="channels"):
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
