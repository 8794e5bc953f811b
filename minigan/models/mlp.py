"""A GAN of dense layers: for points in the plane, and for flat images."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import numpy as np

from minigan.checks import whole
from minigan.layers import BatchNorm, Dense, Flatten, MaxoutDense, Reshape, Sequential, Tanh


def mlp(
    output_shape: Sequence[int], *, z_dim: int = 2, width: int = 128, depth: int = 2, slope: float = 0.2,
    bounded: bool = False, g_norm: bool = False, d_width: int | None = None, d_depth: int | None = None,
    pieces: int | None = None, pac: int = 1, init: str | Callable = "he", rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G, D of `depth` hidden layers of `width` units: noise (N, z_dim) -> (N, *output_shape) -> logits (N, 1).

    output_shape: (2,) for points, (H, W, C) for images. bounded: end G in tanh, as images in [-1, 1] need and
    points do not. g_norm: batch norm before each of G's activations. d_width, d_depth: those of D, if others than G's.
    Each Dense or BatchNorm computes the LeakyReLU after it, with `slope`.
    pieces: D's units are maxouts of so many pieces, not LeakyReLUs. pac: D's first layer is made for so many samples
    side by side. Raises ValueError for sizes below 1, or a slope below 0.
    """
    output_shape = tuple(whole("each size of output_shape", size) for size in output_shape)
    width, depth = whole("width", width), whole("depth", depth)
    d_width, d_depth = whole("d_width", d_width or width), whole("d_depth", d_depth or depth)
    n_out, options = prod(output_shape), {"init": init, "rng": rng}

    g_layers, widths = [], [whole("z_dim", z_dim)] + [width] * depth
    for i, (n_in, n) in enumerate(pairwise(widths), start=1):
        if g_norm:  # no bias: the batch norm would remove it
            block = [(f"hidden{i}", Dense(n_in, n, bias=False, **options)), (f"norm{i}", BatchNorm(n, slope=slope))]
        else:
            block = [(f"hidden{i}", Dense(n_in, n, slope=slope, **options))]
        g_layers += block
    g_layers.append(("output", Dense(width, n_out, **options)))
    if bounded:
        g_layers.append(("tanh", Tanh()))
    g_layers.append(("reshape", Reshape(*output_shape)))

    d_layers, widths = [("flatten", Flatten())], [n_out * whole("pac", pac)] + [d_width] * d_depth
    for i, (n_in, n) in enumerate(pairwise(widths), start=1):
        if pieces:
            block = [(f"hidden{i}", MaxoutDense(n_in, n, pieces, **options))]
        else:
            block = [(f"hidden{i}", Dense(n_in, n, slope=slope, **options))]
        d_layers += block
    d_layers.append(("logit", Dense(d_width, 1, **options)))
    return Sequential(*g_layers), Sequential(*d_layers)
