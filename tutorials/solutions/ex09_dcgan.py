"""Exercise 09, a solution: a generator for images of any size, and a walk through its noise."""

import numpy as np

from minigan.layers import BatchNorm, Conv2DTranspose, Dense, LeakyReLU, Reshape, Tanh


def size_after_conv(size, stride):
    """Rounded up: every place where the kernel starts inside the map gives one output."""
    return -(-size // stride)


def size_after_transposed(size, stride):
    """Every input place becomes `stride` output places."""
    return size * stride


def generator_layers(image_size, channels, z_dim, rng):
    """A list of layers from noise (N, z_dim) to images (N, image_size, image_size, channels) in [-1, 1]."""
    side = image_size // 4
    return [
        Dense(z_dim, side * side * 32, bias=False, rng=rng),
        BatchNorm(side * side * 32),
        LeakyReLU(0.2),
        Reshape(side, side, 32),
        Conv2DTranspose(32, 16, 4, stride=2, bias=False, rng=rng),
        BatchNorm(16),
        LeakyReLU(0.2),
        Conv2DTranspose(16, channels, 4, stride=2, rng=rng),
        Tanh(),
    ]


def walk(z0, z1, count):
    """The spherical walk from z0 (d,) to z1 (d,) in `count` stops, both ends among them -> (count, d)."""
    cosine = z0 @ z1 / (np.linalg.norm(z0) * np.linalg.norm(z1))
    omega = np.arccos(np.clip(cosine, -1, 1))
    t = np.linspace(0, 1, count)[:, None]
    return (np.sin((1 - t) * omega) * z0 + np.sin(t * omega) * z1) / np.sin(omega)
