"""Data of which the density is known."""

import numpy as np
import pytest

from minigan import data


@pytest.fixture
def gaussian(rng):
    """2,000 rows of a Gaussian in five dimensions -> rows, its mean, its covariance."""
    A = rng.standard_normal((5, 5))
    mean, covariance = rng.standard_normal(5) * 3, A @ A.T + 0.1 * np.eye(5)
    return rng.multivariate_normal(mean, covariance, 2000), mean, covariance


@pytest.fixture(scope="session")
def ring():
    """2,500 points around eight modes."""
    return data.load("ring", rng=np.random.default_rng(0)).x[:2500]


@pytest.fixture(scope="session")
def digits():
    """The 8x8 digits of the training split, (1437, 8, 8, 1) in [-1, 1]."""
    return data.prepare(data.load("digits-8x8"), 8, 1)


def dense_log_density(x, mean, covariance):
    """log N(x; mean, covariance) by the textbook's formula."""
    y = x - mean
    distances = np.einsum("ni,ij,nj->n", y, np.linalg.inv(covariance), y)
    return -0.5 * (len(mean) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + distances)


@pytest.fixture
def dense():
    return dense_log_density
