"""DCGAN: a generator of transposed convolutions against a discriminator of convolutions (Radford et al. 2016)."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import numpy as np

from minigan.checks import pair, whole
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
    image_size: int | tuple[int, int], channels: int = 1, *, z_dim: int = 64, hidden: Sequence[int] = (),
    g_widths: Sequence[int] = (128, 64), d_widths: Sequence[int] = (32, 64), kernel: int = 4,
    last_kernel: int | None = None, slope: float = 0.2, dropout: float = 0.0, pac: int = 1,
    init: str | Callable = "dcgan", rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G and D: noise (N, z_dim) -> images (N, H, W, channels) -> logits (N, 1).

    image_size: H and W, or one number for both, at least 4. Halves are rounded up: of 25 rows G draws 7, then 13, then
        25, and D goes the same way back. channels: 1 or 3.
    hidden: widths of dense layers between the noise and G's first map (none in the paper). They bend the noise before
        it is drawn, as the mapping network of Karras et al. 2019 (arXiv:1812.04948) does: one connected cloud of noise
        has to become ten separate kinds of digits.
    g_widths: channels of G's maps, at H/4 and H/2 (and at H too, where three are given: then a convolution of
        `last_kernel` ends it). d_widths: those of D, each map at half the size of the one before.
    dropout: rate after each of D's activations. pac: D's first layer is made for so many images side by side.
    Raises ValueError for any other size or channel count.
    """
    size = pair("image_size", image_size)
    if min(size) < 4:
        height, width = size
        raise ValueError(f"--image-size must be at least 4 pixels high and wide for a DCGAN, got {height}x{width}; try "
                         f"{max(4, height)}x{max(4, width)}")  # fmt: skip
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 (grey) or 3 (colour), got {channels}")
    if len(g_widths) not in (2, 3):
        raise ValueError(f"g_widths must be two or three numbers, got {g_widths}")
    options = {"init": init, "rng": rng}
    G = generator(size, channels, (z_dim, *hidden), tuple(g_widths), kernel, last_kernel or kernel, slope, options)
    D = discriminator(size, channels * whole("pac", pac), tuple(d_widths), kernel, slope, dropout, options)
    return G, D


def generator(
    size: tuple[int, int],
    channels: int,
    dense_widths: tuple,
    widths: tuple,
    kernel: int,
    last_kernel: int,
    slope: float,
    options: dict,
) -> Sequential:  # fmt: skip
    """Noise (N, z_dim) -> images (N, H, W, channels) in [-1, 1]. dense_widths: z_dim, then those of hidden layers.

    No bias before a BatchNorm, which would remove it. Each BatchNorm computes the LeakyReLU after it, with `slope`.
    """
    layers = []
    for i, (n_in, n_out) in enumerate(pairwise(dense_widths), start=1):  # (n_out)
        layers += [
            (f"hidden{i}", Dense(n_in, n_out, bias=False, **options | {"init": "he"})),
            (f"hidden_norm{i}", BatchNorm(n_out, slope=slope)),
        ]
    first, *more = widths
    half, quarter = halved(size), halved(halved(size))
    layers += [
        ("dense", Dense(dense_widths[-1], prod(quarter) * first, bias=False, **options)),
        ("norm0", BatchNorm(prod(quarter) * first, slope=slope)),
        ("reshape", Reshape(*quarter, first)),  # (H/4, W/4, first)
    ]
    width = first
    for i, (wider, to) in enumerate(zip(more, (half, size), strict=False), start=1):
        layers += [  # (H/2, W/2, second), then (H, W, third) if there is one
            (f"up{i}", Conv2DTranspose(width, wider, kernel, stride=2, output_size=to, bias=False, **options)),
            (f"norm{i}", BatchNorm(wider, slope=slope)),
        ]
        width = wider
    last = {"stride": 2 if len(more) == 1 else 1, "output_size": size}
    layers += [
        ("image", Conv2DTranspose(width, channels, last_kernel, **last, **options)),  # (H, W, channels)
        ("tanh", Tanh()),
    ]
    return Sequential(*layers)


def discriminator(
    size: tuple[int, int], channels: int, widths: tuple, kernel: int, slope: float, dropout: float, options: dict
) -> Sequential:  # fmt: skip
    """Images (N, H, W, channels) -> logits (N, 1). Each Conv2D computes the LeakyReLU after it."""
    layers, width = [], channels
    for i, wider in enumerate(widths, start=1):  # each of half the height and width of the one before
        layers += [
            (f"down{i}", Conv2D(width, wider, kernel, stride=2, slope=slope, **options)),
        ]
        if dropout:
            layers.append((f"dropout{i}", Dropout(dropout, rng=options["rng"])))
        size, width = halved(size), wider
    layers += [
        ("flatten", Flatten()),  # (height * width * channels of the last map)
        ("logit", Dense(prod(size) * width, 1, bias=False, **options)),  # (1)
    ]
    return Sequential(*layers)


def halved(size: tuple[int, int]) -> tuple[int, int]:
    """Half of (height, width), rounded up, as a convolution of stride 2 with "same" padding makes it."""
    return -(-size[0] // 2), -(-size[1] // 2)
