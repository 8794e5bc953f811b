"""The Inception Score where it is known, and its bounds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import inception_score
from minigan.metrics.inception_score import score_of
from minigan.metrics.lenet import softmax

probabilities = st.builds(
    lambda seed, n, k, sharp: softmax(sharp * np.random.default_rng(seed).standard_normal((n, k))),
    st.integers(0, 999), st.integers(10, 50), st.integers(2, 12), st.floats(0, 50),
)  # fmt: skip


@given(probabilities)
def test_it_lies_between_1_and_the_number_of_classes(probs):
    score = inception_score(probs, splits=1).value
    assert 1 - 1e-12 <= score <= probs.shape[1] + 1e-9


@given(probabilities, st.integers(0, 99))
def test_order_matters_only_to_the_splits(probs, seed):
    turned = np.random.default_rng(seed).permutation(probs)
    np.testing.assert_allclose(inception_score(probs, splits=1), inception_score(turned, splits=1), rtol=1e-12)


def test_known_values():
    one_of_each = np.tile(np.eye(7), (20, 1))
    assert np.isclose(inception_score(one_of_each, splits=1), 7, rtol=1e-14)
    assert inception_score(np.tile(np.eye(7)[0], (20, 1))) == 1  # one class only
    assert np.isclose(inception_score(np.full((20, 7), 1 / 7)), 1, rtol=1e-14)  # unreadable
    # Two kinds, each 3 : 1 for its class, marginal 1 : 1: KL = log 2 - H(3/4), exp of it 2 (3/4)^(3/4) (1/4)^(1/4).
    kinds = np.tile([[0.75, 0.25], [0.25, 0.75]], (10, 1))
    assert np.isclose(inception_score(kinds, splits=1), 2 * 0.75**0.75 * 0.25**0.25, rtol=1e-14)


def test_splits_of_sorted_images_need_a_shuffle():
    sorted_by_class = np.repeat(np.eye(10), 30, axis=0)
    assert inception_score(sorted_by_class, splits=10) == 1  # each split holds one class
    shuffled = inception_score(sorted_by_class, splits=10, shuffle=0)
    assert shuffled > 8 and shuffled.spread > 0


def test_counts_stand_for_copies(rng):
    probs = softmax(rng.standard_normal((30, 4)))
    drawn = rng.integers(30, size=30)
    counts = np.bincount(drawn, minlength=30)[None].astype(float)
    np.testing.assert_allclose(score_of(probs, counts), [score_of(probs[drawn])], rtol=1e-12)


def test_an_interval(rng):
    probs = softmax(3 * rng.standard_normal((200, 4)))
    score = inception_score(probs, replicates=100, rng=1)
    assert score.interval[0] < score < score.interval[1]
    assert score.interval == inception_score(probs, replicates=100, rng=1).interval
