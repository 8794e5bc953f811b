"""Attention against its plain twin, in blocks of any size, on any number of threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.kernels import attend, attend_grad, attention, plain
from minigan.kernels.machine import threads

number = st.integers


def drawn(N, P, M, d, c, seed, dtype):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((N, P, d), (N, M, d), (N, M, c), (N, P, c))]


@given(
    N=number(1, 5), P=number(1, 20), M=number(1, 18), d=number(1, 4), c=number(1, 5), seed=number(0, 99),
    dtype=st.sampled_from([np.float32, np.float64]), block=st.sampled_from([1, 500, 1 << 18]), alone=st.booleans(),
)  # fmt: skip
def test_like_the_plain_twins(N, P, M, d, c, seed, dtype, block, alone):
    q, k, v, dy = drawn(N, P, M, d, c, seed, dtype)
    kept = [array.copy() for array in (q, k, v, dy)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention, "BLOCK_BYTES", block)
        patch.setattr(threads, "WORTH_SHARING", 10**9 if alone else 0)
        y, a = attend(q, k, v)
        ours = y, a, *attend_grad(dy, q, k, v, a)
    twins = *plain.attend(q, k, v), *plain.attend_grad(dy, q, k, v, a)
    for one, two in zip(ours, twins, strict=True):
        assert one.dtype == dtype and one.shape == two.shape
        np.testing.assert_allclose(one, two, rtol=0, atol=3e-5 if dtype == np.float32 else 1e-12)
    np.testing.assert_allclose(a.sum(axis=1), 1, rtol=1e-5)
    for before, after in zip(kept, (q, k, v, dy), strict=True):
        np.testing.assert_array_equal(before, after)


def test_huge_scores_do_not_overflow():
    q, k, v = np.full((1, 1, 1), 1e4), np.array([[[1.0], [-1.0], [1.0]]]), np.array([[[3.0], [100.0], [5.0]]])
    with np.errstate(over="raise", invalid="raise"):
        y, a = attend(q, k, v)
    assert y.item() == 4.0 and a.ravel().tolist() == [0.5, 0, 0.5]


def test_a_nan_is_not_lost():
    q, k, v, _ = drawn(2, 3, 4, 2, 2, 0, np.float64)
    k[1, 2] = np.nan
    y, _ = attend(q, k, v)
    assert np.isnan(y[1]).all() and not np.isnan(y[0]).any()


def test_arrays_in_any_order():
    q, k, v, dy = drawn(4, 6, 5, 3, 2, 0, np.float64)
    turned = [np.asfortranarray(array) for array in (q, k, v, dy)]
    (y, a), (y2, a2) = attend(q, k, v), attend(*turned[:3])
    for one, two in zip((y, *attend_grad(dy, q, k, v, a)), (y2, *attend_grad(turned[3], *turned[:3], a2)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_two_threads_compute_what_one_does():
    q, k, v, dy = drawn(33, 100, 25, 8, 16, 0, np.float32)
    before, results = threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            y, a = attend(q, k, v)
            results.append((y, a, *attend_grad(dy, q, k, v, a)))
    finally:
        threads.set_count(before)
    for result in results[1:]:
        for one, two in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(one, two)
