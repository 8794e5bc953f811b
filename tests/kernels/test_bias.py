"""Bias and leaky rectifier in one pass against the plain loops."""

import numpy as np
import pytest

from minigan import kernels


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("slope", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("shape", [(1, 3), (67, 5), (400, 1), (9000, 33)])
def test_bias_equals_its_plain_twins(rng, shape, slope, dtype, tolerance):
    z, dy = rng.standard_normal((2, *shape)).astype(dtype)
    b = rng.standard_normal(shape[1]).astype(dtype)
    fast, plain = z.copy(), z.copy()
    kernels.add_bias(fast, b, slope)
    kernels.plain.add_bias(plain, b, slope)
    np.testing.assert_array_equal(fast, plain)
    kept = dy.copy()
    dz, db = kernels.bias_grad(dy, fast, slope)
    dz_plain, db_plain = kernels.plain.bias_grad(dy, plain, slope)
    np.testing.assert_array_equal(dz, dz_plain)
    np.testing.assert_array_equal(dy, kept)
    np.testing.assert_allclose(db, db_plain, rtol=0, atol=tolerance * np.sqrt(shape[0]))
    assert fast.dtype == dz.dtype == db.dtype == dtype


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("slope", [1.0, 0.3, 0.0])
@pytest.mark.parametrize("samples, rows, C", [(1, 3, 2), (67, 1, 5), (7, 6, 17), (100, 90, 33)])
def test_a_share_of_the_bias_equals_its_plain_twins(rng, samples, rows, C, slope, dtype, tolerance):
    z, y, dy = rng.standard_normal((3, samples * rows, C)).astype(dtype)
    b, share = rng.standard_normal(C).astype(dtype), rng.standard_normal(samples).astype(dtype)
    fast, plain = z.copy(), z.copy()
    kernels.push_bias(fast, y, b, share, slope)
    kernels.plain.push_bias(plain, y, b, share, slope)
    np.testing.assert_allclose(fast, plain, rtol=0, atol=tolerance)
    dz, db = kernels.bias_grad(dy, y, slope, share)
    dz_plain, db_plain = kernels.plain.bias_grad(dy, y, slope, share)
    np.testing.assert_array_equal(dz, dz_plain)
    np.testing.assert_allclose(db, db_plain, rtol=0, atol=tolerance * np.sqrt(len(y)))
    assert fast.dtype == dz.dtype == db.dtype == dtype
