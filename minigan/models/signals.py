"""A GAN for signals, (T, C): T steps in time of C channels each, such as sound, or the axes of an accelerometer.

It is DCGAN with one axis fewer, as in WaveGAN (Donahue, McAuley and Puckette 2019, arXiv:1802.04208, section 3.2): the
convolutions go along the time. A signal is handled as a picture T high, 1 wide, and a kernel as (k, 1), so no layer is
new. Long kernels see more than one period of a wave at once.
"""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from minigan.checks import whole
from minigan.layers import BatchNorm, Conv2D, Conv2DTranspose, Dense, Dropout, Flatten, Reshape, Sequential

SHORTEST = 4  # steps of the smallest map: shorter signals are halved less often


def signals(
    sample_shape: tuple[int, int], *, z_dim: int = 32, widths: Sequence[int] = (32, 64, 128), kernel: int = 9,
    slope: float = 0.2, dropout: float = 0.0, pac: int = 1, init: str | Callable = "glorot",
    rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G and D: noise (N, z_dim) -> signals (N, T, C) -> logits (N, 1).

    sample_shape: T and C, each at least 1. widths: channels of D's maps; each has half the steps of the one before,
    rounded up. G goes the same way back, with the same widths. kernel: steps that one covers. G's end is linear, for
    signals scaled to mean 0 and deviation 1. dropout, pac: as for `dcgan`.
    Raises ValueError for sizes below 1.
    """
    T, C = (whole("each size of sample_shape", size) for size in sample_shape)
    lengths = [T]
    while len(lengths) <= len(widths) and (len(lengths) == 1 or -(-lengths[-1] // 2) >= SHORTEST):
        lengths.append(-(-lengths[-1] // 2))
    widths = tuple(widths)[: len(lengths) - 1]
    options = {"init": init, "rng": rng}
    G = generator(lengths, C, z_dim, widths, kernel, slope, options)
    return G, discriminator(lengths, C * whole("pac", pac), widths, kernel, slope, dropout, options)


def generator(lengths: list[int], C: int, z_dim: int, widths: tuple, kernel: int, slope: float,
              options: dict) -> Sequential:  # fmt: skip
    """Noise (N, z_dim) -> signals (N, T, C). lengths: T, T/2, ..., steps of the maps from the last to the first.

    No bias before a BatchNorm, which would remove it. Each BatchNorm computes the LeakyReLU after it."""
    first = (lengths[-1], 1, widths[-1])
    layers = [
        ("dense", Dense(z_dim, prod(first), bias=False, **options)),
        ("norm0", BatchNorm(prod(first), slope=slope)),
        ("reshape", Reshape(*first)),  # (steps, 1, channels)
    ]
    up = {"kernel": (kernel, 1), "stride": (2, 1)}
    for i in range(len(widths) - 1, 0, -1):  # twice the steps each time
        n, size = len(widths) - i, (lengths[i], 1)
        layers += [
            (f"up{n}", Conv2DTranspose(widths[i], widths[i - 1], output_size=size, bias=False, **up, **options)),
            (f"norm{n}", BatchNorm(widths[i - 1], slope=slope)),
        ]
    layers += [
        ("signal", Conv2DTranspose(widths[0], C, output_size=(lengths[0], 1), **up, **options)),  # (T, 1, C)
        ("time", Reshape(lengths[0], C)),  # (T, C)
    ]
    return Sequential(*layers)


def discriminator(lengths: list[int], C: int, widths: tuple, kernel: int, slope: float, dropout: float,
                  options: dict) -> Sequential:  # fmt: skip
    """Signals (N, T, C) -> logits (N, 1). Each Conv2D computes the LeakyReLU after it."""
    layers, width = [("time", Reshape(lengths[0], 1, C))], C  # (T, 1, C)
    for i, wider in enumerate(widths, start=1):  # half the steps each time
        layers.append((f"down{i}", Conv2D(width, wider, (kernel, 1), stride=(2, 1), slope=slope, **options)))
        if dropout:
            layers.append((f"dropout{i}", Dropout(dropout, rng=options["rng"])))
        width = wider
    layers += [
        ("flatten", Flatten()),
        ("logit", Dense(lengths[len(widths)] * width, 1, bias=False, **options)),  # (1)
    ]
    return Sequential(*layers)
