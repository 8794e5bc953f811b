"""A residual network: each block adds what it computes to what came in (He et al. 2016, arXiv:1512.03385, eq. 1).

    minigan train --plugin residual.py --recipe residual-r1

Every tool goes into the branches: the recipe asks for spectral normalisation (Miyato et al. 2018, arXiv:1802.05957) of
all of D's weights, those of the skips too, and for R1 (Mescheder et al. 2018, arXiv:1801.04406).
"""

from minigan import register
from minigan.layers import BatchNorm, Conv2D, Dense, Flatten, LeakyReLU, Reshape, Sequential, Sum, Tanh, UpSampling2D


def up_block(c_in, c_out, rng):
    """(N, H, W, c_in) -> (N, 2H, 2W, c_out): twice as large, then two convolutions beside a skip of one."""
    body = Sequential(
        BatchNorm(c_in, slope=0.2),
        Conv2D(c_in, c_out, 3, bias=False, rng=rng),
        BatchNorm(c_out, slope=0.2),
        Conv2D(c_out, c_out, 3, rng=rng),
    )
    return Sequential(UpSampling2D(2), Sum(("body", body), ("skip", Conv2D(c_in, c_out, 1, rng=rng))))


def down_block(c_in, c_out, rng):
    """(N, H, W, c_in) -> (N, H/2, W/2, c_out)."""
    body = Sequential(
        LeakyReLU(0.2), Conv2D(c_in, c_out, 3, slope=0.2, rng=rng), Conv2D(c_out, c_out, 3, stride=2, rng=rng)
    )
    return Sum(("body", body), ("skip", Conv2D(c_in, c_out, 1, stride=2, rng=rng)))


@register.network("residual", z_dim=16, image_size=16, steps=1000)
def residual(sample_shape, *, z_dim, rng, width=32):
    """a residual network for small images"""
    H, W, C = sample_shape
    G = Sequential(
        ("dense", Dense(z_dim, H // 4 * (W // 4) * width, rng=rng)),
        ("reshape", Reshape(H // 4, W // 4, width)),  # (H/4, W/4, width)
        ("up1", up_block(width, width, rng)),  # (H/2, W/2, width)
        ("up2", up_block(width, width, rng)),  # (H, W, width)
        ("norm", BatchNorm(width, slope=0.2)),
        ("image", Conv2D(width, C, 3, rng=rng)),  # (H, W, C)
        ("tanh", Tanh()),
    )
    D = Sequential(
        ("image", Conv2D(C, width, 3, rng=rng)),
        ("down1", down_block(width, width, rng)),  # (H/2, W/2, width)
        ("down2", down_block(width, width, rng)),  # (H/4, W/4, width)
        ("leaky", LeakyReLU(0.2)),
        ("flatten", Flatten()),
        ("logit", Dense(H // 4 * (W // 4) * width, 1, rng=rng)),  # (1)
    )
    return G, D


register.recipe(
    "residual-r1",
    {"preset": "residual", "spectral_norm": True, "penalty": ("r1:0.5",), "lr": 5e-4},
    summary="residual networks, D with spectral normalisation and R1",
)
