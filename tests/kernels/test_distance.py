"""The distances of all pairs of a batch against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.kernels.machine import threads

CASES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])


@CASES
@given(N=st.integers(1, 12), C=st.integers(1, 5), B=st.integers(1, 9), seed=st.integers(0, 99))
def test_kernels_equal_their_plain_twins(N, C, B, seed, dtype, tolerance):
    rng = np.random.default_rng(seed)
    m = np.round(rng.standard_normal((N, C, B)), 1).astype(dtype)  # rounded: some are alike, at the kink
    weight = rng.standard_normal((N, N, B)).astype(dtype)
    for fast, slow in [
        (kernels.pair_distances(m), kernels.plain.pair_distances(m)),
        (kernels.pair_distances_grad(weight, m), kernels.plain.pair_distances_grad(weight, m)),
    ]:
        assert fast.dtype == slow.dtype == dtype
        np.testing.assert_allclose(fast, slow, rtol=0, atol=tolerance * N)


def test_the_parts_of_many_threads_make_the_whole(rng):
    m, weight = rng.standard_normal((70, 3, 20)), rng.standard_normal((70, 70, 20))
    differences = m[:, None] - m[None]
    np.testing.assert_allclose(kernels.pair_distances(m), np.abs(differences).sum(axis=2), atol=1e-12)
    expected = (weight[:, :, None] * np.sign(differences)).sum(axis=1)
    np.testing.assert_allclose(kernels.pair_distances_grad(weight, m), expected, atol=1e-10)


def test_two_threads_compute_what_one_does(rng):
    m, weight = (rng.standard_normal(shape).astype(np.float32) for shape in ((71, 5, 21), (71, 71, 21)))
    before, results = threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            results.append((kernels.pair_distances(m), kernels.pair_distances_grad(weight, m)))
    finally:
        threads.set_count(before)
    for result in results[1:]:
        for one, two in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(one, two)
