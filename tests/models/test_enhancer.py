"""Enhancers: what their input is, the sizes that they make, and gradients through G."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.batch import Batch
from minigan.gan import draw, g_gradients
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.losses import NonSaturating
from minigan.models import Degraded
from minigan.models.degraded import block_means
from minigan.models.enhancer import enhancer
from minigan.terms import Content


def pictures(n, *shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, *shape)).astype(np.float32)


def test_block_means_by_hand():
    x = np.arange(24.0).reshape(1, 4, 6, 1)
    np.testing.assert_allclose(block_means(x, 2)[0, :, :, 0], [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]])
    assert block_means(x, 1) is x


def test_grain_has_the_deviation_that_was_asked_for_and_stays_in_range():
    grey = np.zeros((50, 20, 20, 1), np.float32)
    low = Degraded(grey, 1, 0.1).worse(grey, np.random.default_rng(0))
    assert low.std() == pytest.approx(0.2, rel=0.02)  # in [-1, 1], which is twice as wide
    assert low.dtype == np.float32
    white = np.ones((50, 20, 20, 1), np.float32)
    assert Degraded(white, 2, 0.5).worse(white, np.random.default_rng(0)).max() == 1


def test_the_input_of_a_step_belongs_to_its_real_pictures():
    real = pictures(5, 4, 6, 1)
    degraded = Degraded(real, 2)
    np.testing.assert_array_equal(degraded.beside(Batch(real), None), block_means(real, 2))
    shown = degraded.shown(12, np.random.default_rng(0))
    assert shown.shape == (12, 2, 3, 1)
    np.testing.assert_array_equal(shown[:5], shown[5:10])  # more than there are: again from the first


@pytest.mark.parametrize("enlarge, grain, text", [
    (1, 0, "nothing to do"), (0, 0.1, "enlarge"), (2, -0.1, "grain"), (4, 0, "try --image-size 4x8"),
])  # fmt: skip
def test_refused_degradations(enlarge, grain, text):
    with pytest.raises(ValueError, match=text):
        Degraded(pictures(2, 4, 6, 1), enlarge, grain)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(2, 3), st.sampled_from([1, 3]), st.integers(0, 2))
def test_sizes_and_gradients_through_g(enlarge, h, w, C, blocks):
    rng = np.random.default_rng(h)
    shape = (h * enlarge + 4 * enlarge, w * enlarge + 4 * enlarge, C)
    G, D = enhancer(shape, enlarge=enlarge, width=2, blocks=blocks, kernel=3, d_widths=(2, 3), rng=rng)
    for network in (G, D):
        network.astype(np.float64)
        for p in network.params.values():
            p += 0.1 * rng.standard_normal(p.shape)
    real = rng.uniform(-1, 1, (2, *shape))
    low = block_means(real, enlarge)
    terms = [Content(3.0)]

    def value():
        return g_gradients(G, D, NonSaturating(), draw(G, low), real=Batch(real), terms=terms)[0].loss

    fake = draw(G, low)
    assert fake.x.shape == real.shape
    assert D.forward(real)[0].shape == (2, 1)
    grads = g_gradients(G, D, NonSaturating(), fake, real=Batch(real), terms=terms)[1]
    key = list(G.params)[rng.integers(len(G.params))]
    numeric = numeric_gradient(value, G.params[key])
    assert relative_error(grads[key], numeric.gradient, noise=1e-6)[numeric.smooth].max() <= 1e-6


def test_sides_that_do_not_divide_are_refused_with_the_fix():
    with pytest.raises(ValueError, match="try --image-size 28x28"):
        enhancer((28, 29, 1), enlarge=2)
