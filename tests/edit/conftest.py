"""A small G and D in float64, one of them told the class, with the statistics of their batch norms off the start."""

import numpy as np
import pytest

from minigan.layers import (
    BatchNorm,
    ConditionalBatchNorm,
    Conv2DTranspose,
    Dense,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
)

SIDE, Z = 8, 5


def generator(rng, classes=0):
    """Noise (n, 5) -> pictures (n, 8, 8, 1)."""
    norm = ConditionalBatchNorm(32, classes, slope=0.2) if classes else BatchNorm(32, slope=0.2)
    G = Sequential(Dense(Z, 32, rng=rng), norm, Reshape(4, 4, 2), Conv2DTranspose(2, 1, 4, stride=2, rng=rng), Tanh())
    G.astype(np.float64)
    for p in G.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    given = {"labels": np.arange(64) % classes} if classes else None
    for _ in range(20):
        G.apply(rng.standard_normal((64, Z)), training=True, given=given)
    return G


@pytest.fixture
def G(rng):
    return generator(rng)


@pytest.fixture
def told_G(rng):
    return generator(rng, classes=3)


@pytest.fixture
def D(rng):
    return Sequential(Flatten(), Dense(SIDE * SIDE, 16, rng=rng), LeakyReLU(0.2), Dense(16, 1, rng=rng)).astype(
        np.float64
    )
