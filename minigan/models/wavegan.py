"""WaveGAN, small: raw sound from noise (Donahue, McAuley & Puckette 2019, arXiv:1802.04208).

It is DCGAN flattened (section 3.2): kernels of 25 steps in place of 5 x 5 pixels, a stride of 4 in place of 2 x 2.
Every layer of G makes the signal four times as long, every layer of D four times as short. Between D's layers stands a
`PhaseShuffle` (section 3.3), so that D cannot tell the fakes by the phase of the pattern that G's strides leave.

Differences from the paper, whose networks make 16,384 steps in five layers of up to 1,024 channels: three layers for
1,024 steps, and fewer channels; a shift of its own for each sample; and G's end is linear, where theirs is tanh.
Numbers of a file of one's own come scaled to deviation 1 and go beyond 1, which a tanh could not draw.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from minigan.checks import whole
from minigan.layers import BatchNorm, Conv1D, Conv1DTranspose, Dense, Flatten, Layer, PhaseShuffle, Reshape, Sequential

SHORTEST = 4  # steps of the smallest map: shorter signals have fewer layers


def wavegan(
    sample_shape: tuple[int, int], *, z_dim: int = 64, widths: Sequence[int] = (32, 64, 128), kernel: int = 25,
    stride: int = 4, phase_shuffle: int = 2, slope: float = 0.2, g_norm: bool = False, pac: int = 1,
    init: str | Callable = "glorot", rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G and D: noise (N, z_dim) -> signals (N, T, C) -> logits (N, 1).

    sample_shape: T and C, each at least 1. widths: channels of D's maps, each `stride` times as short as the one
    before, rounded up; G goes the same way back. kernel: steps that one covers. phase_shuffle: steps by which D's maps
    are shifted at most, behind every layer but the last, and those of no more steps (`not_shuffled`); 0: not at all.
    g_norm: batch norm in G, which the paper has not. pac: as for `dcgan`.
    Raises ValueError for sizes below 1, and a phase_shuffle that is too much for all of several layers.
    """
    T, C = (whole("each size of sample_shape", size) for size in sample_shape)
    lengths = [T]
    while len(lengths) <= len(widths) and (len(lengths) == 1 or -(-lengths[-1] // stride) >= SHORTEST):
        lengths.append(-(-lengths[-1] // whole("stride", stride)))
    widths, options = tuple(widths)[: len(lengths) - 1], {"init": init, "rng": rng}
    if len(widths) > 1 and whole("phase_shuffle", phase_shuffle, least=0) >= lengths[1]:
        raise ValueError(f"phase_shuffle moves D's maps by less than their length, and the longest has {lengths[1]} "
                         f"steps of signals of {T}; got {phase_shuffle}; use at most {lengths[1] - 1}")  # fmt: skip
    G = generator(lengths, (C, *widths), z_dim, kernel, stride, g_norm, options)
    return G, discriminator(lengths, (C * whole("pac", pac), *widths), kernel, stride, phase_shuffle, slope, options)


def generator(lengths: list[int], widths: tuple, z_dim: int, kernel: int, stride: int, g_norm: bool,
              options: dict) -> Sequential:  # fmt: skip
    """Noise (N, z_dim) -> signals (N, T, C). lengths: T, T/4, ..., the steps of the maps from the last to the first.
    widths: C, then the channels of the same maps."""
    first, end = lengths[-1] * widths[-1], {"bias": False} if g_norm else {"slope": 0.0}  # ReLU, here or in the norm
    layers = [("dense", Dense(z_dim, first, **end, **options)), *normalised("norm0", first, g_norm)]
    layers += [("reshape", Reshape(lengths[-1], widths[-1]))]  # (steps, channels)
    for i in range(len(widths) - 1, 1, -1):  # four times the steps each time
        n, up = len(widths) - i, {"stride": stride, "output_size": lengths[i - 1]}
        layers += [(f"up{n}", Conv1DTranspose(widths[i], widths[i - 1], kernel, **up, **end, **options))]
        layers += normalised(f"norm{n}", widths[i - 1], g_norm)
    last = Conv1DTranspose(widths[1], widths[0], kernel, stride=stride, output_size=lengths[0], **options)
    return Sequential(*layers, ("signal", last))  # (T, C)


def normalised(name: str, channels: int, g_norm: bool) -> list:
    """[a batch norm with ReLU], or []."""
    return [(name, BatchNorm(channels, slope=0.0))] if g_norm else []


def not_shuffled(D: Layer) -> list[str]:
    """The names of D's layers along the time, but for the last of several, behind which no PhaseShuffle stands: their
    maps are too short. D: of `wavegan`."""
    names = {part for name, _ in D.leaves() for part in name.split(".")}
    downs = sorted(name for name in names if name.startswith("down"))
    return [name for name in downs[:-1] or downs if name.replace("down", "shuffle") not in names]


def discriminator(lengths: list[int], widths: tuple, kernel: int, stride: int, shuffle: int, slope: float,
                  options: dict) -> Sequential:  # fmt: skip
    """Signals (N, T, C) -> logits (N, 1). Each Conv1D computes the LeakyReLU after it."""
    layers = []
    for i, (width, wider) in enumerate(pairwise(widths), start=1):  # a quarter of the steps each time
        layers.append((f"down{i}", Conv1D(width, wider, kernel, stride=stride, slope=slope, **options)))
        if shuffle and lengths[i] > shuffle and i < len(widths) - 1:
            layers.append((f"shuffle{i}", PhaseShuffle(shuffle, rng=options["rng"])))
    layers += [
        ("flatten", Flatten()),
        ("logit", Dense(lengths[-1] * widths[-1], 1, bias=False, **options)),  # (1)
    ]
    return Sequential(*layers)
