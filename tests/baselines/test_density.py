"""Kernel density: by the definition, and its bandwidth."""

import numpy as np
import pytest

from minigan.baselines import KernelDensity, density, distances
from minigan.baselines.density import best_bandwidth, left_out


def naive(x, data, h):
    d2 = ((x[:, None] - data) ** 2).sum(axis=2)
    return np.log(np.mean(np.exp(-d2 / (2 * h * h)) / (2 * np.pi * h * h) ** (data.shape[1] / 2), axis=1))


def test_the_definition_and_blocks(rng, monkeypatch):
    x, new = rng.standard_normal((50, 3)), rng.standard_normal((20, 3))
    monkeypatch.setattr(distances, "BLOCK", 130)  # two rows at a time
    model = KernelDensity(0.4).fit(x)
    np.testing.assert_allclose(model.score_rows(new), naive(new, x, 0.4), rtol=1e-9)
    assert np.isfinite(model.score(new + 1e3))  # far away the density underflows, its logarithm does not


def test_it_integrates_to_one(rng):
    model = KernelDensity().fit(rng.standard_normal((80, 1)) * [[2.0]])
    line = np.linspace(-30, 30, 20_001)[:, None]
    assert np.exp(model.score_rows(line)).sum() * (line[1, 0] - line[0, 0]) == pytest.approx(1, abs=1e-6)


def test_the_likelihood_without_oneself(rng):
    x = rng.standard_normal((30, 2))
    one_by_one = [naive(x[i : i + 1], np.delete(x, i, axis=0), 0.5)[0] for i in range(30)]
    np.testing.assert_allclose(left_out(x, [0.5]), [np.mean(one_by_one)], rtol=1e-9)


def test_the_bandwidth_is_the_best_one(rng, monkeypatch):
    x = rng.standard_normal((300, 2))
    h = best_bandwidth(x)
    best, less, more = left_out(x, [h, 0.9 * h, 1.1 * h])
    assert best > less and best > more
    assert best_bandwidth(10 * x) == pytest.approx(10 * h, rel=1e-6)
    monkeypatch.setattr(density, "LEFT_OUT", 100)
    assert best_bandwidth(x) == pytest.approx(h, rel=0.3)


def test_samples_that_stand_there_twice_ask_for_0_and_get_the_least(rng):
    x = rng.standard_normal((40, 2)).repeat(2, axis=0)
    assert best_bandwidth(x) == pytest.approx(density.LEAST * np.sqrt(x.var(axis=0).mean()))
    assert np.isfinite(KernelDensity().fit(x).score(x))


def test_a_sample_is_a_training_sample_with_noise(rng):
    x = 100.0 * np.arange(10)[:, None] * np.ones(2)
    samples = KernelDensity(0.5).fit(x).sample(5000, rng)
    off = samples - x[np.rint(samples[:, 0] / 100).astype(int)]
    assert off.std() == pytest.approx(0.5, rel=0.05) and np.abs(off).max() < 5
