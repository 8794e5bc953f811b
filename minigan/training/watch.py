"""Watching for numbers that are none: a NaN or an infinity ends a training, and the reader is told where it began."""

import numpy as np

from minigan.optim import NonFiniteError


class Diverged(ValueError):
    """The training met a NaN or an infinity. The message names the step and the first layer where it appeared."""


def finite(array):
    """Whether all entries are finite. One sum tells, in the common case; it also overflows if entries are huge, and
    only then each entry is looked at."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(array))) or bool(np.isfinite(array).all())


def check_finite(losses, networks):
    """Raise NonFiniteError if a loss or a parameter is a NaN or an infinity. losses, networks: by name."""
    for name, value in losses.items():
        if not np.isfinite(value):
            raise NonFiniteError(f"the loss {name} is {value}")
    for name, network in networks.items():
        for key, p in network.params.items():
            if not finite(p):
                raise NonFiniteError(f"the parameter {key} of {name} holds a NaN or an infinity")


def first_non_finite(G, D, z, real):
    """The first place where a NaN or an infinity appears when z goes through G, and its images and then `real` through
    D: a sentence, or None if all is finite (then it came in a backward pass)."""
    with np.errstate(all="ignore"):
        fake, place = _walk("G", G, z)
        if place is None:
            _, place = _walk("D", D, fake)
        if place is None:
            _, place = _walk("D", D, real)
    return place


def _walk(name, network, x):
    """x through the layers of a network, one by one -> y, and the first place with a non-finite number or None."""
    if not finite(x):
        return x, f"the input of {name} holds a NaN or an infinity"
    for layer_name, layer in network.layers.items():
        for key, p in layer.params.items():
            if not finite(p):
                return x, f"layer {layer_name!r} of {name}: its parameter {key} holds a NaN or an infinity"
        x, _ = layer.apply(x, training=False)
        if not finite(x):
            return x, f"layer {layer_name!r} of {name}: its output holds a NaN or an infinity, its input does not"
    return x, None
