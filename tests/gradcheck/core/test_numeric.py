"""Numeric derivatives: exact where the function is smooth, and honest where it is not."""

import numpy as np
import pytest

from minigan.gradcheck import numeric_gradient, relative_error


def test_smooth_functions(rng):
    x = rng.uniform(-1, 1, (3, 4))
    before = x.copy()
    numeric = numeric_gradient(lambda: float(np.sum(np.sin(x) * np.exp(x))), x)
    assert numeric.smooth.all()
    assert relative_error((np.cos(x) + np.sin(x)) * np.exp(x), numeric.gradient).max() < 1e-9
    np.testing.assert_array_equal(x, before)


def test_kinks_are_seen_and_shorter_steps_stay_on_one_side_of_them():
    x = np.array([0.0, 1e-6, -3e-5, 0.5, -0.5])
    numeric = numeric_gradient(lambda: float(np.sum(np.abs(x))), x)
    assert numeric.smooth.tolist() == [False, True, True, True, True]
    np.testing.assert_allclose(numeric.gradient[1:], np.sign(x[1:]), rtol=1e-6)


def test_a_slight_kink_is_seen_too():
    x = np.array([0.0, 0.5])
    numeric = numeric_gradient(lambda: float(np.sum(x + 1e-3 * np.abs(x))), x)
    assert numeric.smooth.tolist() == [False, True]


@pytest.mark.parametrize(
    "f, slope, low, high",
    [
        (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), -9, 9),
        (np.log, lambda x: 1 / x, 1e-4, 1e-2),
        (np.exp, np.exp, -9, 9),
        (lambda x: x * np.abs(x), lambda x: 2 * np.abs(x), -1, 1),
        (lambda x: np.sin(x) + 1e6, np.cos, -1, 1),
    ],
)
def test_fast_and_slow_functions_are_not_taken_for_kinks(f, slope, low, high):
    x = np.random.default_rng(0).uniform(low, high, 50)
    numeric = numeric_gradient(lambda: float(np.sum(f(x))), x)
    assert numeric.smooth.mean() > 0.9  # sums with 1e6 in them have few digits left
    wrong = np.abs(numeric.gradient - slope(x)) > 1e-7 * np.abs(slope(x)) + 4 * numeric.error
    assert not wrong[numeric.smooth].any()


def test_a_jump_a_noise_and_a_nan_are_no_derivatives():
    x, rng = np.array([0.0, 0.3]), np.random.default_rng(0)
    assert numeric_gradient(lambda: float(np.sign(x[0]) + x[1]), x).smooth.tolist() == [False, True]
    assert not numeric_gradient(lambda: float(rng.standard_normal()), x).smooth.any()
    assert not numeric_gradient(lambda: float("nan"), x).smooth.any()


def test_float32_is_refused():
    with pytest.raises(ValueError, match="float64"):
        numeric_gradient(lambda: 0.0, np.zeros(2, np.float32))
