"""What holds for every loss: gradients against differences, no overflow, its dtype kept, bad logits refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import losses
from minigan.gradcheck import check_loss, numeric_gradient, relative_error
from minigan.losses import LOSSES, LeastSquares, Minimax, NonSaturating, takes_smooth

KINDS = {
    **LOSSES,
    "smooth minimax": lambda: Minimax(0.9),
    "smooth non-saturating": lambda: NonSaturating(0.75),
    "Pearson's codes": lambda: LeastSquares(a=-1, b=1, c=0),
    "smooth least squares": lambda: LeastSquares(b=0.9),
}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
sizes = st.integers(1, 6)


def called(loss, real, fake):
    """-> D's value, d_real, d_fake, then G's value, d_fake."""
    given_to_g = (fake, real) if loss.paired else (fake,)
    return *loss.discriminator(real, fake), *loss.generator(*given_to_g)


@every
@settings(max_examples=20)
@given(n=sizes, m=sizes, flat=st.booleans(), seed=st.integers(0, 99))
def test_gradients(kind, n, m, flat, seed):
    loss, rng = kind(), np.random.default_rng(seed)
    m = n if loss.paired else m
    real, fake = (rng.standard_normal((k,) if flat else (k, 1)) * 3 for k in (n, m))
    _, d_real, d_fake, _, g_fake = called(loss, real, fake)
    for array, analytic, which in ((real, d_real, 0), (fake, d_fake, 0), (fake, g_fake, 3)):
        numeric = numeric_gradient(lambda which=which: called(loss, real, fake)[which], array)
        assert analytic.shape == array.shape
        assert relative_error(analytic, numeric.gradient)[numeric.smooth].max(initial=0) <= 1e-6


@every
@pytest.mark.parametrize("seed", range(3))
def test_the_checker_says_so_too(kind, seed):
    report = check_loss(kind(), rng=np.random.default_rng(seed))
    assert report.ok and report.checked >= 40, report


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits_stay_finite_and_of_their_kind(kind, dtype):
    s = np.array([[-1e4], [1e4], [0.0]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        results = called(kind(), s, s[::-1].copy())
    for k, result in enumerate(results):
        assert np.isfinite(result).all()
        assert type(result) is float if k in (0, 3) else result.dtype == dtype and result.shape == s.shape


@every
def test_the_players_pull_the_ways_they_should(kind):
    """At logits of 0 raising a real one lowers D's loss, raising a fake one raises it, and lowers G's or does nothing
    to it."""
    s = np.zeros((4, 1))
    _, d_real, d_fake, _, g_fake = called(kind(), s, s)
    assert (d_real < 0).all() and (d_fake >= 0).all() and (g_fake <= 0).all()


@every
def test_bad_logits_are_refused(kind):
    loss, good = kind(), np.zeros((4, 1))
    for real, fake, message in (
        (np.zeros((4, 2)), good, "real_logits expected one logit for each sample"),
        (good, np.zeros((0, 1)), "fake_logits expected one logit for each sample"),
        (good, np.zeros((4, 1), int), "fake_logits expected float32 or float64, got int64"),
    ):
        with pytest.raises(ValueError, match=message):
            loss.discriminator(real, fake)
    for fake in (np.zeros((0, 1)), np.zeros((4, 2)), np.zeros((4, 1), int)):
        with pytest.raises(ValueError, match="fake_logits expected"):
            called(loss, good, fake) if loss.paired else loss.generator(fake)


def test_the_names_and_who_takes_smooth():
    assert {name for name, kind in LOSSES.items() if takes_smooth(kind)} == {"minimax", "non-saturating"}
    assert [name for name, kind in LOSSES.items() if kind.paired] == ["relativistic"]
    assert all(kind in vars(losses).values() for kind in LOSSES.values())
