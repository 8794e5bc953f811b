"""Probabilistic PCA against dense formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.baselines import PCA
from minigan.baselines.gaussian import latent_mean, low_rank_log_density


@given(d=st.integers(1, 7), q=st.integers(1, 7), seed=st.integers(0, 99))
@settings(deadline=None)
def test_woodbury_is_the_dense_gaussian(d, q, seed):
    rng = np.random.default_rng(seed)
    W, psi, y = rng.standard_normal((d, q)), rng.uniform(0.1, 2, d), rng.standard_normal((6, d))
    C = W @ W.T + np.diag(psi)
    dense = -0.5 * (d * np.log(2 * np.pi) + np.linalg.slogdet(C)[1] + np.einsum("ni,ij,nj->n", y, np.linalg.inv(C), y))
    np.testing.assert_allclose(low_rank_log_density(y, W, psi), dense, rtol=1e-9)
    means, covariance = latent_mean(y, W, psi)  # of the joint Gaussian of z and y: E[z|y] = W^T C^-1 y
    np.testing.assert_allclose(means, y @ np.linalg.inv(C) @ W, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(covariance, np.eye(q) - W.T @ np.linalg.inv(C) @ W, rtol=1e-8, atol=1e-10)


def test_with_all_but_one_direction_it_is_the_gaussian_of_the_data(gaussian, dense):
    x, _, _ = gaussian
    S = np.cov(x.T, bias=True)
    model = PCA(latent=4).fit(x)
    np.testing.assert_allclose(model.W @ model.W.T + model.sigma2 * np.eye(5), S, rtol=1e-8, atol=1e-10)
    assert model.score(x) == pytest.approx(dense(x, x.mean(axis=0), S).mean(), rel=1e-10)


def test_the_closed_form_is_a_maximum(gaussian, rng):
    x, _, _ = gaussian
    model = PCA(latent=2).fit(x)
    values = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    assert model.sigma2 == pytest.approx(values[2:].mean()) and model.score(x) == pytest.approx(
        -0.5 * (5 * np.log(2 * np.pi) + np.log(values[:2]).sum() + 3 * np.log(model.sigma2) + 5)
    )
    best, W, sigma2 = model.score(x), model.W, model.sigma2
    for _ in range(20):
        model.W = W + 0.01 * rng.standard_normal(W.shape)
        model.sigma2 = sigma2 * np.exp(0.02 * rng.standard_normal())
        assert model.score(x) < best


def test_samples_have_the_mean_and_covariance_of_the_model(gaussian, rng):
    x, mean, covariance = gaussian
    samples = PCA(latent=4).fit(x).sample(40_000, rng)
    np.testing.assert_allclose(samples.mean(axis=0), x.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(np.cov(samples.T), np.cov(x.T), atol=0.04 * np.abs(covariance).max())


def test_the_reconstruction_is_the_nearest_point_of_the_plane(gaussian, rng):
    x, _, _ = gaussian
    model = PCA(latent=2).fit(x)
    near = model.reconstruct(x)
    residual = ((x - near) ** 2).sum(axis=1).mean()
    assert residual == pytest.approx(3 * model.sigma2)  # what is left out
    np.testing.assert_allclose((x - near) @ model.W, 0, atol=1e-8)
    np.testing.assert_allclose(model.reconstruct(near), near, atol=1e-8)
    assert model.encode(x).shape == (2000, 2) and np.allclose(model.encode(x).mean(axis=0), 0, atol=1e-10)


def test_data_in_a_plane_and_fewer_samples_than_dimensions(rng):
    flat = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 6))
    model = PCA(latent=2).fit(flat)
    assert 0 < model.sigma2 < 1e-5 and np.isfinite(model.score(flat))
    np.testing.assert_allclose(model.reconstruct(flat), flat, atol=1e-8)
    few = PCA().fit(rng.standard_normal((6, 40)))
    assert few.W.shape == (40, 5) and np.isfinite(few.sample(3, rng)).all()
