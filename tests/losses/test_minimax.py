"""The losses of Goodfellow et al. 2014: values of eq. 1, saturation, and digits in the tails."""

import numpy as np
import pytest

from minigan.losses import Minimax, NonSaturating


def test_values_are_those_of_equation_1(rng):
    real, fake = rng.standard_normal((7, 1)) * 3, rng.standard_normal((5, 1)) * 3
    D_real, D_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    assert np.isclose(Minimax().discriminator(real, fake)[0], -(np.log(D_real).mean() + np.log(1 - D_fake).mean()))
    assert np.isclose(Minimax().generator(fake)[0], np.log(1 - D_fake).mean())
    assert np.isclose(NonSaturating().generator(fake)[0], -np.log(D_fake).mean())
    smooth = -(0.9 * np.log(D_real) + 0.1 * np.log(1 - D_real)).mean() - np.log(1 - D_fake).mean()
    assert np.isclose(Minimax(smooth=0.9).discriminator(real, fake)[0], smooth)


def test_at_the_fixed_point_the_value_is_log_4():
    s = np.zeros((3, 1))
    assert np.isclose(Minimax().discriminator(s, s)[0], np.log(4))


def test_the_generator_descends_and_the_discriminator_ascends(rng):
    """Raising a fake logit must lower G's loss and raise D's; raising a real one must lower D's."""
    real, fake = rng.standard_normal((2, 4, 1)) * 3
    for loss in (Minimax(), NonSaturating()):
        _, d_real, d_fake = loss.discriminator(real, fake)
        _, g_fake = loss.generator(fake)
        assert (d_real < 0).all() and (d_fake > 0).all() and (g_fake < 0).all()


def test_the_saturating_generator_saturates_and_the_other_does_not():
    sure_fake = np.full((1, 1), -20.0)
    assert abs(Minimax().generator(sure_fake)[1].item()) < 1e-8
    assert abs(NonSaturating().generator(sure_fake)[1].item()) > 0.99


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_the_tails_keep_their_digits(dtype, tolerance):
    """The saturating gradient at s = -20 is 2e-9 and not 0: Adam, which divides by its size, would tell them apart."""
    s = np.arange(-80, 81, dtype=dtype)[:, None]
    exact = 1 / (1 + np.exp(-s.astype(np.longdouble)))
    other = 1 / (1 + np.exp(s.astype(np.longdouble)))
    _, d_real, d_fake = Minimax().discriminator(s, s)
    for got, want in [(d_fake, exact), (d_real, -other), (Minimax().generator(s)[1], -exact)]:
        np.testing.assert_allclose(got.astype(np.longdouble) * s.size, want, rtol=tolerance)


@pytest.mark.parametrize("kind", [Minimax, NonSaturating])
@pytest.mark.parametrize("smooth", [0.1, 0.5, 1.1, float("nan")])
def test_a_target_that_is_none_is_refused(kind, smooth):
    with pytest.raises(ValueError, match="0.5 < smooth <= 1, got"):
        kind(smooth=smooth)
