"""A network as a table of its layers, with what each costs. Nothing here is needed to train."""

import functools

import numpy as np

from minigan.layers.attention import Weights
from minigan.layers.base import Layer
from minigan.layers.conv import Conv2D, Conv2DTranspose
from minigan.layers.conv1d import Conv1D, Conv1DTranspose
from minigan.layers.dense import Dense
from minigan.layers.equalised import Equalised
from minigan.layers.minibatch import MinibatchDiscrimination
from minigan.layers.norm import BatchNorm
from minigan.layers.spectral import SpectralNorm
from minigan.layers.virtual_norm import VirtualBatchNorm
from minigan.tables import table


@functools.singledispatch
def flop(layer: Layer, x_shape: tuple, y_shape: tuple) -> int:
    """Multiplications and additions of one forward pass over one sample, by the direct formula; 0: hardly any.

    x_shape, y_shape: without the batch axis.

    Register another rule for a layer of your own: `flop.register(MyLayer, lambda layer, x_shape, y_shape: ...)`.
    """
    return 0


@flop.register
def _(layer: Dense, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * layer.params["w"].size


@flop.register
def _(layer: Conv2D, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * int(np.prod(y_shape[:2])) * layer.params["w"].size  # each output pixel uses every weight once


@flop.register
def _(layer: Conv2DTranspose, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * int(np.prod(x_shape[:2])) * layer.params["w"].size  # and here each input pixel


@flop.register
def _(layer: Conv1D, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * y_shape[0] * layer.params["w"].size  # each step of the output


@flop.register
def _(layer: Conv1DTranspose, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * x_shape[0] * layer.params["w"].size


@flop.register
def _(layer: MinibatchDiscrimination, x_shape: tuple, y_shape: tuple) -> int:
    return 2 * layer.params["t"].size  # the product with T; what the pairs cost depends on the batch


@flop.register(BatchNorm)
@flop.register(VirtualBatchNorm)
def _(layer: Layer, x_shape: tuple, y_shape: tuple) -> int:
    return 4 * int(np.prod(x_shape))


@flop.register
def _(layer: Weights, x_shape: tuple, y_shape: tuple) -> int:
    """Each place multiplies its query with `places` keys, and its weights with as many values."""
    return 2 * int(np.prod(y_shape[:2])) * layer.places * (x_shape[-1] + y_shape[-1])


@flop.register(SpectralNorm)
@flop.register(Equalised)
def _(layer: Layer, x_shape: tuple, y_shape: tuple) -> int:
    return flop(layer.layer, x_shape, y_shape)


def visits(network: Layer, input_shape: tuple, given: dict | None = None) -> list:
    """A Visit for every single layer of a network, with one sample (or one pack) of zeros on its way through."""
    return list(network.walk(np.zeros((network.pack_size, *input_shape), np.float32), given=given))


def total_flop(network: Layer, input_shape: tuple, given: dict | None = None) -> int:
    """`flop` of all layers together, for one sample (or one pack). input_shape: without the batch axis."""
    return sum(flop(layer, x.shape[1:], y.shape[1:]) for _, layer, x, y in visits(network, tuple(input_shape), given))


def summary(network: Layer, input_shape: tuple, given: dict | None = None) -> str:
    """A table of the layers with output shape, parameters, and millions of floating-point operations (MFLOP) of one
    forward pass over one sample, a multiply-add counted as two. input_shape: without the batch axis."""
    rows = [("layer", "kind", "output shape", "parameters", "MFLOP")]
    for name, layer, x, y in visits(network, tuple(input_shape), given):
        out, count = " x ".join(map(str, y.shape[1:])), sum(p.size for p in layer.params.values())
        rows.append(
            (name, type(layer).__name__, out, f"{count:,}", f"{flop(layer, x.shape[1:], y.shape[1:]) / 1e6:.2f}")
        )
    parameters, total = sum(p.size for p in network.params.values()), total_flop(network, input_shape, given)
    return table([*rows, ("total", "", "", f"{parameters:,}", f"{total / 1e6:.2f}")])
