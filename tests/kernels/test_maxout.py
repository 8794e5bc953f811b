"""The loops of maxout against their plain twins, and where numbers are equal or none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.kernels import gather_winners, maxout, maxout_input_grad, maxout_weight_grad, plain, scatter_winners
from minigan.kernels.machine import threads

number = st.integers


@given(groups=st.integers(1, 40), pieces=st.integers(1, 7), seed=st.integers(0, 99), double=st.booleans())
def test_like_the_plain_twins(groups, pieces, seed, double):
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (groups, pieces)).astype(np.float64 if double else np.float32)  # some are equal
    y, winner = maxout(x, pieces)
    for ours, theirs in zip((y, winner), plain.maxout(x, pieces), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in ((scatter_winners(y, winner, pieces), plain.scatter_winners(y, winner, pieces)),
                        (gather_winners(x, winner), plain.gather_winners(x, winner))):  # fmt: skip
        assert ours.dtype == theirs.dtype == x.dtype
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(gather_winners(x, winner), y)


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
    np.testing.assert_array_equal(gather_winners(x, winner), y)
    np.testing.assert_array_equal(scatter_winners(y[::1], winner, 2).reshape(-1, 2).sum(axis=1), y)


def drawn(N, K, units, pieces, seed, dtype):
    """x, w, dy, share, and the winners, of which the units have one each time, or all."""
    rng = np.random.default_rng(seed)
    x, w, dy, share = (
        rng.standard_normal(shape).astype(dtype) for shape in ((N, K), (K, units * pieces), (N, units), N)
    )
    return x, w, dy, share, rng.integers(0, rng.integers(1, pieces + 1), N * units).astype(np.int32)


@given(
    N=number(1, 20), K=number(1, 90), units=number(1, 40), pieces=number(2, 5), seed=number(0, 99),
    dtype=st.sampled_from([np.float32, np.float64]), alone=st.booleans(),
)  # fmt: skip
def test_the_gradients_of_a_dense_layer_like_their_plain_twins(N, K, units, pieces, seed, dtype, alone):
    x, w, dy, share, winner = drawn(N, K, units, pieces, seed, dtype)
    kept = [array.copy() for array in (x, w, dy, share, winner)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "WORTH_SHARING", 10**9 if alone else 0)
        ours = [maxout_input_grad(dy, winner, w), *maxout_weight_grad(x, dy, winner, pieces),
                *maxout_weight_grad(x, dy, winner, pieces, share)]  # fmt: skip
    twins = [plain.maxout_input_grad(dy, winner, w), *plain.maxout_weight_grad(x, dy, winner, pieces),
             *plain.maxout_weight_grad(x, dy, winner, pieces, share)]  # fmt: skip
    for one, two in zip(ours, twins, strict=True):
        assert one.dtype == dtype and one.shape == two.shape
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-4 if dtype == np.float32 else 1e-12)
    for before, after in zip(kept, (x, w, dy, share, winner), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("K", [3, 37])
def test_they_are_the_products_with_all_pieces(K):
    x, w, dy, _, winner = drawn(6, K, 19, 3, 0, np.float64)
    dz = plain.scatter_winners(dy, winner, 3).reshape(6, -1)
    np.testing.assert_allclose(maxout_input_grad(dy, winner, w), plain.matmul(dz, w.T), atol=1e-12)
    dw, db = maxout_weight_grad(x, dy, winner, 3)
    np.testing.assert_allclose(dw, plain.matmul(x.T, dz), atol=1e-12)
    np.testing.assert_allclose(db, dz.sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("units", [170, 5])
def test_two_threads_compute_what_one_does(units):
    """Large enough to be shared; the sums are the same ones, whoever computes them."""
    x, w, dy, _, winner = drawn(390, 150, units, 3, 0, np.float32)
    z = x @ w
    before, results = threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            small = *maxout(z, 3), scatter_winners(dy, winner, 3), gather_winners(z, winner)
            for _ in range(20):  # a helper may come late to the first calls
                results.append((*small, maxout_input_grad(dy, winner, w), *maxout_weight_grad(x, dy, winner, 3)))
    finally:
        threads.set_count(before)
    for result in results[1:]:
        for one, two in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(one, two)


def test_arrays_in_any_order_and_a_dy_of_another_dtype():
    x, w, dy, share, winner = drawn(7, 40, 5, 2, 0, np.float32)
    turned = [np.asfortranarray(array) for array in (x, w, dy)]
    right = maxout_input_grad(dy, winner, w), *maxout_weight_grad(x, dy, winner, 2, share)
    x, w, dy = turned
    for other in (dy, dy.astype(np.float64)):
        got = maxout_input_grad(other, winner, w), *maxout_weight_grad(x, other, winner, 2, share.astype(np.float64))
        for one, two in zip(right, got, strict=True):
            assert two.dtype == np.float32
            np.testing.assert_array_equal(one, two)
