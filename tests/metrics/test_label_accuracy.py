"""The share of images that the network reads as what was asked for."""

import numpy as np
import pytest

from minigan.metrics import label_accuracy


def test_a_share_with_an_interval(rng):
    probs = rng.dirichlet(np.ones(4), 200)
    labels = np.where(rng.random(200) < 0.7, probs.argmax(axis=1), (probs.argmax(axis=1) + 1) % 4)
    score = label_accuracy(probs, labels, replicates=100)
    assert score == np.mean(probs.argmax(axis=1) == labels) and 0.5 < score < 0.9
    low, high = score.interval
    assert low < score.value < high and 0.05 < high - low < 0.25
    assert label_accuracy(probs, probs.argmax(axis=1)) == 1 and label_accuracy(probs, labels).interval is None


def test_refused(rng):
    probs = rng.dirichlet(np.ones(4), 5)
    for labels in (np.zeros(4, int), np.zeros(5), np.full(5, 4), np.full(5, -1)):
        with pytest.raises(ValueError, match=r"expected 5 labels, whole numbers in 0..3"):
            label_accuracy(probs, labels)
    with pytest.raises(ValueError, match="at least 0"):
        label_accuracy(-probs, np.zeros(5, int))
