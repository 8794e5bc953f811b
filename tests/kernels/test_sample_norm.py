"""The passes of virtual and conditional batch normalisation against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels

CASES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 1e-12)])


@CASES
@given(N=st.integers(0, 6), P=st.integers(1, 30), C=st.integers(1, 5), slope=st.sampled_from([1, 0.3, -0.5]),
       seed=st.integers(0, 99))  # fmt: skip
def test_kernels_equal_their_plain_twins(N, P, C, slope, seed, dtype, tolerance):
    rng = np.random.default_rng(seed)
    x, dy = (rng.standard_normal((N + 1, P, C)).astype(dtype) for _ in range(2))
    mean, scale, shift, b, c = (rng.standard_normal((N + 1, C)).astype(dtype) for _ in range(5))
    line = mean, scale, shift, slope
    calls = [
        (kernels.sample_moments, kernels.plain.sample_moments, (x, shift[0])),
        (kernels.sample_sums, kernels.plain.sample_sums, (dy, x, *line)),
        (kernels.normalise_samples, kernels.plain.normalise_samples, (x, *line)),
        (kernels.normalise_samples_grad, kernels.plain.normalise_samples_grad, (dy, x, *line, b, c)),
    ]
    for kernel, plain, args in calls:
        fast, slow = kernel(*args), plain(*args)
        assert np.shape(fast) == np.shape(slow)
        for one, two in zip(fast, slow, strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * P)


def test_no_sample_at_all_is_no_work():
    x = np.zeros((0, 4, 3))
    assert kernels.sample_moments(x, np.zeros(3))[0].shape == (0, 3)
    assert kernels.normalise_samples(x, *[np.zeros((0, 3))] * 3).shape == x.shape
