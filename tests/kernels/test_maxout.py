"""The loops of maxout against their plain twins, and where numbers are equal or none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.kernels import maxout, maxout_plain, picked, picked_plain, scattered, scattered_plain


@given(groups=st.integers(1, 40), pieces=st.integers(1, 7), seed=st.integers(0, 99), double=st.booleans())
def test_like_the_plain_twins(groups, pieces, seed, double):
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (groups, pieces)).astype(np.float64 if double else np.float32)  # some are equal
    y, winner = maxout(x, pieces)
    for ours, plain in zip((y, winner), maxout_plain(x, pieces), strict=True):
        assert ours.dtype == plain.dtype
        np.testing.assert_array_equal(ours, plain)
    for ours, plain in ((scattered(y, winner, pieces), scattered_plain(y, winner, pieces)),
                        (picked(x, winner), picked_plain(x, winner))):  # fmt: skip
        assert ours.dtype == plain.dtype == x.dtype
        np.testing.assert_array_equal(ours, plain)
    np.testing.assert_array_equal(picked(x, winner), y)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_nan_is_not_passed_over(place):
    x = np.array([[1.0, 2.0, 3.0]])
    x[0, place] = np.nan
    y, winner = maxout(x, 3)
    assert np.isnan(y[0]) and winner[0] == place


def test_rows_that_do_not_lie_next_to_each_other(rng):
    x = rng.standard_normal((6, 8))[:, ::2]
    y, winner = maxout(x, 2)
    np.testing.assert_array_equal(y, x.reshape(-1, 2).max(axis=1))
    np.testing.assert_array_equal(picked(x, winner), y)
    np.testing.assert_array_equal(scattered(y[::1], winner, 2).reshape(-1, 2).sum(axis=1), y)
