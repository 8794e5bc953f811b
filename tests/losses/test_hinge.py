"""Hinge: values by hand, no gradient beyond the margin, and 0 at the kink."""

import numpy as np

from minigan.losses import Hinge

REAL, FAKE = np.array([[2.0], [0.5], [-3.0], [0.75]]), np.array([[-2.0], [0.25]])


def test_values_and_gradients_by_hand():
    value, d_real, d_fake = Hinge().discriminator(REAL, FAKE)
    assert value == (0 + 0.5 + 4 + 0.25) / 4 + (0 + 1.25) / 2
    assert (d_real == [[0], [-0.25], [-0.25], [-0.25]]).all() and (d_fake == [[0], [0.5]]).all()
    value, d_fake = Hinge().generator(FAKE)
    assert value == (2 - 0.25) / 2 and (d_fake == -0.5).all()


def test_at_the_kink_the_margin_is_reached_and_the_slope_0():
    value, d_real, d_fake = Hinge().discriminator(np.array([1.0]), np.array([-1.0]))
    assert value == 0 and d_real == 0 and d_fake == 0


def test_the_best_discriminator_says_one_or_minus_one():
    """2 of 3 samples at some x are real: D's loss over them is least at s = 1, and is 2 min(p, q) there."""
    s = np.linspace(-3, 3, 61)
    losses = [np.maximum(0, 1 - a) * 2 / 3 + np.maximum(0, 1 + a) / 3 for a in s]
    values = [2 / 3 * Hinge().discriminator(np.full(2, a), np.full(1, -9.0))[0] +
              1 / 3 * Hinge().discriminator(np.full(2, 9.0), np.full(1, a))[0] for a in s]  # fmt: skip
    assert np.allclose(values, losses) and np.isclose(s[np.argmin(values)], 1) and np.isclose(min(values), 2 / 3)
