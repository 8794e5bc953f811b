"""The walks sample the posterior: held against one that is known."""

import numpy as np
import pytest

from minigan.edit.average import Walk, average, weights
from minigan.edit.find import Found
from minigan.edit.objective import Objective
from minigan.layers import Dense, Sequential


def linear(rng):
    return Sequential(Dense(2, 3, rng=rng)).astype(np.float64)


def posterior(G, y, prior):
    """Mean and covariance of z, where G(z) = z w + b: precision 2 w w' / prior + I."""
    w, b = (next(p for key, p in G.params.items() if key.endswith(end)) for end in ("w", "b"))
    covariance = np.linalg.inv(2 * w @ w.T / prior + np.eye(2))
    return 2 / prior * (y - b) @ w.T @ covariance, covariance


def test_of_a_linear_g_the_walks_have_its_mean_and_covariance(rng):
    G, y = linear(rng), np.array([[1.0, -0.5, 2.0]])
    walk = Walk(Objective(G, y, prior=0.8), np.zeros((400, 2)), None, np.zeros(400, int), free=2)
    seen = []
    for t in range(300):
        walk.step(rng, adapt=t < 100)
        seen += [walk.z.copy()] if t > 100 else []
    mean, covariance = posterior(G, y, 0.8)
    z = np.concatenate(seen)
    assert np.allclose(z.mean(axis=0), mean[0], atol=0.03)
    assert np.allclose(np.cov(z.T), covariance, atol=0.03)
    assert 0.4 < walk.accepted.mean() / 300 < 0.75


def test_average_is_the_mean_picture(rng):
    G, y = linear(rng), np.array([[1.0, -0.5, 2.0], [0.0, 1.0, 0.0]])
    objective = Objective(G, y, prior=0.8)
    start = np.zeros((2, 60, 2))
    values = np.zeros((2, 60))
    out = average(objective, Found(start, None, values, values), rng, steps=300)
    assert np.allclose(out, G.apply(posterior(G, y, 0.8)[0])[0], atol=0.06)


def test_codes_do_not_move(rng):
    walk = Walk(Objective(linear(rng), np.zeros((1, 3)), prior=1.0), np.ones((5, 2)), None, np.zeros(5, int), free=1)
    for _ in range(10):
        walk.step(rng, adapt=True)
    assert (walk.z[:, 1] == 1).all() and (walk.z[:, 0] != 1).all()


def test_a_deeper_valley_counts_more():
    w = weights(np.array([[1.0, 1.0, 2.0], [0.0, 1e6, 1e6]]))
    assert np.allclose(w.sum(axis=1), 1) and w[0, 2] / w[0, 0] == pytest.approx(np.exp(-1)) and w[1, 0] == 1


def mean_on_a_grid(objective, side=5.0, points=401):
    """The mean of G(z) under exp(-f / prior), z (2,), summed over a grid."""
    at = np.linspace(-side, side, points)
    z = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
    f, _ = objective(z, None, np.zeros(len(z), int))
    w = np.exp((f.min() - f) / objective.prior)
    return (w / w.sum()) @ objective.G.apply(z, training=False)[0]


@pytest.mark.parametrize("more", [{"error": "absolute"}, {"error": "charbonnier"}, {"realism": 3.0}], ids=str)
def test_with_another_error_and_with_realism_too(rng, more):
    G, D, y = linear(rng), Sequential(Dense(3, 1, rng=rng)).astype(np.float64), np.array([[1.0, -0.5, 2.0]])
    D.params["dense1.w"][...] = [[2.0], [-1.0], [1.0]]
    objective, plain = Objective(G, y, prior=0.8, D=D, **more), Objective(G, y, prior=0.8)
    start, values = np.zeros((1, 200, 2)), np.zeros((1, 200))
    out, known = average(objective, Found(start, None, values, values), rng, steps=400), mean_on_a_grid(objective)
    assert np.allclose(out[0], known, atol=0.04) and np.abs(known - mean_on_a_grid(plain)).max() > 0.09


def test_refused(rng):
    objective = Objective(linear(rng), np.zeros((1, 3)), prior=0.0)
    with pytest.raises(ValueError, match="needs a prior above 0"):
        average(objective, Found(np.zeros((1, 1, 2)), None, np.zeros((1, 1)), np.zeros((1, 1))), rng)
