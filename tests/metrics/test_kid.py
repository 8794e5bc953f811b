"""The kernel distance against its definition written as loops, and what must and must not change it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import kid
from minigan.metrics.kid import mmd2

clouds = st.builds(
    lambda seed, n: np.random.default_rng(seed).standard_normal((n, 5)), st.integers(0, 999), st.integers(5, 30)
)


def by_the_book(x, y):
    """Gretton et al. 2012, eq. 3, pair by pair."""

    def mean_k(a, b, different):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if i != j or not different]
        return np.mean([(a[i] @ b[j] / a.shape[1] + 1) ** 3 for i, j in pairs])

    return mean_k(x, x, True) + mean_k(y, y, True) - 2 * mean_k(x, y, False)


@given(clouds, clouds)
def test_it_is_its_definition(x, y):
    np.testing.assert_allclose(mmd2(x, y), by_the_book(x, y), rtol=1e-9, atol=1e-12)


@given(clouds, clouds, st.integers(0, 99))
def test_rotation_order_and_sides_do_not_matter(x, y, seed):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    expected = mmd2(x, y)
    for other in (mmd2(x @ turn, y @ turn), mmd2(rng.permutation(x), rng.permutation(y)), mmd2(y, x)):
        np.testing.assert_allclose(other, expected, rtol=1e-9, atol=1e-11)


def test_it_is_unbiased_and_grows_with_noise(cloud):
    """Around 0 for equal distributions whatever the number of samples, on either side of it."""
    for n in (10, 100):
        scores = [kid(cloud(n, seed=s), cloud(n, seed=s + 100), subsets=1).value for s in range(100)]
        assert min(scores) < 0 < max(scores)
        assert abs(np.mean(scores)) < 3 * np.std(scores) / 10  # three standard errors
    x, noise = cloud(400), cloud(400, seed=2)
    scores = [kid(x, cloud(400, seed=1) + amount * noise, subsets=1).value for amount in (0, 0.5, 1, 2)]
    assert scores == sorted(scores)


def test_subsets(cloud):
    x, y = cloud(300), cloud(200, seed=1, shift=0.4)
    score = kid(x, y, subsets=60, size=80, rng=1)
    everything = kid(x, y, subsets=3, size=10_000)
    assert score.spread > 0 and everything.spread > 0  # 200 of the 300 differ from subset to subset
    assert abs(score - everything) < 4 * score.spread / np.sqrt(60)
    assert score == kid(x, y, subsets=60, size=80, rng=1) and score != kid(x, y, subsets=60, size=80, rng=2)
    assert kid(x[:200], y, subsets=3, size=200).spread < 1e-14  # each subset is the whole


def test_the_replicates_are_the_estimate_on_resampled_sets(cloud):
    """With every sample drawn once they are the estimate itself; a sample drawn twice is no pair with itself."""
    from minigan.metrics.kid import _mean_kernel

    x, y = cloud(20), cloud(15, seed=1)
    once = [np.ones((1, len(a))) for a in (x, y)]
    whole = _mean_kernel(x, once[0]) + _mean_kernel(y, once[1]) - 2 * _mean_kernel(x, once[0], y, once[1])
    np.testing.assert_allclose(whole, [mmd2(x, y)], rtol=1e-11)
    counts = np.array([[2.0, 1.0, 0.0]])
    k01 = (x[0] @ x[1] / 8 + 1) ** 3
    np.testing.assert_allclose(_mean_kernel(x[:3], counts), [k01], rtol=1e-12)  # the only pair of different samples


def test_an_interval_and_its_seed(cloud):
    x, y = cloud(60), cloud(60, seed=1, shift=1)
    score = kid(x, y, replicates=50, rng=4)
    assert score.interval == kid(x, y, replicates=50, rng=4).interval and score.interval[0] < score < score.interval[1]
    with pytest.raises(ValueError, match="rng"):
        kid(x, y, rng="4")
