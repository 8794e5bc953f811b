"""Features to score: normal clouds, seeded, of any size."""

import numpy as np
import pytest


@pytest.fixture
def cloud():
    """cloud(n, d=8, seed=0, shift=0.0, scale=1.0) -> float64 (n, d)."""

    def make(n, d=8, seed=0, shift=0.0, scale=1.0):
        return shift + scale * np.random.default_rng([9, seed]).standard_normal((n, d))

    return make


@pytest.fixture
def rotation():
    """rotation(d, seed=0) -> an orthogonal matrix (d, d)."""

    def make(d, seed=0):
        q, r = np.linalg.qr(np.random.default_rng([10, seed]).standard_normal((d, d)))
        return q * np.sign(np.diag(r))

    return make
