"""The gradient of each term with respect to z, against differences in float64."""

import numpy as np
import pytest

from minigan.edit.objective import ERRORS, Objective, opinion
from minigan.edit.operators import Downsample, Identity, Mask
from minigan.layers import Dense, Flatten, Sequential

E = 1e-6


def by_differences(f, z):
    """df[n]/dz[n, k], where f gives a number for each row."""
    slopes = np.empty_like(z)
    for k in range(z.shape[1]):
        step = np.zeros_like(z)
        step[:, k] = E
        slopes[:, k] = (f(z + step) - f(z - step)) / (2 * E)
    return slopes


def visible():
    mask = np.ones((8, 8), bool)
    mask[:, 4:] = False
    return mask


@pytest.mark.parametrize("A", [Identity(), Mask(visible()), Downsample(2)], ids=lambda A: type(A).__name__)
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("terms", [{}, {"prior": 0.7}, {"realism": 1.3}, {"prior": 0.4, "realism": 0.6}], ids=str)
def test_gradient(G, D, rng, A, error, terms):
    seen = A.forward(rng.uniform(-1, 1, (3, 8, 8, 1)))
    objective = Objective(G, seen, A, error=error, D=D, weights=rng.random(seen.shape[1:]), **terms)
    z, which = rng.standard_normal((7, 5)), np.array([0, 0, 1, 2, 1, 2, 0])
    _, slopes = objective(z, None, which)
    assert np.allclose(slopes, by_differences(lambda z: objective(z, None, which)[0], z), rtol=1e-4, atol=1e-6)


def test_gradient_through_a_generator_that_is_told_the_class(told_G, rng):
    objective = Objective(told_G, rng.uniform(-1, 1, (2, 8, 8, 1)), prior=0.1)
    z, which, labels = rng.standard_normal((4, 5)), np.array([0, 1, 0, 1]), np.array([0, 1, 2, 0])
    f, slopes = objective(z, labels, which)
    assert np.allclose(slopes, by_differences(lambda z: objective(z, labels, which)[0], z), rtol=1e-5, atol=1e-7)
    assert not np.allclose(f, objective(z, labels[::-1], which)[0])


def test_each_row_is_for_its_own_picture(G, rng):
    objective = Objective(G, rng.uniform(-1, 1, (2, 8, 8, 1)), prior=0.3)
    z = rng.standard_normal((1100, 5))  # more than one block
    which = np.arange(1100) % 2
    f, slopes = objective(z, None, which)
    one, its = objective(z[701:702], None, which[701:702])
    assert np.allclose(f[701], one) and np.allclose(slopes[701], its)
    x = G.apply(z[:1], training=False)[0]
    assert f[0] == pytest.approx(np.sum((x - objective.y[0]) ** 2) + 0.15 * np.sum(z[0] ** 2))


def test_opinion(D, rng):
    x = 3 * rng.standard_normal((5, 8, 8, 1))
    values, slopes = opinion(D, x)
    logits = D.apply(x, training=False)[0][:, 0]
    assert np.allclose(values, -np.log(1 / (1 + np.exp(-logits))))
    step = np.zeros_like(x)
    step[:, 3, 4] = E
    ahead, behind = opinion(D, x + step)[0], opinion(D, x - step)[0]
    assert np.allclose(slopes[:, 3, 4, 0], (ahead - behind) / (2 * E), rtol=1e-5)


def test_opinion_of_an_ac_gans_d_is_its_first_output(rng):
    D = Sequential(Flatten(), Dense(64, 4, rng=rng)).astype(np.float64)
    x = rng.standard_normal((2, 8, 8, 1))
    values, slopes = opinion(D, x)
    share = 1 / (1 + np.exp(D.apply(x, training=False)[0][:, 0]))  # sigmoid(-logit)
    w = next(p for key, p in D.params.items() if key.endswith("w"))
    assert np.allclose(slopes.reshape(2, -1), -share[:, None] * w[:, 0]) and values.shape == (2,)


def test_a_logit_that_is_very_sure_does_not_overflow(rng):
    D = Sequential(Flatten(), Dense(64, 1, rng=rng)).astype(np.float64)
    with np.errstate(over="raise", invalid="raise"):
        values, slopes = opinion(D, np.stack([np.full((8, 8, 1), 1e5), np.full((8, 8, 1), -1e5)]))
    assert np.isfinite(values).all() and np.isfinite(slopes).all()


@pytest.mark.parametrize("wrong, said", [
    ({"error": "cubic"}, "unknown error 'cubic'; expected one of: squared, absolute, charbonnier"),
    ({"prior": -1.0}, "must be at least 0, got -1.0 and 0.0"),
    ({"realism": 1.0}, "no D was given"),
])  # fmt: skip
def test_refused(G, wrong, said):
    with pytest.raises(ValueError, match=said):
        Objective(G, np.zeros((1, 8, 8, 1)), **wrong)
