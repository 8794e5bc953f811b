"""The Frechet distance against closed forms, and what must and must not change it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import fid
from minigan.metrics.fid import distance, moments, square_root

clouds = st.builds(
    lambda seed, n, d, scale: scale * np.random.default_rng(seed).standard_normal((n, d)),
    st.integers(0, 999), st.integers(30, 60), st.just(6), st.floats(0.1, 10),
)  # fmt: skip


@given(clouds, st.lists(st.floats(-5, 5), min_size=6, max_size=6))
def test_equal_covariances_give_the_squared_distance_of_the_means(x, shift):
    score = fid(x, x + np.array(shift))
    scale = 1 + np.trace(np.cov(x, rowvar=False))
    np.testing.assert_allclose(score.value, np.sum(np.square(shift)), rtol=1e-10, atol=1e-12 * scale)
    np.testing.assert_allclose(score.means, np.sum(np.square(shift)), rtol=1e-10, atol=1e-12 * scale)


@given(clouds, st.randoms(use_true_random=False))
def test_permuted_copies_give_zero(x, random):
    order = list(range(len(x)))
    random.shuffle(order)
    assert 0 <= fid(x, x[order]) <= 1e-12 * np.trace(np.cov(x, rowvar=False))


@given(clouds, clouds)
def test_it_is_symmetric_and_not_negative(x, y):
    assert fid(x, y) >= 0
    np.testing.assert_allclose(fid(x, y), fid(y, x), rtol=1e-9, atol=1e-10)


@given(clouds, clouds, st.integers(0, 99))
def test_it_does_not_feel_rotation_or_shift_of_both(x, y, seed):
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((6, 6)))[0]
    np.testing.assert_allclose(fid(x @ turn + 3, y @ turn + 3), fid(x, y), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fid(3 * x, 3 * y), 9 * fid(x, y), rtol=1e-8, atol=1e-9)  # squared units


def test_diagonal_covariances_have_a_closed_form():
    """tr (S1 S2)^(1/2) = sum of sigma1 sigma2, so the rest is the sum of (sigma1 - sigma2)^2."""
    one, two = np.array([1.0, 4.0, 0.0, 9.0]), np.array([4.0, 1.0, 2.0, 0.0])
    means, covariances = distance((np.zeros(4), np.diag(one)), (np.ones(4), np.diag(two)))
    assert means == 4
    np.testing.assert_allclose(covariances, np.sum((np.sqrt(one) - np.sqrt(two)) ** 2), rtol=1e-14)


def test_singular_covariances_lose_no_digits(cloud, rotation):
    """Dead features, turned so that no axis shows it: the same number as without them."""
    x, y = cloud(100, d=5), cloud(90, d=5, seed=1, shift=0.2)
    expected = fid(x, y).value
    pad = np.zeros((1, 7))
    turn = rotation(12)
    wide_x, wide_y = (np.hstack([a, pad.repeat(len(a), axis=0)]) @ turn for a in (x, y))
    np.testing.assert_allclose(fid(wide_x, wide_y).value, expected, rtol=1e-11)
    full = cloud(80, d=12, seed=2)  # varied where the other is dead: rounding in the one meets the size of the other
    upright = np.hstack([x, pad.repeat(len(x), axis=0)])
    np.testing.assert_allclose(fid(wide_x, full @ turn).value, fid(upright, full).value, rtol=1e-12)
    collapsed = np.repeat(y[:1], 50, axis=0)
    m, S = moments(x)
    np.testing.assert_allclose(fid(x, collapsed).value, np.sum((m - y[0]) ** 2) + np.trace(S), rtol=1e-12)


def test_more_noise_is_further_away(cloud):
    x, noise = cloud(500), cloud(500, seed=2)
    scores = [fid(x, x + amount * noise).value for amount in (0, 0.25, 0.5, 1, 2)]
    assert scores == sorted(scores) and scores[0] < 1e-12 < scores[1]


def test_the_square_root_squares_to_the_covariance(cloud):
    S = np.cov(cloud(50), rowvar=False)
    root = square_root(S)
    np.testing.assert_allclose(root @ root, S, rtol=0, atol=1e-13 * np.abs(S).max())
    np.testing.assert_allclose(root, root.T, atol=1e-14)


def test_moments_in_blocks_and_with_counts(cloud, monkeypatch, rng):
    import sys

    monkeypatch.setattr(sys.modules["minigan.metrics.fid"], "BLOCK", 50)
    x = cloud(41, shift=100.0)
    mean, S = moments(x)
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(S, np.cov(x, rowvar=False), rtol=1e-11, atol=1e-12)
    drawn = rng.integers(41, size=41)
    mean, S = moments(x, np.bincount(drawn, minlength=41).astype(float))
    np.testing.assert_allclose(S, np.cov(x[drawn], rowvar=False), rtol=1e-11, atol=1e-12)


def test_fewer_samples_are_further_away(cloud):
    """The bias that the module's first lines warn of."""
    few = np.mean([fid(cloud(30, seed=s), cloud(30, seed=s + 50)).value for s in range(20)])
    many = np.mean([fid(cloud(300, seed=s), cloud(300, seed=s + 50)).value for s in range(20)])
    assert few > 5 * many > 0


def test_an_interval_is_repeated_with_its_seed(cloud):
    x, y = cloud(60), cloud(60, seed=1)
    assert fid(x, y, replicates=20, rng=4).interval == fid(x, y, replicates=20, rng=4).interval
    assert fid(x, y).interval is None
    with pytest.raises(ValueError, match="rng"):
        fid(x, y, replicates=5, rng="4")
