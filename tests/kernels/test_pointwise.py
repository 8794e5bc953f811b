"""The pointwise passes and the matrix product against their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.kernels.machine.addresses import Addresses

DTYPES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-14)])


@DTYPES
@given(shape=st.lists(st.integers(1, 6), min_size=1, max_size=4), slope=st.sampled_from([0.0, 0.2, -0.5, 2.0]))
def test_leaky_relu(shape, slope, dtype, tolerance):
    rng = np.random.default_rng(0)
    x, dy = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    pairs = [
        (kernels.leaky_relu(x, slope), kernels.plain.leaky_relu(x, slope)),
        (kernels.leaky_relu_grad(dy, x, slope), kernels.plain.leaky_relu_grad(dy, x, slope)),
    ]
    for fast, plain in pairs:
        assert fast.dtype == dtype and fast.shape == tuple(shape)
        np.testing.assert_allclose(fast, plain, rtol=tolerance, atol=0)


def test_leaky_relu_over_many_threads_and_other_strides(rng):
    x = rng.standard_normal((1000, 700)).astype(np.float32).T
    np.testing.assert_array_equal(kernels.leaky_relu(x, 0.2), np.where(x > 0, x, np.float32(0.2) * x))


@DTYPES
@pytest.mark.parametrize("size", [(3, 2), (300, 1200)])
def test_adam(size, dtype, tolerance, rng):
    p, g, m = (rng.standard_normal(size).astype(dtype) for _ in range(3))
    v = rng.uniform(0, 1, size).astype(dtype)
    fast, plain = [a.copy() for a in (p, m, v)], [a.copy() for a in (p, m, v)]
    for t in (1, 2, 3):
        for step, (q, m, v) in ((kernels.adam, fast), (kernels.plain.adam, plain)):
            step(q, g, m, v, 0.1, 0.5, 0.999, 1e-8, t)
    for one, two in zip(fast, plain, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, two, rtol=30 * tolerance, atol=30 * tolerance)


def test_adam_all_is_adam_for_each(rng):
    shapes = [(3, 2), (), (300, 1200)]
    for dtypes, ts in [("fff", [2, 2, 2]), ("ddd", [2, 2, 2]), ("fdf", [2, 2, 2]), ("fff", [1, 2, 3])]:
        kinds = list(zip(shapes, dtypes, strict=True))
        ps, gs, ms, vs = ([rng.uniform(0.1, 1, shape)[...].astype(d) for shape, d in kinds] for _ in range(4))
        found = []
        for one in (kernels.adam, kernels.plain.adam, None):
            p, m, v = ([a.copy() for a in arrays] for arrays in (ps, ms, vs))
            if one:
                for arrays in zip(p, gs, m, v, ts, strict=True):
                    one(*arrays[:4], 0.1, 0.5, 0.999, 1e-8, arrays[4])
            else:
                kernels.adam_all(p, gs, m, v, 0.1, 0.5, 0.999, 1e-8, ts, Addresses())
            found.append([*p, *m, *v])
        for one, plain, together in zip(*found, strict=True):
            assert together.dtype == one.dtype
            np.testing.assert_array_equal(together, one)
            np.testing.assert_allclose(together, plain, rtol=3e-5, atol=3e-5)


def test_what_is_changed_in_place_may_lie_in_any_order(rng):
    """A weight that somebody has turned round would else be trained as a copy, that is, not at all."""
    p, g, m, v, mean = np.abs(rng.standard_normal((5, 4, 3)))
    for change in (
        lambda p, m, v, mean: kernels.adam(p, g, m, v, 0.1, 0.5, 0.999, 1e-8, 1),
        lambda p, m, v, mean: kernels.ema_update(p, g, 0.9),
        lambda p, m, v, mean: kernels.pull_to_mean(p, g, mean, 0.7, 2),
    ):
        straight = [array.copy() for array in (p, m, v, mean)]
        turned = [np.asfortranarray(array) for array in straight]
        spread = [np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2] for array in straight]
        for arrays in (straight, turned, spread):
            change(*arrays)
        assert not any(array.flags.c_contiguous for array in (*turned, *spread))
        assert any(not np.array_equal(one, two) for one, two in zip(straight, (p, m, v, mean), strict=True))
        for other in (turned, spread):
            for one, two in zip(straight, other, strict=True):
                np.testing.assert_array_equal(one, two)


@DTYPES
@pytest.mark.parametrize("shape", [(), (3, 2), (300, 1200)])
def test_pull_to_mean(shape, dtype, tolerance, rng):
    g, mean = np.asarray(rng.standard_normal(shape)).astype(dtype), np.zeros(shape)
    kept, plain_mean = g.copy(), mean.copy()
    for t in (1, 2, 3):
        p = np.asarray(rng.standard_normal(shape)).astype(dtype)
        fast, plain = kernels.pull_to_mean(p, g, mean, 0.7, t), kernels.plain.pull_to_mean(p, g, plain_mean, 0.7, t)
        assert fast.dtype == dtype and mean.dtype == np.float64 and fast.shape == np.shape(p)
        np.testing.assert_allclose(mean, plain_mean, rtol=0, atol=1e-14)
        np.testing.assert_allclose(fast, plain, rtol=0, atol=10 * tolerance)
    np.testing.assert_array_equal(g, kept)


@DTYPES
@pytest.mark.parametrize("shape", [(), (3, 2), (300, 1200)])
def test_ema_update(shape, dtype, tolerance, rng):
    average, x = (np.asarray(rng.standard_normal(shape)).astype(dtype) for _ in range(2))
    fast, plain, kept = average.copy(), average.copy(), x.copy()
    kernels.ema_update(fast, x.T.copy().T, 0.9)
    kernels.plain.ema_update(plain, x, 0.9)
    assert fast.dtype == dtype
    np.testing.assert_allclose(fast, plain, rtol=0, atol=5 * tolerance)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(n=st.integers(0, 9))
def test_fingerprint(n, dtype):
    array = np.random.default_rng(n).standard_normal(n).astype(dtype)
    assert kernels.fingerprint(array) == kernels.plain.fingerprint(array)
    for i in range(n):
        changed = array.copy()
        changed[i] = np.nextafter(changed[i], 9)
        assert kernels.fingerprint(changed) != kernels.fingerprint(array)
    if n > 1:
        assert kernels.fingerprint(array[::-1]) != kernels.fingerprint(array)


BROKEN = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ">f4"])
@given(n=st.integers(0, 70), at=st.integers(0, 69), number=st.sampled_from([*BROKEN, 0.0, 6e4]))
def test_finite(n, at, number, dtype):
    array = np.random.default_rng(n).standard_normal((n, 2)).astype(dtype)
    array[at:, 1] = number
    assert kernels.finite(array) == kernels.plain.finite(array) == (n <= at or bool(np.isfinite(number)))
    assert kernels.finite(array[::2].T) == kernels.plain.finite(array[::2].T)


@pytest.mark.parametrize("kind", [np.ma.masked_array, np.float32, lambda x: np.broadcast_to(x, (3, 2, 2))])
def test_arrays_of_other_classes(kind):
    array = kind(np.ones((2, 2))) if kind is not np.float32 else np.float32(3)
    assert kernels.finite(array)
    assert kernels.fingerprint(array) == kernels.plain.fingerprint(np.array(array))


def test_the_largest_numbers_are_finite():
    for dtype in (np.float32, np.float64):
        assert kernels.finite(np.full(40, np.finfo(dtype).max)) and kernels.finite(np.full((), 7))


@DTYPES
@given(M=st.integers(1, 40), K=st.integers(1, 9), N=st.one_of(st.integers(1, 9), st.sampled_from([16, 32, 48])))
def test_matmul(M, K, N, dtype, tolerance):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((M, K)).astype(dtype), rng.standard_normal((K, N)).astype(dtype)
    for left, right in ((a, b), (np.asfortranarray(a), b.T.copy().T)):
        np.testing.assert_allclose(kernels.matmul(left, right), kernels.plain.matmul(a, b), atol=20 * tolerance, rtol=0)
