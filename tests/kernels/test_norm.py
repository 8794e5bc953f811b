"""The passes of batch normalisation against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels

CASES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 1e-12)])


@CASES
@given(M=st.integers(2, 300), C=st.integers(1, 5), slope=st.sampled_from([1, 0.3, -0.5]), seed=st.integers(0, 99))
def test_kernels_equal_their_plain_twins(M, C, slope, seed, dtype, tolerance):
    rng = np.random.default_rng(seed)
    x, dy = (rng.standard_normal((M, C)).astype(dtype) for _ in range(2))
    mean, scale, shift, b, c = (rng.standard_normal(C).astype(dtype) for _ in range(5))
    line = mean, scale, shift, slope
    calls = [
        (kernels.channel_moments, kernels.plain.channel_moments, (x,)),
        (kernels.channel_sums, kernels.plain.channel_sums, (dy, x, *line)),
        (kernels.normalise, kernels.plain.normalise, (x, *line)),
        (kernels.normalise_grad, kernels.plain.normalise_grad, (dy, x, *line, b, c)),
    ]
    for kernel, plain, args in calls:
        for fast, slow in zip(np.atleast_2d(kernel(*args)), np.atleast_2d(plain(*args)), strict=True):
            assert fast.dtype == dtype
            np.testing.assert_allclose(fast, slow, rtol=0, atol=tolerance * M)


def test_moments_of_a_large_mean_do_not_cancel(rng):
    x = (1000 + rng.standard_normal((100_000, 3))).astype(np.float32)
    mean, var = kernels.channel_moments(x)
    np.testing.assert_allclose(mean, x.astype(np.float64).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(var, x.astype(np.float64).var(axis=0), rtol=1e-4)
