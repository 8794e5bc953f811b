"""Presets: a network and the settings that it trains well with, under one name."""

from dataclasses import dataclass

from minigan.models.dcgan import dcgan
from minigan.models.mlp import mlp


@dataclass(frozen=True)
class Preset:
    """One named choice. `options` go to the network's function; the rest are a training's defaults."""

    description: str
    network: str  # "dcgan" or "mlp"
    options: dict
    z_dim: int  # numbers of noise
    image_size: int | None = None  # None: as the data has it
    batch_size: int = 64
    steps: int = 2000
    optimizer: str = "adam"
    lr: float = 2e-4
    beta1: float = 0.5
    loss: str = "non-saturating"
    smooth: float = 1.0  # target for real images
    dropout: float = 0.0  # after D's activations


PRESETS = {
    "quick": Preset(
        "a small DCGAN for 16x16 images: readable digits in about a minute on two cores",
        network="dcgan",
        options={
            "hidden": (256,),
            "g_widths": (96, 48),
            "d_widths": (48, 96),
            "kernel": 5,
            "init": "glorot",
        },
        z_dim=8,
        image_size=16,
        steps=1500,
        lr=5e-4,
    ),
    "paper32": Preset(
        "a DCGAN of the usual size for 32x32 images: 5x5 kernels, 64 to 128 channels",
        network="dcgan",
        options={
            "g_widths": (128, 128, 64),
            "d_widths": (64, 128, 128),
            "kernel": 5,
            "last_kernel": 7,
            "slope": 0.3,
        },  # fmt: skip
        z_dim=100,
        image_size=32,
        batch_size=128,
        steps=2000,
    ),
    "mlp": Preset(
        "dense layers only, for points in the plane and flat images",
        network="mlp",
        options={"width": 128, "depth": 2},
        z_dim=16,
        batch_size=256,
        steps=4000,
        lr=5e-4,
    ),
    "points": Preset(
        "the networks of the published tables on ring and grid (PacGAN, after ALI): batch norm in G, maxout in D",
        network="mlp",
        options={
            "width": 400,
            "depth": 4,
            "slope": 0.0,
            "g_norm": True,
            "d_width": 200,
            "d_depth": 3,
            "pieces": 5,
            "init": "dcgan",
        },
        z_dim=2,
        batch_size=100,
        steps=24_000,  # theirs: 400,000
        lr=2e-3,  # theirs: 1e-4, for so many more steps
        beta1=0.8,
    ),
}


def preset(name):
    """The Preset of that name, or ValueError that lists the names."""
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; expected one of: {', '.join(PRESETS)}")
    return PRESETS[name]


def build(name, sample_shape, *, z_dim=None, dropout=None, pac=1, rng=None):
    """G, D of the preset `name` for samples of `sample_shape`: (H, W, C) for images, (2,) for points.

    z_dim, dropout: the preset's unless given. pac: D's first layer is made for so many samples side by side
    (`minigan.models.variants.packed`).
    Raises ValueError for an unknown name, points for a convolutional network, or images that are not square.
    """
    choice, shape = preset(name), tuple(sample_shape)
    z_dim = z_dim or choice.z_dim
    dropout = choice.dropout if dropout is None else dropout
    if choice.network == "mlp":
        if dropout:
            raise ValueError("dropout is for the convolutional discriminator; the mlp preset has none")
        return mlp(shape, z_dim=z_dim, **choice.options, bounded=len(shape) == 3, pac=pac, rng=rng)
    if len(shape) != 3 or shape[0] != shape[1]:
        raise ValueError(f"preset {name!r} draws square images (S, S, channels), got samples of shape {shape}; "
                         "for points use the preset 'mlp'")  # fmt: skip
    return dcgan(shape[0], shape[2], z_dim=z_dim, **choice.options, dropout=dropout, pac=pac, rng=rng)
