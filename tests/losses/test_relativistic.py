"""Relativistic paired: values by hand, only differences count, the players mirror each other, pairs are demanded."""

import numpy as np
import pytest

from minigan.losses import RelativisticPaired

REAL, FAKE = np.array([[2.0], [0.5], [-1.0]]), np.array([[0.0], [0.5], [1.0]])
P = 1 / (1 + np.exp(-(REAL - FAKE)))  # that the real one is the more realistic of its pair


def test_values_and_gradients_by_hand():
    value, d_real, d_fake = RelativisticPaired().discriminator(REAL, FAKE)
    assert np.isclose(value, -np.log(P).mean())
    assert np.allclose(d_real, -(1 - P) / 3) and np.allclose(d_fake, (1 - P) / 3)
    value, d_fake = RelativisticPaired().generator(FAKE, REAL)
    assert np.isclose(value, -np.log(1 - P).mean()) and np.allclose(d_fake, -P / 3)


def test_a_constant_discriminator_has_the_loss_log_2():
    s = np.full((4, 1), 7.0)
    assert np.isclose(RelativisticPaired().discriminator(s, s)[0], np.log(2))
    assert np.isclose(RelativisticPaired().generator(s, s)[0], np.log(2))


def test_only_differences_count_and_the_partner_is_that_of_the_pair():
    loss = RelativisticPaired()
    assert np.isclose(*(loss.discriminator(REAL + c, FAKE + c)[0] for c in (0, 10)))
    assert not np.isclose(loss.discriminator(REAL, FAKE)[0], loss.discriminator(REAL[::-1], FAKE)[0])


def test_the_generator_is_the_discriminator_with_the_roles_changed():
    loss = RelativisticPaired()
    value, d_fake, _ = loss.discriminator(FAKE, REAL)
    assert loss.generator(FAKE, REAL)[0] == value and np.allclose(loss.generator(FAKE, REAL)[1], d_fake)


def test_the_tails_keep_their_digits():
    t = np.arange(-80.0, 81.0)
    exact = 1 / (1 + np.exp(-t.astype(np.longdouble)))
    got = RelativisticPaired().discriminator(np.zeros_like(t), t)[2] * t.size
    np.testing.assert_allclose(got.astype(np.longdouble), exact, rtol=1e-14)


@pytest.mark.parametrize("real, fake", [((4, 1), (3, 1)), ((4,), (3,)), ((4, 1), (4,))])
def test_batches_that_do_not_pair_are_refused(real, fake):
    loss, real, fake = RelativisticPaired(), np.zeros(real), np.zeros(fake)
    for call in (lambda: loss.discriminator(real, fake), lambda: loss.generator(fake, real)):
        with pytest.raises(ValueError, match=r"compares each fake image with one real one; got real_logits \(4,"):
            call()
