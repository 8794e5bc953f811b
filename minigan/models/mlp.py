"""A GAN of dense layers: for points in the plane, and for flat images."""

from minigan.layers import Dense, Flatten, LeakyReLU, Reshape, Sequential, Tanh
from minigan.layers.base import whole


def mlp(output_shape, *, z_dim=2, width=128, depth=2, slope=0.2, bounded=False, rng=None):
    """G, D of `depth` hidden layers of `width` units: noise (N, z_dim) -> (N, *output_shape) -> logits (N, 1).

    output_shape: (2,) for points, (H, W, C) for images. bounded: end G in tanh, as images in [-1, 1] need and
    points do not. Raises ValueError for sizes below 1.
    """
    output_shape = tuple(whole("each size of output_shape", size) for size in output_shape)
    n_out = 1
    for size in output_shape:
        n_out *= size
    width, depth = whole("width", width), whole("depth", depth)
    options = {"init": "he", "rng": rng}

    g_layers, n = [], whole("z_dim", z_dim)
    for i in range(1, depth + 1):
        g_layers += [(f"hidden{i}", Dense(n, width, **options)), (f"relu{i}", LeakyReLU(slope))]
        n = width
    g_layers.append(("output", Dense(n, n_out, **options)))
    if bounded:
        g_layers.append(("tanh", Tanh()))
    g_layers.append(("reshape", Reshape(*output_shape)))

    d_layers, n = [("flatten", Flatten())], n_out
    for i in range(1, depth + 1):
        d_layers += [(f"hidden{i}", Dense(n, width, **options)), (f"relu{i}", LeakyReLU(slope))]
        n = width
    d_layers.append(("logit", Dense(n, 1, **options)))
    return Sequential(*g_layers), Sequential(*d_layers)
