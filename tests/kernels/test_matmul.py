"""Products of any layout and width, with what follows them, and transposition, against the plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.kernels.machine import threads
from minigan.kernels.machine.vectors import ROWS, lanes
from minigan.kernels.matmul import transpose, transpose_plain

number = st.integers
DTYPES = [(np.float32, 1e-5), (np.float64, 1e-13)]


def drawn(rng, shape, turned, dtype):
    """A matrix of that shape, with its columns in memory one after the other if `turned`."""
    a = rng.standard_normal(shape[::-1] if turned else shape).astype(dtype)
    return a.T if turned else a


@pytest.mark.parametrize("dtype, tolerance", DTYPES)
@given(M=number(1, 3 * ROWS + 1), K=number(1, 20), N=number(1, 40), turned=st.tuples(st.booleans(), st.booleans()),
       bias=st.booleans(), slope=st.sampled_from([1.0, 0.3, 0.0]), seed=number(0, 99))  # fmt: skip
def test_affine_equals_its_plain_twin(M, K, N, turned, bias, slope, seed, dtype, tolerance):
    """Narrower than a vector, no whole vectors, no whole blocks of rows; x and w by rows or by columns."""
    rng = np.random.default_rng(seed)
    x, w = drawn(rng, (M, K), turned[0], dtype), drawn(rng, (K, N), turned[1], dtype)
    b = rng.standard_normal(N).astype(dtype) if bias else None
    y = kernels.affine(x, w, b, slope)
    assert y.dtype == dtype and y.flags.c_contiguous
    np.testing.assert_allclose(y, kernels.plain.affine(x, w, b, slope), rtol=0, atol=tolerance * K)
    np.testing.assert_allclose(kernels.matmul(x, w), kernels.plain.matmul(x, w), rtol=0, atol=tolerance * K)


@pytest.mark.parametrize("M, K, N", [(200, 250, 203), (13, 900, 1009), (1009, 900, 13), (150, 200, 1000)])
@pytest.mark.parametrize("turned", [False, True])
def test_the_bits_do_not_depend_on_the_number_of_threads(rng, M, K, N, turned):
    """Sizes that two threads share, cut by rows and by columns; each part finishes its own rectifier."""
    x, w = drawn(rng, (M, K), turned, np.float32), drawn(rng, (K, N), turned, np.float32)
    b, before, results = rng.standard_normal(N).astype(np.float32), threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            results.append(kernels.affine(x, w, b, 0.25))
    finally:
        threads.set_count(before)
    z = x.astype(np.float64) @ w + b
    np.testing.assert_allclose(results[0], np.where(z > 0, z, 0.25 * z), rtol=0, atol=1e-3)
    if N >= lanes(np.float32):  # narrower ones are BLAS's
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])


def test_a_nan_gets_through(rng):
    x = rng.standard_normal((5, 4)).astype(np.float32)
    x[3, 2] = np.nan
    y = kernels.affine(x, np.ones((4, 33), np.float32), np.zeros(33, np.float32), 0.2)
    assert np.isnan(y[3]).all() and np.isfinite(np.delete(y, 3, axis=0)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(R=number(1, 40), C=number(1, 40), wider=number(0, 3), seed=number(0, 99))
def test_transpose(R, C, wider, seed, dtype):
    rng = np.random.default_rng(seed)
    a, at = rng.standard_normal((R, C)).astype(dtype), rng.standard_normal((C, R + wider)).astype(dtype)
    plain = at.copy()
    transpose(a, at)
    transpose_plain(a, plain)
    np.testing.assert_array_equal(at, plain)
    np.testing.assert_array_equal(at[:, :R], a.T)
