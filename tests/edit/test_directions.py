"""Principal components, and the noise that moves them."""

import numpy as np
import pytest

from minigan.edit.directions import class_means, early_part, ganspace, principal
from minigan.layers import Dense, Sequential, Tanh


def test_principal_components_of_a_known_cloud(rng):
    axes, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    h = rng.standard_normal((20_000, 4)) * [5, 2, 1, 0.1] @ axes.T + 7
    v, c, share = principal(h, 2)
    assert np.allclose(np.abs(v @ axes[:, :2]), np.eye(2), atol=0.05)
    assert np.allclose(c.std(axis=0), [5, 2], rtol=0.03) and np.allclose(share, np.array([25, 4]) / 30.01, rtol=0.05)
    assert np.allclose(c.mean(axis=0), 0) and (v[np.arange(2), np.abs(v).argmax(axis=1)] > 0).all()


def test_of_a_linear_layer_a_step_along_u_moves_its_own_component(rng):
    G = Sequential(("first", Dense(3, 6, rng=rng)), ("second", Dense(6, 4, rng=rng)), ("end", Tanh()))
    G.astype(np.float64)
    z = rng.standard_normal((50_000, 3))
    ways = ganspace(G, z, count=3)
    first = early_part(G, z[:2])
    v, c, _ = principal(first.apply(z)[0], 3)
    moved = first.apply(np.zeros((1, 3)) + ways.u[0])[0] - first.apply(np.zeros((1, 3)))[0]
    assert np.allclose(moved @ v.T, [[1, 0, 0]], atol=0.02)
    assert np.allclose(ways.deviation, c.std(axis=0)) and ways.share.sum() == pytest.approx(1)


def test_of_a_generator_that_is_told_the_class(told_G, rng):
    ways = ganspace(told_G, rng.standard_normal((300, 5)), np.arange(300) % 3, count=8)
    assert ways.u.shape == (5, 5) and np.isfinite(ways.u).all() and (np.diff(ways.share) <= 0).all()


def test_a_network_without_an_early_layer_is_refused(rng):
    G = Sequential(("dense", Dense(3, 6, rng=rng)), ("end", Tanh()))
    with pytest.raises(ValueError, match="this G has none: dense, end"):
        early_part(G, np.zeros((2, 3), np.float32))


def test_class_means(rng):
    z, read = rng.standard_normal((10, 4)), np.array([0, 0, 0, 2, 2, 2, 2, 2, 0, 2])
    means = class_means(z, read, 3)
    assert np.allclose(means[2], z[read == 2].mean(axis=0)) and np.isnan(means[1]).all()
