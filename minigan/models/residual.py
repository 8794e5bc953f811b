"""Residual networks for images, as in SN-GAN, SAGAN and BigGAN: blocks that add to what they got.

    up-block      x -> conv(relu(norm(conv(up(relu(norm(x))))))) + up(conv1x1(x))        twice the height and width
    down-block    x -> pool(conv(relu(conv(relu(x))))) + pool(conv1x1(x))                half of them

Miyato et al. 2018 (arXiv:1802.05957), appendix B.4; Zhang et al. 2019 (SAGAN, arXiv:1805.08318); Brock et al. 2019
(BigGAN, arXiv:1809.11096), appendix B and figure 15. What is conditional in them comes from `models.conditional`, or,
with a shared embedding or skip-z, from `SharedCondition`.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod

import numpy as np

from minigan.checks import whole
from minigan.layers import (
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Embedding,
    Layer,
    ModulatedBatchNorm,
    ReLU,
    Reshape,
    Sequential,
    SharedCondition,
    Sum,
    SumPool,
    Tanh,
    UpSampling2D,
)
from minigan.models.variants import attending


def residual(
    sample_shape: tuple[int, int, int], *, z_dim: int = 32, g_widths: Sequence[int] = (64, 32, 16),
    d_widths: Sequence[int] = (16, 32, 64), classes: int = 0, attention: int = 0, shared_embedding: int = 0,
    skip_z: bool = False, init: str | Callable = "orthogonal", rng: np.random.Generator | None = None,
) -> tuple[Layer, Layer]:  # fmt: skip
    """G and D: noise (N, z_dim) -> images (N, H, W, channels) -> logits (N, 1).

    sample_shape: (H, W, channels), H and W multiples of 2 ** (len(g_widths) - 1), since each
        up-block doubles them.
    g_widths: channels of G's maps, the first from a dense layer, then one for each up-block. d_widths: those after each
        of D's blocks; all but the last one halve the height and width.
    attention: rows of the map after which self-attention stands, in both players; 0: none.
    shared_embedding: numbers of the embedded class that all norms in G's blocks share; it needs `classes`. skip_z: the
        norms of each up-block get a part of the noise of their own; it needs shared_embedding.
    Raises ValueError for other sizes.
    """
    H, W, channels = sample_shape
    factor = 2 ** (len(g_widths) - 1)
    if H % factor or W % factor:
        fit = "x".join(str(max(1, round(side / factor)) * factor) for side in (H, W))
        raise ValueError(f"--image-size must be a multiple of {factor} for residual networks with {len(g_widths) - 1} "
                         f"blocks that double it, got {H}x{W}; try {fit}, or --preset dcgan")  # fmt: skip
    if shared_embedding and not classes:
        raise ValueError("--shared-embedding needs labelled data, and these have no labels; leave it out")
    if skip_z and not shared_embedding:
        raise ValueError("--skip-z needs --shared-embedding: the norms get both as one condition")
    options = {"init": init, "rng": rng}
    chunks = noise_chunks(whole("z_dim", z_dim), len(g_widths) if skip_z else 1)

    def norm(block: int, width: int) -> Layer:
        """The norm of a block of G, 1, 2, ..., with the rectifier after it."""
        if not shared_embedding:
            return BatchNorm(width, slope=0.0)
        columns = [(0, shared_embedding)]  # of the condition: the embedded class, then the noise
        if skip_z:
            start, stop = chunks[block]
            columns.append((shared_embedding + start, shared_embedding + stop))
        return ModulatedBatchNorm(width, tuple(columns), slope=0.0, rng=rng)

    G = Sequential(*generator((H // factor, W // factor), chunks[0][1], tuple(g_widths), channels, norm, options))
    D = Sequential(*discriminator(channels, tuple(d_widths), options))
    if attention:
        noise, image = np.zeros((2, chunks[0][1]), np.float32), np.zeros((2, *sample_shape), np.float32)
        given = {"condition": np.zeros((2, shared_embedding + z_dim), np.float32)}
        G, D = attending(G, attention, noise, given, rng=rng), attending(D, attention, image, rng=rng)
    if shared_embedding:
        embedding = Embedding(
            classes, shared_embedding, scale=shared_embedding**-0.5, rng=rng
        )  # rows of length about 1
        G = SharedCondition(embedding, G, first=chunks[0][1])
    return G, D


def noise_chunks(z_dim: int, parts: int) -> list[tuple[int, int]]:
    """The (start, stop) of so many parts of the noise, as equal as can be, the larger ones first."""
    if z_dim < parts:
        raise ValueError(f"--z-dim must be at least {parts} for --skip-z, one for each of {parts} parts, got {z_dim}")
    cuts = np.cumsum([0] + [z_dim // parts + (i < z_dim % parts) for i in range(parts)])
    return [(int(start), int(stop)) for start, stop in pairwise(cuts)]


def generator(
    size: tuple[int, int], z_dim: int, widths: tuple, channels: int, norm: Callable, options: dict
) -> list[tuple[str, Layer]]:  # fmt: skip
    """The layers of G. size: of the first map. norm: function (block, channels) -> a norm with its rectifier."""
    first, *_, last = widths
    blocks = [(f"up{i}", up_block(a, b, i, norm, options)) for i, (a, b) in enumerate(pairwise(widths), start=1)]
    return [
        ("dense", Dense(z_dim, prod(size) * first, **options)),
        ("reshape", Reshape(*size, first)),  # (H / factor, W / factor, first)
        *blocks,  # (H, W, last)
        ("norm", BatchNorm(last, slope=0.0)),
        ("image", Conv2D(last, channels, 3, **options)),  # (H, W, channels)
        ("tanh", Tanh()),
    ]


def up_block(c_in: int, c_out: int, block: int, norm: Callable, options: dict) -> Sum:
    """(N, H, W, c_in) -> (N, 2H, 2W, c_out). No bias before a norm, which would remove it.

    The skip's 1x1 convolution comes before the up-sampling: it treats each pixel alike, so the result is the same, for
    a quarter of the work.
    """
    return Sum(
        ("body", Sequential(
            ("norm1", norm(block, c_in)),
            ("up", UpSampling2D(2)),
            ("conv1", Conv2D(c_in, c_out, 3, bias=False, **options)),
            ("norm2", norm(block, c_out)),
            ("conv2", Conv2D(c_out, c_out, 3, **options)),
        )),
        ("skip", Sequential(("conv", Conv2D(c_in, c_out, 1, **options)), ("up", UpSampling2D(2)))),
    )  # fmt: skip


def discriminator(channels: int, widths: tuple, options: dict) -> list[tuple[str, Layer]]:
    """The layers of D: all blocks but the last halve the map, the first has no rectifier before it."""
    layers, width = [], channels
    for i, wider in enumerate(widths, start=1):
        rectified, pooled = i > 1, i < len(widths)
        layers.append((f"block{i}", down_block(width, wider, rectified, pooled, options)))
        width = wider
    return [
        *layers,
        ("relu", ReLU()),
        ("sum", SumPool()),  # (N, last width)
        ("logit", Dense(width, 1, **options)),  # (N, 1)
    ]


def down_block(c_in: int, c_out: int, rectified: bool, pooled: bool, options: dict) -> Sum:
    """(N, H, W, c_in) -> (N, H/2, W/2, c_out), halves rounded up; without pooling (N, H, W, c_out). The skip is pooled
    before its 1x1 convolution, which treats each pixel alike: the result is the same."""
    pool = [("pool", AveragePool2D(2))] if pooled else []
    body = [
        *([("relu", ReLU())] if rectified else []),
        ("conv1", Conv2D(c_in, c_out, 3, slope=0.0, **options)),  # with the rectifier after it
        ("conv2", Conv2D(c_out, c_out, 3, **options)),
        *pool,
    ]
    skip = [*pool, ("conv", Conv2D(c_in, c_out, 1, **options))]
    if pooled:
        skip[0] = ("pool", AveragePool2D(2))
    return Sum(("body", Sequential(*body)), ("skip", Sequential(*skip)))
