"""The passes over blocks of pixels against their plain twins, and as adjoints of each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.kernels import block_gather, block_max, block_repeat, block_scatter, block_sums, plain
from minigan.kernels.machine import threads

number = st.integers
sizes = st.tuples(number(1, 3), number(1, 7), number(1, 7), number(1, 20))  # N, H, W, C


@given(shape=sizes, size=st.tuples(number(1, 4), number(1, 4)), seed=number(0, 99), double=st.booleans(),
       alone=st.booleans())  # fmt: skip
def test_like_the_plain_twins(shape, size, seed, double, alone):
    rng, dtype = np.random.default_rng(seed), np.float64 if double else np.float32
    x = rng.integers(-2, 3, shape).astype(dtype)  # some are equal; sums are exact
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "WORTH_SHARING", 10**9 if alone else 0)
        y, winner = block_max(x, size)
        pairs = [
            (y, plain.block_max(x, size)[0]),
            (winner, plain.block_max(x, size)[1]),
            (block_sums(x, size), plain.block_sums(x, size)),
            (block_repeat(y, size, shape), plain.block_repeat(y, size, shape)),
            (block_scatter(y, winner, size, shape), plain.block_scatter(y, winner, size, shape)),
            (block_gather(x, winner, size), plain.block_gather(x, winner, size)),
        ]
    for ours, theirs in pairs:
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(block_gather(x, winner, size), y)


def test_the_way_back_is_the_adjoint(rng):
    """<A x, y> = <x, A^T y>, for the sum, and for the choice of the winners."""
    x, size = rng.standard_normal((2, 5, 7, 3)), (2, 3)
    y, winner = block_max(x, size)
    other = rng.standard_normal(y.shape)
    np.testing.assert_allclose(np.vdot(block_sums(x, size), other), np.vdot(x, block_repeat(other, size, x.shape)))
    np.testing.assert_allclose(np.vdot(y, other), np.vdot(x, block_scatter(other, winner, size, x.shape)))


def test_arrays_in_any_order(rng):
    x = rng.standard_normal((4, 5, 3, 2)).transpose(2, 1, 0, 3)
    straight = np.ascontiguousarray(x)
    assert not x.flags.c_contiguous
    for kernel in (
        lambda x: block_sums(x, (2, 2)),
        lambda x: block_max(x, (2, 2))[0],
        lambda x: block_repeat(x, (2, 2), (3, 9, 7, 2)),
        lambda x: block_gather(x, block_max(x, (2, 2))[1], (2, 2)),
    ):
        np.testing.assert_array_equal(kernel(x), kernel(straight))


def test_two_threads_compute_what_one_does(rng):
    x = rng.standard_normal((33, 21, 19, 40)).astype(np.float32)
    before, results = threads.count(), []
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            y, winner = block_max(x, (2, 2))
            back = block_scatter(y, winner, (2, 2), x.shape), block_repeat(y, (2, 2), x.shape)
            results.append((y, winner, block_sums(x, (2, 2)), block_gather(x, winner, (2, 2)), *back))
    finally:
        threads.set_count(before)
    for result in results[1:]:
        for one, two in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(one, two)
