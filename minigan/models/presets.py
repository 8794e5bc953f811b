"""Presets: a network and the settings that it trains well with, under one name."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from minigan.models.dcgan import dcgan
from minigan.models.dirac import dirac
from minigan.models.enhancer import enhancer
from minigan.models.mlp import mlp
from minigan.models.progressive import progressive
from minigan.models.residual import residual
from minigan.models.signals import signals
from minigan.models.wavegan import wavegan


@dataclass(frozen=True)
class Preset:
    """One named choice.

    network: function (sample_shape, *, z_dim, rng, **options) -> G, D. It may have the arguments `dropout`, `pac` and
        `classes`, too, and those of options of a plugin.
    options: more arguments of it. The rest are a training's defaults.
    points, signals, pictures: whether it draws tables (d,), among them points in the plane; signals (T, C); pictures
        (H, W, C).
    recipe: the recipe that it is trained by where none is asked for; None: none.
    g_normalised: whether G has batch norm, which --virtual-batch-norm can take the place of.
    stages: of networks that grow while they are trained, pairs (share of the steps, image size): ((0, 8), (0.5, 16))
        begins with 8x8 images, and with 16x16 half-way. `network` then has the arguments `stage` (0, 1, ...) and
        `previous` (the (G, D) of the stage before; None in stage 0).
    doubles: whether these networks can begin with any of the sizes 4, 8, 16, ... and double it as often as --stages
        says, new layers fading in; `stages` are then the default. `network` then has the argument `fades`, too:
        whether new layers fade in during this stage.
    """

    description: str
    network: Callable
    options: dict = field(default_factory=dict)
    z_dim: int = 64  # numbers of noise
    image_size: int | None = None  # None: as the data has it
    batch_size: int = 64
    steps: int = 2000
    optimizer: str = "adam"
    lr: float = 2e-4
    beta1: float = 0.5
    loss: str = "non-saturating"
    smooth: float = 1.0  # target for real images
    dropout: float = 0.0  # after D's activations
    phase_shuffle: int = 0  # steps by which D's maps of signals are shifted at most
    points: bool = False
    signals: bool = False
    pictures: bool = True
    recipe: str | None = None
    g_normalised: bool = True
    stages: tuple = ()
    doubles: bool = False
    signal: tuple[int, int] = (64, 1)  # steps and channels that it is looked at with, where there are no data to say

    @property
    def kinds(self) -> list[str]:
        """What it draws, of pictures, signals and tables."""
        can = {"pictures": self.pictures, "signals": self.signals, "tables": self.points}
        return [kind for kind, does in can.items() if does]

    def draws(self, kind: str) -> bool:
        """Whether it draws "pictures", "signals", a "table" or "points"."""
        return {"pictures": self.pictures, "signals": self.signals}.get(kind, self.points)

    def __post_init__(self):
        starts = [start for start, _ in self.stages]
        if self.stages and (starts[0] != 0 or sorted(set(starts)) != starts or starts[-1] >= 1):
            raise ValueError(f"stages expected pairs (share of the steps, image size), the shares growing from 0 to "
                             f"below 1, such as ((0, 8), (0.5, 16)), got {self.stages}")  # fmt: skip
        if self.stages:
            object.__setattr__(self, "image_size", self.stages[-1][1])


def convolutional(sample_shape: tuple, *, z_dim: int, dropout: float = 0.0, pac: int = 1, rng: Any = None,
                  **options: Any) -> tuple:  # fmt: skip
    """`dcgan` for samples (H, W, channels)."""
    *size, channels = sample_shape
    return dcgan(size, channels, z_dim=z_dim, dropout=dropout, pac=pac, rng=rng, **options)


def dense(sample_shape: tuple, *, z_dim: int, pac: int = 1, rng: Any = None, **options: Any) -> tuple:
    """`mlp` for tables and signals, and for images, which are bounded."""
    return mlp(sample_shape, z_dim=z_dim, bounded=len(sample_shape) == 3, pac=pac, rng=rng, **options)


PRESETS = {
    "dcgan": Preset(
        "a small DCGAN for images of any size: readable digits of 28x28 pixels",
        network=convolutional,
        options={
            "hidden": (256, 256),
            "g_widths": (64, 32),
            "d_widths": (32, 64, 96),
            "kernel": 5,
            "init": "glorot",
        },
        z_dim=8,
        steps=3500,
        lr=1e-3,
        recipe="lazy-r1",
    ),
    "quick": Preset(
        "a small DCGAN for 16x16 images, quick to train",
        network=convolutional,
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
        network=convolutional,
        options={
            "g_widths": (128, 128, 64),
            "d_widths": (64, 128, 128),
            "kernel": 5,
            "last_kernel": 7,
            "slope": 0.3,
        },
        z_dim=100,
        image_size=32,
        batch_size=128,
        steps=2000,
    ),
    "resnet-small": Preset(
        "residual networks for images, as in SN-GAN, SAGAN and BigGAN, at a size for two cores",
        network=residual,
        z_dim=32,
        batch_size=64,
        steps=2000,
        lr=5e-4,
        beta1=0.0,
        loss="hinge",
    ),
    "enhancer": Preset(
        "a residual network that makes pictures larger or cleaner, for --game enhance",
        network=enhancer,
        steps=2000,
        batch_size=32,
        lr=1e-3,
        recipe="enhance",
        g_normalised=False,
    ),
    "progressive": Preset(
        "networks that grow from 4x4 to 32x32 pixels while they are trained, new layers fading in",
        network=progressive,
        z_dim=16,
        batch_size=32,
        steps=2500,
        lr=5e-3,
        beta1=0.0,
        recipe="progressive",
        g_normalised=False,
        stages=((0, 4), (0.1, 8), (0.3, 16), (0.6, 32)),
        doubles=True,
    ),
    "mlp": Preset(
        "dense layers only, for tables, points in the plane, and flat images",
        network=dense,
        options={"width": 128, "depth": 2},
        z_dim=16,
        batch_size=256,
        steps=4000,
        lr=5e-4,
        points=True,
        signals=True,
        g_normalised=False,
    ),
    "signals": Preset(
        "convolutions along the time, for signals (T, C)",
        network=signals,
        options={"widths": (32, 64, 128), "kernel": 9},
        z_dim=32,
        batch_size=64,
        steps=2000,
        lr=2e-4,
        signals=True,
        pictures=False,
    ),
    "wavegan": Preset(
        "a small WaveGAN for signals (T, C): kernels of 25 steps, stride 4, phase shuffle in D",
        network=wavegan,
        options={"widths": (16, 32, 64), "kernel": 25},
        z_dim=32,
        batch_size=32,
        steps=7000,
        lr=2e-3,
        phase_shuffle=2,
        signals=True,
        pictures=False,
        recipe="wavegan",
        g_normalised=False,
        signal=(1024, 1),
    ),
    "points": Preset(
        "the networks of the published tables on ring and grid (PacGAN, after ALI): batch norm in G, maxout in D",
        network=dense,
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
        points=True,
    ),
    "dirac": Preset(
        "the smallest GAN: G moves a cloud of points, D is a straight line; for --data dirac",
        network=dirac,
        z_dim=2,
        batch_size=64,
        steps=600,
        optimizer="sgd",
        lr=0.1,
        points=True,
        g_normalised=False,
    ),
}


def preset(name: str) -> Preset:
    """The Preset of that name, or ValueError that lists the names."""
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; expected one of: {', '.join(PRESETS)}")
    return PRESETS[name]


def build(name: str, sample_shape: tuple, *, z_dim: int | None = None, dropout: float | None = None, pac: int = 1,
          rng: Any = None, **more: Any) -> tuple:  # fmt: skip
    """G, D of the preset `name` for samples of `sample_shape`: (H, W, C) for images, (T, C) for signals, (d,) for rows
    of a table, (2,) for points.

    z_dim, dropout: the preset's unless given. pac: D's first layer is made for so many samples side by side
    (`minigan.models.variants.packed`). more: other arguments, which the network gets if it has them.
    Raises ValueError for an unknown name, samples that the preset does not draw, or a dropout or a pac for networks
    that have none.
    """
    choice, shape = preset(name), tuple(sample_shape)
    kind = {3: "pictures", 2: "signals", 1: "table"}.get(len(shape))
    if not choice.draws(kind):
        raise ValueError(f"preset {name!r} draws {' and '.join(choice.kinds)}, got samples of shape {shape}; pictures "
                         "are (H, W, channels), signals (steps, channels), rows (columns,); preset 'mlp' draws all of "
                         "them")  # fmt: skip
    arguments = inspect.signature(choice.network).parameters
    asked = {"dropout": (choice.dropout if dropout is None else dropout, 0), "pac": (pac, 1)}
    for argument, (value, off) in asked.items():
        if argument in arguments:
            more[argument] = value
        elif value != off:
            raise ValueError(
                f"{argument} is for networks that have one, and those of preset {name!r} have none; leave it out"
            )
    more = {argument: value for argument, value in more.items() if argument in arguments}
    return choice.network(shape, z_dim=z_dim or choice.z_dim, rng=rng, **choice.options | more)
