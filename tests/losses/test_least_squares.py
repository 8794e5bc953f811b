"""Least squares: values by hand, the optimal discriminator, and codes that make no game."""

import numpy as np
import pytest

from minigan.losses import LeastSquares

REAL, FAKE = np.array([[2.0], [0.5]]), np.array([[-1.0], [0.0], [3.0]])


def test_values_and_gradients_by_hand():
    value, d_real, d_fake = LeastSquares().discriminator(REAL, FAKE)
    assert np.isclose(value, (1 + 0.25) / 4 + (1 + 0 + 9) / 6)
    assert np.allclose(d_real, [[0.5], [-0.25]]) and np.allclose(d_fake, [[-1 / 3], [0], [1]])
    value, d_fake = LeastSquares().generator(FAKE)
    assert np.isclose(value, (4 + 1 + 4) / 6) and np.allclose(d_fake, [[-2 / 3], [-1 / 3], [2 / 3]])


def test_the_codes_go_where_they_belong():
    loss = LeastSquares(a=-1, b=2, c=3)
    value, d_real, d_fake = loss.discriminator(REAL, FAKE)
    assert np.isclose(value, (0 + 2.25) / 4 + (0 + 1 + 16) / 6)
    assert np.allclose(d_real, [[0], [-0.75]]) and np.allclose(d_fake, [[0], [1 / 3], [4 / 3]])
    value, d_fake = loss.generator(FAKE)
    assert np.isclose(value, (16 + 9 + 0) / 6) and np.allclose(d_fake, [[-4 / 3], [-1], [0]])


def test_the_best_discriminator_is_the_weighted_mean_of_the_codes():
    """3 of 4 samples at some x are real: D's gradient is 0 at (3 b + a) / 4, here the logit of all of them."""
    best = (3 * 1 + -1) / 4
    _, d_real, d_fake = LeastSquares(a=-1, b=1, c=0).discriminator(np.full(3, best), np.full(1, best))
    assert np.isclose(3 * d_real.sum() + 1 * d_fake.sum(), 0)


def test_it_does_not_saturate_where_the_boundary_is_far():
    far = np.full((1, 1), 20.0)
    assert LeastSquares().generator(far)[1].item() == 19.0


@pytest.mark.parametrize("codes, message", [
    ({"a": 1.0, "b": 0.0}, "must be below that of real images"),
    ({"c": 0.0}, "below G's target, c; got a=0.0, b=1.0, c=0.0"),
    ({"a": float("nan")}, "a must be one finite number, got nan"),
    ({"b": float("inf")}, "b must be one finite number"),
    ({"c": "1"}, "c must be one finite number, got '1'"),
])  # fmt: skip
def test_codes_that_make_no_game_are_refused(codes, message):
    with pytest.raises(ValueError, match=message):
        LeastSquares(**codes)
