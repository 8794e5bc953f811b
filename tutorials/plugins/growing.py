"""A network that grows once, half-way: from 8x8 to 16x16 pixels (after Karras et al. 2018, arXiv:1710.10196).

    minigan train --plugin growing.py --preset growing

G gets a doubling and a convolution before its last layer, D a convolution with stride 2 behind its first. The layers
that stay are the same objects: their weights, the optimizer's averages and its step counts go on; new weights begin
at 0 steps. A run that is stopped before or after the growth goes on bit for bit with --resume.
"""

from minigan import register
from minigan.layers import Conv2D, Dense, Flatten, LeakyReLU, Reshape, Sequential, Tanh, UpSampling2D

WIDTH = 32


@register.network("growing", z_dim=16, steps=2000, lr=5e-4, stages=((0, 8), (0.5, 16)))
def growing(sample_shape, *, z_dim, rng, stage=0, previous=None):
    """convolutions that grow from 8x8 to 16x16 pixels in the middle of the training"""
    *_, C = sample_shape
    if stage == 0:
        G = Sequential(
            ("dense", Dense(z_dim, 4 * 4 * WIDTH, slope=0.2, rng=rng)),
            ("reshape", Reshape(4, 4, WIDTH)),
            ("double1", UpSampling2D(2)),  # (8, 8, WIDTH)
            ("conv1", Conv2D(WIDTH, WIDTH, 3, slope=0.2, rng=rng)),
            ("image", Conv2D(WIDTH, C, 3, rng=rng)),
            ("tanh", Tanh()),
        )
        D = Sequential(
            ("image", Conv2D(C, WIDTH, 3, slope=0.2, rng=rng)),
            ("down1", Conv2D(WIDTH, WIDTH, 3, stride=2, slope=0.2, rng=rng)),  # (4, 4, WIDTH)
            ("flatten", Flatten()),
            ("logit", Dense(4 * 4 * WIDTH, 1, rng=rng)),
        )
        return G, D
    G, D = previous
    *body, image, tanh = G.layers.items()
    wider = [("double2", UpSampling2D(2)), ("conv2", Conv2D(WIDTH, WIDTH, 3, rng=rng)), ("leaky2", LeakyReLU(0.2))]
    G = Sequential(*body, *wider, image, tanh)  # (16, 16, C)
    first, *rest = D.layers.items()
    D = Sequential(first, ("down2", Conv2D(WIDTH, WIDTH, 3, stride=2, slope=0.2, rng=rng)), *rest)
    return G, D
