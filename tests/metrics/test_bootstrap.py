"""The bootstrap: its intervals hold what they should as often as they say."""

import numpy as np
import pytest

from minigan.metrics import bootstrap, fid, inception_score, kid
from minigan.metrics.lenet import softmax


def test_counts_draw_n_of_n_with_replacement(rng):
    counts = bootstrap.counts(50, 400, rng)
    assert counts.shape == (400, 50) and (counts.sum(axis=1) == 50).all()
    np.testing.assert_allclose(counts.mean(), 1)
    np.testing.assert_allclose(counts.var(), 1 - 1 / 50, rtol=0.05)  # of a binomial (50, 1/50)


def test_a_seed_repeats_and_a_generator_goes_on():
    np.testing.assert_array_equal(bootstrap.counts(9, 5, 3), bootstrap.counts(9, 5, 3))
    rng = np.random.default_rng(3)
    assert not np.array_equal(bootstrap.counts(9, 5, rng), bootstrap.counts(9, 5, rng))


def test_the_interval_is_about_the_value_and_of_the_normal_width(rng):
    values = rng.standard_normal(1000)
    score = bootstrap.mean_score("mean", values, 4000, rng)
    low, high = score.interval
    assert score.value == values.mean() and score.name == "mean"
    middle, half = values.mean(), 1.96 * values.std() / np.sqrt(1000)
    np.testing.assert_allclose([low, high], [middle - half, middle + half], rtol=0, atol=0.1 * half)
    assert bootstrap.mean_score("mean", values, 0, rng).interval is None
    shifted = bootstrap.interval(5.0, np.array([6.0, 8.0, 10.0]), level=1.0)
    assert shifted == (3.0, 7.0)


DRAWS = {
    "FID": lambda rng: fid(*_clouds(rng), replicates=100, rng=rng),
    "KID": lambda rng: kid(*_clouds(rng), subsets=1, replicates=100, rng=rng),
    "inception score": lambda rng: inception_score(softmax(2 * rng.standard_normal((300, 5))), splits=1,
                                                   replicates=100, rng=rng),
}  # fmt: skip


def _clouds(rng):
    return rng.standard_normal((200, 4)), 0.8 * rng.standard_normal((200, 4)) + 0.3


@pytest.mark.parametrize("name", DRAWS)
def test_the_interval_holds_the_mean_score_of_other_draws(name):
    """What `bootstrap` promises: where the score would lie, had others been drawn. Of 100 intervals of 95 %, at least
    85 (the chance of fewer is below 1e-4)."""
    scores = [DRAWS[name](np.random.default_rng([1, i])) for i in range(100)]
    mean = np.mean(scores)
    held = sum(score.interval[0] <= mean <= score.interval[1] for score in scores)
    widths = np.mean([score.interval[1] - score.interval[0] for score in scores])
    assert held >= 85
    np.testing.assert_allclose(widths, 3.92 * np.std(scores), rtol=0.35)  # and not by being wide
