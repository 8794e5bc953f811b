"""The content term: its value by hand, its gradient against differences, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigan.batch import Batch
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.terms import Content


def test_the_value_is_the_weighted_mean_of_absolute_differences():
    fake, real = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([[1.5, 0.0], [3.0, 4.0]])
    value, d_images, grads = Content(10)(None, fake, real)
    assert value == pytest.approx(10 * (0.5 + 2 + 0 + 8) / 4)
    np.testing.assert_allclose(d_images, 2.5 * np.array([[-1, 1], [0, -1]]))
    assert grads == {}


@settings(max_examples=40, deadline=None)
@given(hnp.array_shapes(min_dims=2, max_dims=4, max_side=4), st.floats(0.1, 50), st.integers(0, 99))
def test_gradient_against_differences(shape, weight, seed):
    rng = np.random.default_rng(seed)
    real = rng.standard_normal(shape)
    fake = real + rng.choice([-1, 1], shape) * rng.uniform(0.1, 1, shape)  # away from the kink
    term = Content(weight)
    analytic = term(None, Batch(fake), Batch(real))[1]
    numeric = numeric_gradient(lambda: term(None, Batch(fake), Batch(real))[0], fake)
    assert relative_error(analytic, numeric.gradient, noise=1e-6).max() <= 1e-6


def test_float32_stays_float32():
    fake, real = np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)
    assert Content(100)(None, fake, real)[1].dtype == np.float32


def test_refusals():
    with pytest.raises(ValueError, match="give g_step real="):
        Content()(None, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"got \(2, 3\) of G and \(1, 3\) real ones"):
        Content()(None, np.ones((2, 3)), np.ones((1, 3)))  # never broadcast
    with pytest.raises(ValueError, match="weight of Content"):
        Content(-1)
