"""Scores within one class: equal to their definitions, and blind and seeing where the docstring says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import fid, precision_recall
from minigan.metrics.by_class import intra_fid, mean_distance, within_class


@given(seed=st.integers(0, 2**32 - 1), N=st.integers(2, 40), d=st.integers(1, 6))
def test_mean_distance_is_over_all_pairs(seed, N, d):
    x = np.random.default_rng(seed).standard_normal((N, d))
    pairs = [np.linalg.norm(x[i] - x[j]) for i in range(N) for j in range(N) if i != j]
    assert mean_distance(x) == pytest.approx(np.mean(pairs), rel=1e-6)


def test_intra_fid_is_the_mean_over_the_classes(rng):
    real, fake = rng.standard_normal((300, 4)), rng.standard_normal((400, 4)) + 0.3
    real_labels, fake_labels = rng.integers(3, size=300), rng.integers(3, size=400)
    score = intra_fid(real, real_labels, fake, fake_labels)
    each = [fid(real[real_labels == k], fake[fake_labels == k]).value for k in range(3)]
    assert score == pytest.approx(np.mean(each)) and score.spread == pytest.approx(np.std(each))
    assert score.parts == dict(zip(range(3), each, strict=True))
    with pytest.raises(ValueError, match="class 2: FID on features of width 4 needs at least 5 fake samples, got 2"):
        intra_fid(real, np.full(300, 2), fake[:2], np.array([2, 2]))


def test_equal_distributions_are_equally_varied(rng):
    scores = within_class(*rng.standard_normal((2, 400, 5)))
    assert scores["variety"] == pytest.approx(1, abs=0.03) and scores["recall"] > 0.8 and scores["fid"] < 0.2


def test_collapse_in_one_class_shows_there_and_hardly_over_all(rng):
    """Of ten classes one draws five images only: its variety is 1 - 1/5, its recall 0."""
    centres = 30 * rng.standard_normal((10, 5))
    labels = np.arange(4000) % 10
    real, fake = (centres[labels] + rng.standard_normal((4000, 5)) for _ in range(2))
    rows = np.flatnonzero(labels == 3)
    fake[rows] = fake[rows[np.arange(400) % 5]]
    well, poor = (within_class(real[labels == k], fake[labels == k]) for k in (4, 3))
    assert poor["recall"] < 0.05 < 0.8 < well["recall"]
    assert poor["variety"] < 0.95 * well["variety"]
    whole = precision_recall(real, fake).recall
    assert whole > 0.85 * well["recall"]  # nine of ten classes are well
    one = within_class(real[labels == 3], np.repeat(fake[rows[:1]], 400, axis=0))
    assert one["variety"] < 1e-6


def test_variety_does_not_see_two_clumps_and_recall_does(rng):
    real = 5 * rng.standard_normal((300, 2))
    clumps = np.where(np.arange(300)[:, None] % 2, 7.0, -7.0) + 0.1 * rng.standard_normal((300, 2))
    scores = within_class(real, clumps)
    assert scores["variety"] > 0.9 and scores["recall"] < 0.1


def test_what_there_are_too_few_samples_for_is_left_out(rng):
    x = rng.standard_normal((50, 6))
    assert within_class(x, x[:0]) == within_class(x[:0], x) == {}
    assert set(within_class(x, x[:1])) == set()
    assert set(within_class(x, x[:3])) == {"variety"}
    assert set(within_class(x, x[:6])) == {"variety", "recall"}
    assert set(within_class(x, x[:7])) == {"variety", "recall", "fid"}
    with pytest.raises(ValueError, match="one width"):
        within_class(x, x[:, :4])
