"""DCGAN: a generator of transposed convolutions against a discriminator of convolutions (Radford et al. 2016)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from minigan.checks import whole
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Reshape,
    Sequential,
    Tanh,
)


def dcgan(
    image_size: int, channels: int = 1, *, z_dim: int = 64, hidden: Sequence[int] = (),
    g_widths: Sequence[int] = (128, 64), d_widths: Sequence[int] = (32, 64), kernel: int = 4,
    last_kernel: int | None = None, slope: float = 0.2, dropout: float = 0.0, pac: int = 1,
    init: str | Callable = "dcgan", rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G and D: noise (N, z_dim) -> images (N, S, S, channels) -> logits (N, 1).

    image_size S: a multiple of 4. channels: 1 or 3.
    hidden: widths of dense layers between the noise and G's first map (none in the paper). They bend the noise before
        it is drawn, as the mapping network of Karras et al. 2019 (arXiv:1812.04948) does: one connected cloud of noise
        has to become ten separate kinds of digits.
    g_widths: channels of G's maps, at S/4 and S/2 (and at S too, where three are given: then a convolution of
        `last_kernel` ends it). d_widths: those of D, each map at half the size of the one before.
    dropout: rate after each of D's activations. pac: D's first layer is made for so many images side by side.
    Raises ValueError for any other size or channel count.
    """
    S = whole("image_size", image_size, least=4)
    if S % 4 != 0:
        raise ValueError(f"image_size must be a multiple of 4, got {S}; try {max(4, round(S / 4) * 4)}")
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 (grey) or 3 (colour), got {channels}")
    if len(g_widths) not in (2, 3):
        raise ValueError(f"g_widths must be two or three numbers, got {g_widths}")
    options = {"init": init, "rng": rng}
    G = generator(S, channels, (z_dim, *hidden), tuple(g_widths), kernel, last_kernel or kernel, slope, options)
    D = discriminator(S, channels * whole("pac", pac), tuple(d_widths), kernel, slope, dropout, options)
    return G, D


def generator(
    S: int,
    channels: int,
    dense_widths: tuple,
    widths: tuple,
    kernel: int,
    last_kernel: int,
    slope: float,
    options: dict,
) -> Sequential:  # fmt: skip
    """Noise (N, z_dim) -> images (N, S, S, channels) in [-1, 1]. dense_widths: z_dim, then those of hidden layers.

    No bias before a BatchNorm, which would remove it. Each BatchNorm computes the LeakyReLU after it, with `slope`.
    """
    layers = []
    for i, (n_in, n_out) in enumerate(pairwise(dense_widths), start=1):  # (n_out)
        layers += [
            (f"hidden{i}", Dense(n_in, n_out, bias=False, **options | {"init": "he"})),
            (f"hidden_norm{i}", BatchNorm(n_out, slope=slope)),
        ]
    first, *more = widths
    layers += [
        ("dense", Dense(dense_widths[-1], S // 4 * (S // 4) * first, bias=False, **options)),
        ("norm0", BatchNorm(S // 4 * (S // 4) * first, slope=slope)),
        ("reshape", Reshape(S // 4, S // 4, first)),  # (S/4, S/4, first)
    ]
    width = first
    for i, wider in enumerate(more, start=1):  # (S/2, S/2, second), then (S, S, third) if there is one
        layers += [
            (f"up{i}", Conv2DTranspose(width, wider, kernel, stride=2, bias=False, **options)),
            (f"norm{i}", BatchNorm(wider, slope=slope)),
        ]
        width = wider
    stride = 2 if len(more) == 1 else 1
    layers += [
        ("image", Conv2DTranspose(width, channels, last_kernel, stride=stride, **options)),  # (S, S, channels)
        ("tanh", Tanh()),
    ]
    return Sequential(*layers)


def discriminator(
    S: int, channels: int, widths: tuple, kernel: int, slope: float, dropout: float, options: dict
) -> Sequential:  # fmt: skip
    """Images (N, S, S, channels) -> logits (N, 1). Each Conv2D computes the LeakyReLU after it."""
    layers, size, width = [], S, channels
    for i, wider in enumerate(widths, start=1):  # each (size/2, size/2, wider)
        layers += [
            (f"down{i}", Conv2D(width, wider, kernel, stride=2, slope=slope, **options)),
        ]
        if dropout:
            layers.append((f"dropout{i}", Dropout(dropout, rng=options["rng"])))
        size, width = -(-size // 2), wider
    layers += [
        ("flatten", Flatten()),  # (size * size * width)
        ("logit", Dense(size * size * width, 1, bias=False, **options)),  # (1)
    ]
    return Sequential(*layers)
