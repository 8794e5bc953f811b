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


def test_kinks_are_seen_on_them_and_beside_them():
    x = np.array([0.0, 1e-6, -3e-5, 0.5, -0.5])
    numeric = numeric_gradient(lambda: float(np.sum(np.abs(x))), x)
    assert numeric.smooth.tolist() == [False, False, False, True, True]


def test_float32_is_refused():
    with pytest.raises(ValueError, match="float64"):
        numeric_gradient(lambda: 0.0, np.zeros(2, np.float32))
