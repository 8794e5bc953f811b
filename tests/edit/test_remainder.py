"""The remainder against the formula, solved with the matrix of all pixels."""

import numpy as np
import pytest

from minigan.edit.remainder import remainder


def slow(r, noise, width):
    _, H, W, _ = r.shape
    v = max(0, np.mean(r**2) - noise**2)
    i, j = np.divmod(np.arange(H * W), W)
    K = v * np.exp(-((i[:, None] - i) ** 2 + (j[:, None] - j) ** 2) / (2 * width**2))
    e = K @ np.linalg.solve(K + noise**2 * np.eye(H * W), r.reshape(len(r), H * W, -1))
    return e.reshape(r.shape)


@pytest.mark.parametrize("shape", [(2, 5, 7, 1), (1, 4, 4, 3)])
@pytest.mark.parametrize("noise, width", [(0.5, 1.0), (0.1, 2.5)])
def test_formula(rng, shape, noise, width):
    r = rng.standard_normal(shape)
    assert np.allclose(remainder(r, noise, width), slow(r, noise, width), atol=1e-8)


def test_noise_alone_leaves_nothing(rng):
    r = rng.standard_normal((1, 6, 6, 1))
    r *= 0.3 / np.sqrt(np.mean(r**2))
    assert np.allclose(remainder(r, 0.3), 0, atol=1e-6) and np.allclose(remainder(r, 0.5), 0)


def test_it_takes_noise_out_of_a_smooth_difference(rng):
    i = np.arange(16)
    truth = np.broadcast_to(np.exp(-((i - 8) ** 2) / 8)[:, None, None], (20, 16, 16, 1))
    r = truth + 0.5 * rng.standard_normal(truth.shape)
    out = remainder(r.astype(np.float32), 0.5)
    assert out.dtype == np.float32 and np.mean((out - truth) ** 2) < 0.3 * np.mean((r - truth) ** 2)
