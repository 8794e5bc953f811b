"""Networks that grow while they are trained: 4x4 pixels first, then 8x8, 16x16, 32x32 (Karras et al. 2018).

    G   noise -> (4, 4, w4) -> up8 -> up16 -> ... -> rgb -> tanh
    D   rgb -> ... -> down16 -> down8 -> (4, 4, w4) -> std -> logit

When the size doubles, G gets a block before its last layer and D one behind its first. They fade in, side by side with
what drew the smaller image until now (figure 2 of the paper):

    G   x -> (1 - alpha) up(rgb16(x)) + alpha rgb32(up32(x))
    D   x -> (1 - alpha) rgb16(down(x)) + alpha down32(rgb32(x))

where down takes the mean of 2x2 pixels and up makes each pixel 2x2.

When alpha is 1 the old branch is left out. All layers that stay are the same objects, so what they and their optimizers
have learnt goes on.

Sections 2 to 4 and table 2 of arXiv:1710.10196: 3x3 convolutions, LeakyReLU 0.2, `PixelNorm` in G, `MinibatchStdDev` in
D, `Equalised` everywhere. Different here: far fewer channels; G ends in tanh, so that pixels stay within [-1, 1]; the
4x4 map of D ends in a Dense in place of a 4x4 convolution, which is the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2, sqrt

import numpy as np

from minigan.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Equalised,
    Flatten,
    Layer,
    MinibatchStdDev,
    PixelNorm,
    Reshape,
    Sequential,
    Tanh,
    UpSampling2D,
    faded_in,
    fading,
    unit_normal,
)

LEAST = 4  # rows of the smallest map
SLOPE = 0.2
FADE = "fade"


def progressive(
    sample_shape: tuple[int, int, int], *, z_dim: int = 16, base: int = 256, most: int = 64, least: int = 8,
    group_size: int = 4, stage: int = 0, fades: bool = True, previous: tuple[Layer, Layer] | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[Sequential, Sequential]:  # fmt: skip
    """G and D of a stage: noise (N, z_dim) -> images (N, size, size, channels) -> logits (N, 1).

    sample_shape: (size, size, channels), size 4, 8, 16, 32, ...
    base, most, least: a map of s x s pixels has base / s channels, at most `most`, at least `least`.
    group_size: of D's `MinibatchStdDev`.
    previous: (G, D) of the stage before; of half this size: then the new layers fade in; or of this size: then the fade
        is over. None: networks of this size from the start. fades: whether new layers fade in, or are there at once.
    Raises ValueError for another size.
    """
    height, width, channels = sample_shape
    if height != width or height < LEAST or log2(height) % 1:
        raise ValueError(f"the preset progressive draws squares of 4, 8, 16, 32, ... pixels, got {height}x{width}; use "
                         "--image-size 32, or --preset dcgan for any size")  # fmt: skip
    pieces = Pieces(channels, base, most, least, rng)
    if previous is None:
        return pieces.generator(z_dim, height), pieces.discriminator(height, group_size)
    G, D = map(whole, previous)
    before = G.output_shape((z_dim,))[0]
    if before == height:
        return G, D
    if 2 * before != height:
        raise ValueError(f"a stage has twice the size of the one before, {2 * before}, or the same, got {height}")
    G, D = pieces.grown_generator(G, height), pieces.grown_discriminator(D, height)
    return (G, D) if fades else (whole(G), whole(D))


@dataclass
class Pieces:
    """What the networks are built of. rng: for the first weights."""

    channels: int
    base: int
    most: int
    least: int
    rng: np.random.Generator | None

    def width(self, size: int) -> int:
        """Channels of a map of size x size."""
        return max(self.least, min(self.most, self.base // size))

    def conv(self, c_in: int, c_out: int, kernel: int = 3, slope: float | None = SLOPE, gain: float = sqrt(2)) -> Layer:
        return Equalised(Conv2D(c_in, c_out, kernel, slope=slope, init=unit_normal, rng=self.rng), gain=gain)

    def dense(self, n_in: int, n_out: int, slope: float | None = SLOPE, gain: float = sqrt(2)) -> Layer:
        return Equalised(Dense(n_in, n_out, slope=slope, init=unit_normal, rng=self.rng), gain=gain)

    def to_image(self, size: int) -> tuple[str, Layer]:
        """(size, size, width) -> (size, size, channels), linear."""
        return f"rgb{size}", self.conv(self.width(size), self.channels, 1, slope=None, gain=1)

    def from_image(self, size: int) -> tuple[str, Layer]:
        """(size, size, channels) -> (size, size, width)."""
        return f"rgb{size}", self.conv(self.channels, self.width(size), 1)

    def up(self, size: int) -> tuple[str, Layer]:
        """G's block (size / 2, size / 2, width there) -> (size, size, width)."""
        c_in, c_out = self.width(size // 2), self.width(size)
        convs = ("conv1", self.conv(c_in, c_out)), ("conv2", self.conv(c_out, c_out))
        layers = (pair for conv in convs for pair in (conv, (f"norm{conv[0][-1]}", PixelNorm())))
        return f"up{size}", Sequential(("up", UpSampling2D(2)), *layers)

    def down(self, size: int) -> tuple[str, Layer]:
        """D's block (size, size, width) -> (size / 2, size / 2, width there)."""
        c_in, c_out = self.width(size), self.width(size // 2)
        convs = ("conv1", self.conv(c_in, c_in)), ("conv2", self.conv(c_in, c_out))
        return f"down{size}", Sequential(*convs, ("pool", AveragePool2D(2)))

    def generator(self, z_dim: int, size: int) -> Sequential:
        width = self.width(LEAST)
        return Sequential(
            ("noise", PixelNorm()),  # onto a sphere
            ("dense", self.dense(z_dim, LEAST * LEAST * width)),
            ("reshape", Reshape(LEAST, LEAST, width)),  # (4, 4, w4)
            ("norm", PixelNorm()),
            ("conv4", self.conv(width, width)),
            ("norm4", PixelNorm()),
            *(self.up(s) for s in doubled(size)),  # (size, size, width)
            self.to_image(size),  # (size, size, channels)
            ("tanh", Tanh()),
        )

    def discriminator(self, size: int, group_size: int) -> Sequential:
        width = self.width(LEAST)
        return Sequential(
            self.from_image(size),
            *(self.down(s) for s in reversed(list(doubled(size)))),  # (4, 4, w4)
            ("std", MinibatchStdDev(group_size)),  # (4, 4, w4 + 1)
            ("conv4", self.conv(width + 1, width)),
            ("flatten", Flatten()),
            ("dense", self.dense(LEAST * LEAST * width, width)),
            ("logit", self.dense(width, 1, slope=None, gain=1)),
        )

    def grown_generator(self, G: Sequential, size: int) -> Sequential:
        *body, rgb, tanh = G.parts()
        old = Sequential(rgb, ("up", UpSampling2D(2)))  # a 1x1 convolution gives the same before or after it
        return Sequential(*body, (FADE, fading(old, Sequential(self.up(size), self.to_image(size)))), tanh)

    def grown_discriminator(self, D: Sequential, size: int) -> Sequential:
        rgb, *body = D.parts()
        old = Sequential(("pool", AveragePool2D(2)), rgb)
        return Sequential((FADE, fading(old, Sequential(self.from_image(size), self.down(size)))), *body)


def doubled(size: int) -> Iterable[int]:
    """8, 16, ..., size."""
    return (2**k for k in range(3, int(log2(size)) + 1))


def whole(network: Layer) -> Sequential:
    """The network without its fade: of the two branches only the new one, whose alpha is 1."""
    parts = network.parts()
    return Sequential(
        *(pair for name, layer in parts for pair in (faded_in(layer) if name == FADE else [(name, layer)]))
    )
