"""Watching for numbers that are none: a NaN or an infinity ends a training, and the reader is told where it began."""

import copy

import numpy as np

from minigan import kernels
from minigan.gan import check_batches
from minigan.optim import NonFiniteError


class Diverged(ValueError):
    """The training met a NaN or an infinity. The message names the step and the first layer where it appeared."""


def check_finite(losses, players):
    """Raise NonFiniteError if a loss, a parameter, a running statistic or an optimizer's average is not finite.

    losses: a dict by the name that the message shall use. players: (name, network, optimizer) of each.
    """
    for name, value in losses.items():
        if not np.isfinite(value):
            raise NonFiniteError(f"the loss of {name} is {value}")
    for name, network, _ in players:
        for kind, arrays in (("parameter", network.params), ("running statistic", network.state)):
            for key, array in arrays.items():
                if not kernels.finite(array):
                    raise NonFiniteError(f"the {kind} {key} of {name} holds a NaN or an infinity")
    for name, _, optimizer in players:
        for key, array in optimizer.state_arrays().items():
            if not kernels.finite(array):
                raise NonFiniteError(f"the optimizer of {name} holds a NaN or an infinity in {key}")


def first_non_finite(G, D, loss, z, real):
    """The first place where a NaN or an infinity appears when the step is played again on copies: forwards through G
    and D, then backwards through D and G. A sentence, or None if all is finite."""
    G, D = copy.deepcopy(G), copy.deepcopy(D)  # training mode changes running statistics
    with np.errstate(all="ignore"):
        try:
            fake, g_cache = _forward("G", G, z)
            fake_logits, fake_cache = _forward("D", D, fake)
            check_batches(real, fake)
            real_logits, real_cache = _forward("D", D, real)
            _, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
            _backward("D", D, d_real, real_cache)
            _backward("D", D, d_fake, fake_cache)
            _, g_fake = loss.generator(fake_logits, *([real_logits] if getattr(loss, "paired", False) else []))
            _backward("G", G, _backward("D", D, g_fake, fake_cache), g_cache)
        except NonFiniteError as found:
            return str(found)
    return None


def _layers(network):
    """The named layers of a network; a single layer is a network of one."""
    return getattr(network, "layers", {type(network).__name__: network})


def _forward(name, network, x):
    """x through a network, layer by layer -> y and the caches; NonFiniteError at the first layer that spoils it."""
    if not kernels.finite(x):
        raise NonFiniteError(f"the input of {name} holds a NaN or an infinity")
    caches = []
    for layer_name, layer in _layers(network).items():
        for kind, arrays in (("parameter", layer.params), ("running statistic", layer.state)):
            for key, array in arrays.items():
                if not kernels.finite(array):
                    raise NonFiniteError(f"layer {layer_name!r} of {name}: its {kind} {key} holds a NaN or an infinity")
        x, cache = layer.apply(x, training=True)
        if not kernels.finite(x):
            raise NonFiniteError(
                f"layer {layer_name!r} of {name}: its output holds a NaN or an infinity, its input not"
            )
        caches.append(cache)
    return x, caches


def _backward(name, network, dy, caches):
    """dy back through a network, layer by layer -> dx; NonFiniteError at the first layer that spoils it."""
    for (layer_name, layer), cache in zip(reversed(_layers(network).items()), reversed(caches), strict=True):
        dy, grads = layer.pull_back(dy, cache)
        for key, gradient in {"its input": dy, **grads}.items():
            if not kernels.finite(gradient):
                raise NonFiniteError(
                    f"layer {layer_name!r} of {name}: in backward, the gradient of {key} holds a NaN or an infinity"
                )
    return dy
