"""The methods without a generator, each against a slow or a known answer."""

import numpy as np
import pytest

from minigan.edit.baselines import bicubic, gaussian, linear, mean_picture, median, nearest
from minigan.edit.operators import Downsample, Identity, Mask


def test_mean_and_nearest(rng):
    train = rng.standard_normal((70, 4, 4, 1))
    assert np.allclose(mean_picture(train, 3)[2], train.mean(axis=0))
    chosen = rng.integers(70, size=130)
    A = Downsample(2)
    assert (nearest(train, A.forward(train[chosen]), A) == train[chosen]).all()


def test_gaussian(rng):
    flat = np.full((1, 9, 7, 1), 0.3)
    assert np.allclose(gaussian(flat, 1.2), 0.3)
    point = np.zeros((1, 15, 15, 1))
    point[0, 7, 7] = 1
    out = gaussian(point, 1.0)[0, :, :, 0]
    assert out.sum() == pytest.approx(1) and out[7, 8] / out[7, 7] == pytest.approx(np.exp(-0.5))
    assert np.allclose(out, out.T)


def test_median(rng):
    y = rng.standard_normal((2, 6, 5, 1))
    out = median(y, 3)
    assert out[1, 2, 2, 0] == np.median(y[1, 1:4, 1:4, 0])
    assert out[0, 0, 0, 0] == np.median(np.pad(y[0, :, :, 0], 1, "symmetric")[:3, :3])


def test_bicubic_keeps_what_is_flat_and_straight():
    ramp = np.broadcast_to(np.arange(8.0)[None, None, :, None], (1, 8, 8, 1)).copy()
    out = bicubic(ramp, 2)[0, :, :, 0]
    assert out.shape == (16, 16) and np.allclose(np.diff(out[8])[4:-4], 0.5, atol=1e-5)


def test_linear_is_the_conditional_mean_of_a_normal_distribution(rng):
    """Two pixels, one hidden: the guess of the other is the line of regression."""
    a = rng.standard_normal(4000)
    train = np.stack([a, 0.5 * a + 0.1 * rng.standard_normal(4000) + 2], axis=1).reshape(-1, 1, 2, 1)
    A = Mask(np.array([[True, False]]))
    out = linear(train, A.forward(train[:5]), A)[:, 0, 1, 0]
    slope, start = np.polyfit(train[:, 0, 0, 0], train[:, 0, 1, 0], 1)
    assert np.allclose(out, slope * train[:5, 0, 0, 0] + start, atol=0.01)


def test_linear_shrinks_noise(rng):
    train = rng.standard_normal((5000, 2, 2, 1))
    y = rng.standard_normal((3, 2, 2, 1))
    assert np.allclose(linear(train, y, Identity(), 1.0), y / 2, atol=0.15)  # variance 1 of picture and noise: half


@pytest.mark.parametrize("count", [12, 200])  # fewer pictures than pixels, and more
def test_linear_is_its_formula(rng, count):
    train, y = rng.standard_normal((count, 6, 6, 1)), rng.standard_normal((3, 3, 3, 1))
    rows = np.array([Downsample(2).forward(unit.reshape(1, 6, 6, 1)).ravel() for unit in np.eye(36)]).T  # A, (9, 36)
    m, C = train.mean(axis=0).ravel(), np.cov(train.reshape(count, -1).T, bias=True)
    gain = C @ rows.T @ np.linalg.inv(rows @ C @ rows.T + 0.09 * np.eye(9))
    expected = m + (y.reshape(3, -1) - rows @ m) @ gain.T
    assert np.allclose(linear(train, y, Downsample(2), 0.3), expected.reshape(3, 6, 6, 1))
    full = linear(train, train[:2], Identity(), 0.3)  # as many numbers as pixels: with 12 pictures, the other form
    expected = m + (train[:2].reshape(2, -1) - m) @ (C @ np.linalg.inv(C + 0.09 * np.eye(36))).T
    assert np.allclose(full.reshape(2, -1), expected)
