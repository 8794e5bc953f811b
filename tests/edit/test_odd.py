"""ROC curves and AnoGAN's score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.edit.odd import anogan, auc, feature_discrepancy, residual, roc

ODD = np.array([True, True, False, False])


@pytest.mark.parametrize("scores, area", [
    ([4, 3, 2, 1], 1.0), ([1, 2, 3, 4], 0.0), ([1, 1, 1, 1], 0.5), ([4, 1, 3, 2], 0.5), ([4, 2, 3, 1], 0.75),
    ([3, 2, 2, 1], 0.875),
])  # fmt: skip
def test_known_areas(scores, area):
    assert auc(np.array(scores), ODD) == area


def test_known_curve():
    alarms, found = roc(np.array([0.9, 0.8, 0.8, 0.1]), ODD)
    assert alarms.tolist() == [0, 0, 0.5, 1] and found.tolist() == [0, 0.5, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_probability_of_a_larger_score(pairs):
    scores, odd = np.array([score for score, _ in pairs], float), np.array([flag for _, flag in pairs])
    if odd.all() or not odd.any():
        with pytest.raises(ValueError, match="a ROC curve needs finite scores"):
            roc(scores, odd)
        return
    wins = [(a > b) + (a == b) / 2 for a in scores[odd] for b in scores[~odd]]
    assert auc(scores, odd) == pytest.approx(np.mean(wins))


def test_a_nan_is_refused():
    with pytest.raises(ValueError, match="finite scores"):
        auc(np.array([1, np.nan, 2, 3]), ODD)


def test_score(D, rng):
    x, g = rng.standard_normal((2, 5, 8, 8, 1))
    R, F = residual(x, g), feature_discrepancy(D, x, g)
    assert np.allclose(R, np.abs(x - g).sum(axis=(1, 2, 3)))
    below, _ = D.split(list(D.layers)[-1])
    assert np.allclose(F, np.abs(below.apply(x)[0] - below.apply(g)[0]).sum(axis=1))
    assert np.allclose(feature_discrepancy(D, x, x), 0)
    assert np.allclose(anogan(R, F, 0.25), 0.75 * R + 0.25 * F)
