"""Counting modes: the rule, on samples placed by hand and on the data sets themselves."""

import numpy as np
import pytest

from minigan.data import grid, grid_centres, ring, ring_centres
from minigan.metrics import mode_coverage, stacked_mode_coverage
from minigan.metrics.modes import reverse_kl


@pytest.mark.parametrize("draw, centres, sigma", [(ring, ring_centres(), 0.01), (grid, grid_centres(), 0.05)])
def test_the_data_find_all_their_modes(draw, centres, sigma, rng):
    score = mode_coverage(draw(10_000, rng), centres, sigma)
    assert score == len(centres) and sum(score.counts) == 10_000
    # Within three sigma of a round Gaussian in the plane: 1 - exp(-9/2).
    assert abs(score.high_quality - (1 - np.exp(-4.5))) < 0.005
    assert 0 < score.reverse_kl < 0.01


def test_counted_by_hand():
    centres = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    samples = np.array([[0.0, 0.29], [0.31, 0.0], [9.8, 0.0], [0.0, 7.0]])  # three sigma are 0.3
    score = mode_coverage(samples, centres, sigma=0.1)
    assert score == 2  # the third belongs to a mode, but is not near enough to have found it
    assert score.high_quality == 0.5 and score.counts == [2, 1, 1, 0]
    assert np.isclose(score.reverse_kl, 0.5 * np.log(2), rtol=1e-14)  # 1/2 log(1/2 / 1/4), and twice 1/4 log 1
    assert mode_coverage(samples, centres, sigma=0.1, radius=40) == 3


def test_reverse_kl_bounds():
    assert reverse_kl(np.full(25, 1 / 25)) == 0
    assert np.isclose(reverse_kl(np.eye(25)[3]), np.log(25), rtol=1e-14)


def test_one_mode_only(rng):
    score = mode_coverage(ring_centres()[:1] + 0.005 * rng.standard_normal((500, 2)), ring_centres(), 0.01,
                          replicates=50)  # fmt: skip
    assert score == 1 and score.interval == (1, 1)
    assert np.isclose(score.reverse_kl, np.log(8)) and score.high_quality.interval[0] > 0.9


def test_intervals(rng):
    score = mode_coverage(ring(40, rng), ring_centres(), 0.01, replicates=200, rng=1)
    assert score.interval[0] < 8 <= score.interval[1] + 1
    assert score.reverse_kl.interval[0] < score.reverse_kl < score.reverse_kl.interval[1]


def test_stacked_digits(rng):
    digits = rng.integers(0, 10, (5000, 3))
    probs = np.full((5000, 3, 10), 0.005)
    np.put_along_axis(probs, digits[..., None], 0.955, axis=2)
    probs[:500, 0] = np.eye(10)[digits[:500, 0]] * 0.5 + 0.05  # one channel of each tenth is not sure
    score = stacked_mode_coverage(probs)
    assert score == len(np.unique(digits @ [100, 10, 1])) > 980
    assert score.high_quality == 0.9 and len(score.counts) == 1000
    assert score.counts == np.bincount(digits @ [100, 10, 1], minlength=1000).tolist()
    assert stacked_mode_coverage(probs[:1]) == 1


def test_refused(rng):
    for samples, centres, sigma, match in [
        (np.zeros((5, 3)), ring_centres(), 0.01, "samples and centres must be of one width, got 3 and 2"),
        (np.full((5, 2), np.nan), ring_centres(), 0.01, "samples: expected finite"),
        (np.zeros((0, 2)), ring_centres(), 0.01, "samples: at least 1"),
        (np.zeros((5, 2)), ring_centres(), 0.0, "sigma and radius"),
    ]:
        with pytest.raises(ValueError, match=match):
            mode_coverage(samples, centres, sigma)
    for probs, match in [
        (np.full((5, 10), 0.1), r"probabilities \(N, channels, K\)"),
        (np.full((5, 3, 10), 0.2), "sum to 1 in each channel"),
        (np.zeros((0, 3, 10)), "at least 1"),
    ]:
        with pytest.raises(ValueError, match=match):
            stacked_mode_coverage(probs)


def test_shares_of_real_classes_that_are_not_equal():
    probs = np.repeat(np.eye(3), [60, 30, 10], axis=0)[:, None]
    real = np.array([0.6, 0.3, 0.1])
    assert stacked_mode_coverage(probs, shares=real).reverse_kl == pytest.approx(0, abs=1e-12)
    assert stacked_mode_coverage(probs).reverse_kl == pytest.approx(np.sum(real * np.log(3 * real)))
    one_class = stacked_mode_coverage(np.repeat(np.eye(3)[:1], 9, axis=0)[:, None], shares=real)
    assert one_class.reverse_kl == pytest.approx(np.log(1 / 0.6))
