"""Wasserstein: values by hand, and the distance itself where the best critic is known."""

import numpy as np
import pytest

from minigan.gradcheck import check_loss
from minigan.losses import Wasserstein

REAL, FAKE = np.array([[2.0], [0.5]]), np.array([[-1.0], [0.0], [4.0]])


def test_values_and_gradients_by_hand():
    value, d_real, d_fake = Wasserstein().discriminator(REAL, FAKE)
    assert value == 1.0 - 1.25
    assert (d_real == -1 / 2).all() and (d_fake == 1 / 3).all()
    value, d_fake = Wasserstein().generator(FAKE)
    assert value == -1.0 and (d_fake == -1 / 3).all()


def test_minus_the_loss_is_the_distance_that_the_images_are_to_be_moved(rng):
    """Points on a line, all fakes 0.7 to the left of the real ones: the best critic of slope 1 is x itself."""
    x = rng.standard_normal((50, 1))
    assert np.isclose(-Wasserstein().discriminator(x, x - 0.7)[0], 0.7)


def test_drift_holds_the_logits_of_real_images(rng):
    real, fake = rng.standard_normal((4, 1)) + 3, rng.standard_normal((5, 1))
    plain, drifting = Wasserstein(), Wasserstein(drift=0.1)
    value, d_real, d_fake = drifting.discriminator(real, fake)
    bare, bare_real, bare_fake = plain.discriminator(real, fake)
    assert value == pytest.approx(bare + 0.1 * (real**2).mean())
    np.testing.assert_allclose(d_real, bare_real + 0.2 * real / 4)
    np.testing.assert_array_equal(d_fake, bare_fake)
    assert check_loss(drifting).ok
    assert drifting.generator(fake)[0] == plain.generator(fake)[0]
    with pytest.raises(ValueError, match="drift"):
        Wasserstein(drift=-1)


def test_a_constant_added_to_the_critic_changes_nothing():
    assert np.isclose(*(Wasserstein().discriminator(REAL + c, FAKE + c)[0] for c in (0, 10)))
