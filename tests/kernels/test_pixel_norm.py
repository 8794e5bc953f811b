"""The passes of pixel normalisation against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.kernels.machine import threads


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-14)])
@given(M=st.integers(0, 40), C=st.integers(1, 20), seed=st.integers(0, 99))
def test_kernels_equal_their_plain_twins(M, C, seed, dtype, tolerance):
    rng = np.random.default_rng(seed)
    x, dy = (rng.standard_normal((M, C)).astype(dtype) for _ in range(2))
    (y, r), (plain_y, plain_r) = kernels.pixel_norm(x, 1e-8), kernels.plain.pixel_norm(x, 1e-8)
    dx, plain_dx = kernels.pixel_norm_grad(dy, y, r), kernels.plain.pixel_norm_grad(dy, plain_y, plain_r)
    for fast, plain in ((y, plain_y), (r, plain_r), (dx, plain_dx)):
        assert fast.dtype == plain.dtype == dtype and fast.shape == plain.shape
        np.testing.assert_allclose(fast, plain, rtol=tolerance * C, atol=tolerance * C * np.abs(plain).max(initial=1))


def test_two_threads_compute_what_one_does(rng):
    x, dy = rng.standard_normal((2, 5001, 37)).astype(np.float32)
    before, results = threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            y, r = kernels.pixel_norm(x, 1e-8)
            results.append((y, r, kernels.pixel_norm_grad(dy, y, r)))
    finally:
        threads.set_count(before)
    for result in results[1:]:
        for one, two in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(one, two)
