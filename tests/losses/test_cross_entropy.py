"""The classifier's loss: value, gradient, no overflow, and labels that are none."""

import numpy as np
import pytest

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.losses import softmax_cross_entropy


def test_value_gradient_and_probabilities(rng):
    logits, labels = rng.standard_normal((4, 3)) * 3, np.array([0, 2, 1, 1])
    value, d_logits, probs = softmax_cross_entropy(logits, labels)
    assert np.isclose(value, -np.log(probs[np.arange(4), labels]).mean()) and np.allclose(probs.sum(axis=1), 1)
    numeric = numeric_gradient(lambda: softmax_cross_entropy(logits, labels)[0], logits).gradient
    assert relative_error(d_logits, numeric).max() <= 1e-6
    assert np.isfinite(softmax_cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))[0])


def test_refused():
    with pytest.raises(ValueError, match="labels must be in"):
        softmax_cross_entropy(np.zeros((2, 3)), np.array([0, 3]))
    with pytest.raises(ValueError, match="whole-number labels"):
        softmax_cross_entropy(np.zeros((2, 3)), np.array([0.0, 1.0]))
