"""Detecting NaN and infinity: the training ends, and the message names the layer in which they appeared first."""

import copy
import inspect
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from minigan import kernels
from minigan.layers import Layer
from minigan.objectives import Player
from minigan.optim import NonFiniteError


class Diverged(ValueError):
    """The training met a NaN or an infinity. The message names the step and the first layer where it appeared."""


def check_finite(numbers: Mapping[str, float], players: Sequence[Player]) -> None:
    """Raise NonFiniteError if a number of the step, a parameter, a running statistic or an optimizer's average is not
    finite."""
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise NonFiniteError(f"{name} is {value}")
    for name, network, _ in players:
        for kind, arrays in (("parameter", network.params), ("running statistic", network.state)):
            for key, array in arrays.items():
                if not kernels.finite(array):
                    raise NonFiniteError(f"the {kind} {key} of {name} holds a NaN or an infinity")
    for name, _, optimizer in players:
        for key, array in optimizer.state_arrays().items():
            if array.dtype.kind == "f" and not kernels.finite(array):
                raise NonFiniteError(f"the optimizer of {name} holds a NaN or an infinity in {key}")


def first_non_finite(trainer: Any, rng_state: dict) -> str | None:
    """Where a NaN or an infinity appears first. The objective's step runs again on copies whose layers are watched.

    rng_state: the state of the trainer's random generator before the step. Returns None if all numbers are finite, or
    if this objective cannot be copied.
    """
    bare = copy.copy(trainer)
    bare.ema = bare.growth = None
    bare.before_step = ()  # the step itself does not use any of these
    shared = [trainer.data, *(value for value in vars(trainer.objective).values() if isinstance(value, ModuleType))]
    try:  # in one call, with its generator: dropout draws from the same one
        again = copy.deepcopy(bare, {id(value): value for value in shared})
        again.rng.bit_generator.state = rng_state
        for name, network, _ in again.objective.players:
            for layer_name, layer in network.leaves():
                watch(layer, f"layer {layer_name!r} of {name}" if layer_name else f"the network {name}")
        with np.errstate(all="ignore"):
            again.objective.step(again.batch, again.rng)
    except NonFiniteError as found:
        while isinstance(found.__cause__, NonFiniteError):  # every network around the layer has added its name
            found = found.__cause__
        return str(found)
    except Exception:  # a report that fails must not hide the error that it is about
        return None
    return None


def watch(layer: Layer, where: str) -> None:
    """Let a layer raise NonFiniteError, with its place, at the first NaN or infinity that it meets or makes."""
    kind = type(layer)
    declared = {name: inspect.getattr_static(kind, name) for name in ("per_sample", "parameter_free")}
    layer.__class__ = type(kind.__name__, (Watched, kind), declared)
    type(layer).takes = kind.takes
    layer.watched_as = where


class Watched:
    """The methods that `watch` puts before those of a layer. `super()` is the layer's class."""

    def forward(self, x: np.ndarray, *args: Any, **options: Any) -> tuple[np.ndarray, Any]:
        if not kernels.finite(x):
            raise NonFiniteError(f"the input of {self.watched_as} holds a NaN or an infinity")
        for kind, arrays in (("parameter", self.params), ("running statistic", self.state)):
            for key, array in arrays.items():
                if not kernels.finite(array):
                    raise NonFiniteError(f"{self.watched_as}: its {kind} {key} holds a NaN or an infinity")
        y, cache = super().forward(x, *args, **options)
        if not kernels.finite(y):
            raise NonFiniteError(f"{self.watched_as}: its output holds a NaN or an infinity, its input not")
        return y, cache

    def backward(self, dy: np.ndarray, *args: Any, **options: Any) -> tuple[np.ndarray | None, dict]:
        self.__check_gradient("backward", dy)
        dx, grads = super().backward(dy, *args, **options)
        self.__check("in backward", {"its input": dx, **grads})
        return dx, grads

    def double_backward(self, ddx: np.ndarray, *args: Any, **options: Any) -> tuple[np.ndarray, dict]:
        self.__check_gradient("double_backward", ddx)
        ddy, grads = super().double_backward(ddx, *args, **options)
        self.__check("in double_backward", {"dy": ddy, **grads})
        return ddy, grads

    def second_order(self, ddx: np.ndarray, *args: Any) -> tuple[np.ndarray, dict]:
        """Also for a layer that overrides `second_order`, such as SpectralNorm."""
        self.__check_gradient("double_backward", ddx)
        ddy, grads = super().second_order(ddx, *args)
        self.__check("in double_backward", {"dy": ddy, **grads})
        return ddy, grads

    def __check_gradient(self, method: str, gradient: np.ndarray) -> None:
        if not kernels.finite(gradient):
            raise NonFiniteError(
                f"{self.watched_as}: the gradient that comes to its {method} holds a NaN or an infinity"
            )

    def __check(self, when: str, gradients: dict) -> None:
        for key, gradient in gradients.items():
            if gradient is not None and not kernels.finite(gradient):
                raise NonFiniteError(f"{self.watched_as}: {when}, the gradient of {key} holds a NaN or an infinity")
