"""Losses: values against the paper's formulas, gradients against differences, and no overflow anywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.losses import LOSSES, Minimax, NonSaturating, softmax_cross_entropy

numbers = st.integers(1, 6)


def away(rng, shape):
    return rng.standard_normal(shape) * 3


@pytest.mark.parametrize("kind", LOSSES.values())
@given(n=numbers, m=numbers, flat=st.booleans(), smooth=st.sampled_from([1.0, 0.9, 0.75]), seed=st.integers(0, 99))
def test_gradients(kind, n, m, flat, smooth, seed):
    rng, loss = np.random.default_rng(seed), kind(smooth)
    real, fake = (away(rng, (k,) if flat else (k, 1)) for k in (n, m))
    _, d_real, d_fake = loss.discriminator(real, fake)
    _, g_fake = loss.generator(fake)
    for array, analytic, f in [
        (real, d_real, lambda: loss.discriminator(real, fake)[0]),
        (fake, d_fake, lambda: loss.discriminator(real, fake)[0]),
        (fake, g_fake, lambda: loss.generator(fake)[0]),
    ]:
        assert analytic.shape == array.shape
        assert relative_error(analytic, numeric_gradient(f, array).gradient).max() <= 1e-6


def test_values_are_those_of_equation_1(rng):
    real, fake = away(rng, (7, 1)), away(rng, (5, 1))
    D_real, D_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    assert np.isclose(Minimax().discriminator(real, fake)[0], -(np.log(D_real).mean() + np.log(1 - D_fake).mean()))
    assert np.isclose(Minimax().generator(fake)[0], np.log(1 - D_fake).mean())
    assert np.isclose(NonSaturating().generator(fake)[0], -np.log(D_fake).mean())
    smooth = -(0.9 * np.log(D_real) + 0.1 * np.log(1 - D_real)).mean() - np.log(1 - D_fake).mean()
    assert np.isclose(Minimax(smooth=0.9).discriminator(real, fake)[0], smooth)


def test_the_generator_descends_and_the_discriminator_ascends(rng):
    """Raising a fake logit must lower G's loss and raise D's; raising a real one must lower D's."""
    for loss in (Minimax(), NonSaturating()):
        _, d_real, d_fake = loss.discriminator(away(rng, (4, 1)), away(rng, (4, 1)))
        _, g_fake = loss.generator(away(rng, (4, 1)))
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", LOSSES.values())
def test_huge_logits_stay_finite(kind, dtype):
    s = np.array([[-1e4], [1e4], [0.0]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for smooth in (1.0, 0.9):
            results = [*kind(smooth).discriminator(s, s), *kind(smooth).generator(s)]
    for result in results:
        assert np.isfinite(result).all()
    assert results[1].dtype == results[4].dtype == dtype


def test_softmax_cross_entropy(rng):
    logits, labels = away(rng, (4, 3)), np.array([0, 2, 1, 1])
    value, d_logits, probs = softmax_cross_entropy(logits, labels)
    assert np.isclose(value, -np.log(probs[np.arange(4), labels]).mean()) and np.allclose(probs.sum(axis=1), 1)
    numeric = numeric_gradient(lambda: softmax_cross_entropy(logits, labels)[0], logits).gradient
    assert relative_error(d_logits, numeric).max() <= 1e-6
    assert np.isfinite(softmax_cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))[0])


def test_refused(rng):
    with pytest.raises(ValueError, match="0.5 < smooth <= 1"):
        Minimax(smooth=0.1)
    with pytest.raises(ValueError, match="real_logits expected one logit for each sample"):
        Minimax().discriminator(np.zeros((4, 2)), np.zeros((4, 1)))
    with pytest.raises(ValueError, match="fake_logits expected float32"):
        Minimax().generator(np.zeros((4, 1), int))
    with pytest.raises(ValueError, match="fake_logits expected one logit"):
        Minimax().generator(np.zeros((0, 1)))
    with pytest.raises(ValueError, match="labels must be in"):
        softmax_cross_entropy(np.zeros((2, 3)), np.array([0, 3]))
    with pytest.raises(ValueError, match="whole-number labels"):
        softmax_cross_entropy(np.zeros((2, 3)), np.array([0.0, 1.0]))
