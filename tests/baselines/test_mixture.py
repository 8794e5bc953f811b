"""Mixtures: a likelihood by hand, EM that never falls, the modes of a ring."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import data, metrics
from minigan.baselines import FactorMixture, GaussianMixture
from minigan.baselines.mixture import FullGaussian

both = pytest.mark.parametrize("kind", [GaussianMixture, FactorMixture])


def rng_of(seed=0):
    return np.random.default_rng(seed)


def test_a_likelihood_by_hand():
    """In one dimension: p(1) = 1/4 N(1; 0, 1) + 3/4 N(1; 3, 4), and N(1; 3, 4) is half of N(1; 0, 1)."""
    model = GaussianMixture(2).fit(np.array([[0.0], [1.0], [2.0], [3.0]]), rng_of())
    model.weights = np.array([0.25, 0.75])
    for part, mean, variance in zip(model.parts, (0.0, 3.0), (1.0, 4.0), strict=True):
        part.mean, part.variances, part.V = np.array([mean]), np.array([variance]), np.eye(1)
    p = np.exp(-0.5) / np.sqrt(2 * np.pi) * (0.25 + 0.75 / 2)
    assert model.score(np.array([[1.0]])) == pytest.approx(np.log(p), rel=1e-12)
    r, _ = model.expect(np.array([[1.0]]))
    np.testing.assert_allclose(r, [[0.4, 0.6]])
    assert model.score(np.array([[1e4]])) == pytest.approx(
        np.log(0.75 / np.sqrt(8 * np.pi)) - 9997.0**2 / 8
    )  # no log 0


def test_one_component_is_the_gaussian_of_the_data(gaussian, dense):
    x, _, _ = gaussian
    S = np.cov(x.T, bias=True)
    model = GaussianMixture(1, floor=1e-9).fit(x, rng_of())
    assert model.score(x) == pytest.approx(dense(x, x.mean(axis=0), S).mean(), rel=1e-10) and model.converged


def test_a_density_integrates_to_one(rng):
    x = np.concatenate([rng.standard_normal((60, 1)), 5 + 0.5 * rng.standard_normal((60, 1))])
    model = GaussianMixture(3).fit(x, rng)
    line = np.linspace(-10, 15, 5001)[:, None]
    assert np.exp(model.score_rows(line)).sum() * (line[1, 0] - line[0, 0]) == pytest.approx(1, abs=1e-6)


@both
@given(seed=st.integers(0, 9999), N=st.integers(8, 60), d=st.integers(2, 6), K=st.integers(1, 6), q=st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_the_likelihood_never_falls(kind, seed, N, d, K, q):
    rng = rng_of(seed)
    x = rng.standard_normal((N, d)) * rng.uniform(0.01, 5, d) + 3 * rng.integers(0, 3, (N, 1))
    x[: N // 4] = x[0]  # some of them are the same
    own = {"factors": min(q, d - 1)} if kind is FactorMixture else {}
    model = kind(K, tolerance=0, most=30, floor=float(rng.choice([1e-4, 1e-2, 0.5])), **own).fit(x, rng)
    rises = np.diff(model.history)
    assert (rises >= -1e-8 * (1 + np.abs(model.history[:-1]))).all(), rises.min()
    assert model.history[-1] == pytest.approx(model.score(x))


def test_the_floor_is_the_exact_maximum(rng):
    """No covariance above the floor gives a larger likelihood than the one with raised eigenvalues."""
    x = rng.standard_normal((30, 3)) @ np.diag([2.0, 1.0, 0.01])
    part = FullGaussian(x, np.ones(30), 0.2, rng)
    assert part.variances.min() == 0.2
    best = part.log_density(x).mean()
    for _ in range(50):
        A = part.V @ np.diag(np.log(part.variances)) @ part.V.T + 0.1 * (B := rng.standard_normal((3, 3))) + 0.1 * B.T
        values, part_V = np.linalg.eigh(A)
        other = FullGaussian(x, np.ones(30), 0.2, rng)
        other.variances, other.V = np.maximum(np.exp(values), 0.2), part_V
        assert other.log_density(x).mean() <= best + 1e-12


@both
def test_an_empty_component_keeps_its_place(kind, ring):
    model = kind(3).fit(ring[:200].astype(float), rng_of())
    model.parts[0].mean = np.array([1e3, 1e3])
    before = model.parts[0].mean.copy()
    x = ring[:200].astype(float)
    model.maximise(x, model.expect(x)[0])
    assert np.array_equal(model.parts[0].mean, before) and model.weights[0] == 0
    assert np.isfinite(model.score(x)) and np.isfinite(model.sample(50, rng_of())).all()


def test_it_ends_by_the_tolerance_or_by_the_number_of_steps(gaussian):
    x, _, _ = gaussian
    loose, tight = (GaussianMixture(8, tolerance=t).fit(x, rng_of()) for t in (1e-2, 1e-6))
    assert loose.converged and len(loose.history) < len(tight.history)
    assert loose.history[-1] - loose.history[-2] <= 0.01
    cut = GaussianMixture(8, tolerance=0, most=3).fit(x, rng_of())
    assert not cut.converged and len(cut.history) == 4


@both
@pytest.mark.parametrize("seed", range(3))
def test_a_ring_has_eight_modes(kind, seed, ring):
    model = kind().fit(ring, rng_of(seed))
    found = metrics.mode_coverage(model.sample(2500, rng_of(seed)), *data.known_modes("ring"))
    assert found == 8 and found.high_quality > 0.9


def test_one_factor_analyser_recovers_its_covariance(rng):
    W, psi = rng.standard_normal((6, 2)), rng.uniform(0.2, 1.0, 6)
    x = rng.standard_normal((20_000, 2)) @ W.T + np.sqrt(psi) * rng.standard_normal((20_000, 6)) + 7
    model = FactorMixture(1, factors=2, tolerance=1e-7, most=500).fit(x, rng)
    (part,) = model.parts
    np.testing.assert_allclose(part.W @ part.W.T + np.diag(part.psi), W @ W.T + np.diag(psi), atol=0.1)
    np.testing.assert_allclose(part.psi, psi, atol=0.06)  # which PCA, with one variance for all, cannot
    np.testing.assert_allclose(np.cov(model.sample(50_000, rng).T), np.cov(x.T), atol=0.15)
