"""Scaling: there and back, for columns of any unit, and what cannot be scaled."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.data import Scaling


@given(seed=st.integers(0, 99), shape=st.sampled_from([(30, 3), (12, 5, 2), (2, 1)]), power=st.integers(-12, 12))
def test_there_and_back(seed, shape, power):
    x = (np.random.default_rng(seed).standard_normal(shape) + 3) * 10.0**power
    scaling = Scaling.of(x)
    z = scaling.apply(x)
    assert z.dtype == np.float32 and z.shape == x.shape
    flat = z.reshape(-1, shape[-1])
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(flat.std(axis=0), 1, atol=1e-5)
    np.testing.assert_allclose(scaling.undo(z.astype(np.float64)), x, rtol=1e-4, atol=1e-6 * 10.0**power)
    again = Scaling.from_dict(json.loads(json.dumps(scaling.as_dict())))
    np.testing.assert_array_equal(again.mean, scaling.mean)
    np.testing.assert_array_equal(again.deviation, scaling.deviation)


def test_digits_that_float32_has_not_are_kept():
    seconds = 1.6e9 + np.arange(100.0)
    z = Scaling.of(seconds[:, None]).apply(seconds[:, None])
    assert len(np.unique(z)) == 100 and len(np.unique(seconds.astype(np.float32))) == 2


def test_a_constant_column_is_0_and_comes_back():
    x = np.full((50, 1), 0.1)  # whose mean, rounded, is not 0.1
    scaling = Scaling.of(x)
    assert (scaling.apply(x) == 0).all() and (scaling.undo(scaling.apply(x)) == 0.1).all()


def test_none_changes_nothing():
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert Scaling().apply(x) is x and Scaling().undo(x) is x and Scaling().as_dict() == {}
    assert not Scaling.from_dict({}) and not Scaling()


@pytest.mark.parametrize(
    "saved", [{"mean": [1]}, {"mean": [1], "deviation": [1, 2]}, {"mean": "a", "deviation": [1]}, [3]]
)
def test_a_damaged_dict(saved):
    with pytest.raises(ValueError, match="deviation"):
        Scaling.from_dict(saved)
