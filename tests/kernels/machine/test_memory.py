"""Memory that is used again: never while somebody holds it, not even by a view."""

import ctypes
import ctypes.util

import numpy as np
import pytest

from minigan import kernels
from minigan.kernels import conv
from minigan.kernels.machine import memory as workspace
from minigan.kernels.machine import threads


def address(array):
    return array.__array_interface__["data"][0]


def test_fresh_memory_is_reused_only_when_nobody_holds_it():
    workspace.release()
    one = workspace.fresh((300, 100), np.float32)
    where, view = address(one), one[5:, 3]
    del one
    two = workspace.fresh((300, 100), np.float32)
    assert address(two) != where
    del view
    three = workspace.fresh((100, 300), np.float32)
    assert address(three) == where and three.shape == (100, 300) and where % 64 == 0


def test_small_arrays_are_ordinary():
    assert workspace.fresh((3, 4), np.float64).base is None


def test_release_gives_back_what_is_free_and_keeps_what_is_held():
    workspace.release()
    before = workspace.held()
    one, two = (workspace.fresh((1 << 20,), np.float32) for _ in range(2))
    one[:] = 7
    del two
    workspace.release()
    assert workspace.held() - before == one.nbytes and (one == 7).all()


def test_scratch_memory_grows_and_is_found_by_name():
    small = workspace.scratch("test", (3, 5), np.float32)
    large = workspace.scratch("test", (300, 5), np.float32)
    assert large.shape == (300, 5) and address(workspace.scratch("test", (3, 5), np.float32)) == address(large)
    assert address(workspace.scratch("other", (3, 5), np.float32)) != address(large)
    assert small.shape == (3, 5)


FE_INVALID = 1  # on x86 and ARM alike
SIGNALLING = {np.float32: np.uint32(0x7FA00000), np.float64: np.uint64(0x7FF4000000000000)}  # NaNs that tell when used


def convolutions(dtype, rng):
    """Calls of all three passes, by all algorithms, at sizes that fill no block, no vector and no tile."""
    for C, F, size, kernel, stride in ((1, 48, 16, 5, 2), (3, 5, 9, 3, 1), (48, 3, 7, 4, 2), (7, 21, 6, 5, 2)):
        x, w = rng.standard_normal((3, size, size, C)).astype(dtype), rng.standard_normal((kernel, kernel, C, F))
        w, place = w.astype(dtype), ((stride, stride), ((1, 2), (1, 2)))
        shape = (3, *kernels.output_sizes(x.shape, w.shape, *place), F)
        dy = rng.standard_normal(shape).astype(dtype)
        for module in conv.ALGORITHMS.values():
            yield lambda module=module, x=x, w=w, place=place: module.conv2d(x, w, *place)
            yield lambda module=module, x=x, w=w, dy=dy, place=place: module.conv2d_input_grad(dy, w, x.shape, *place)
            yield lambda module=module, x=x, w=w, dy=dy, place=place: module.conv2d_weight_grad(x, dy, w.shape, *place)


def products(dtype, rng):
    """Calls of the products, the normalisations and the maxouts."""
    a, b = rng.standard_normal((13, 37)).astype(dtype), rng.standard_normal((37, 21)).astype(dtype)
    yield lambda: kernels.matmul(a, b)
    yield lambda: kernels.matmul(a, np.ascontiguousarray(b.T).T)
    yield lambda: kernels.matmul(a.T, rng.standard_normal((13, 3)).astype(dtype))
    yield lambda: kernels.affine(a, b, b[0].copy(), 0.2)
    dy, winner = rng.standard_normal((13, 7)).astype(dtype), rng.integers(0, 3, (13, 7)).astype(np.int32)
    yield lambda: kernels.maxout_input_grad(dy, winner, b)
    yield lambda: kernels.maxout_weight_grad(a, dy, winner, 3)
    yield lambda: kernels.normalise(a, *rng.standard_normal((3, 37)).astype(dtype))
    yield lambda: kernels.channel_moments(a)


@pytest.mark.parametrize("dtype", SIGNALLING)
@pytest.mark.parametrize("calls", [convolutions, products])
def test_what_lies_in_scratch_memory_by_chance_is_never_an_operand(calls, dtype, monkeypatch):
    """Not even where the result is thrown away: a denormal number there costs some processors 150 cycles."""
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    if not hasattr(libm, "fetestexcept"):
        pytest.skip("this system does not tell floating-point exceptions")
    aligned, threads_before = workspace._aligned, threads.count()

    def poisoned(size):
        buffer = aligned(size)
        whole = buffer[: buffer.size // 8 * 8].view(SIGNALLING[dtype].dtype)
        whole[...] = SIGNALLING[dtype]
        return buffer

    threads.set_count(1)  # the flags are a thread's own
    try:
        for call in calls(dtype, np.random.default_rng(0)):
            call()  # compiled, and memory of the right sizes
            workspace.release()
            monkeypatch.setattr(workspace, "_aligned", poisoned)
            libm.feclearexcept(FE_INVALID)
            call()
            assert not libm.fetestexcept(FE_INVALID)
            monkeypatch.setattr(workspace, "_aligned", aligned)
    finally:
        workspace.release()
        threads.set_count(threads_before)


FILLS = {"zeros": 0.0, "NaN": np.nan, "denormals": 1e-39}


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("dtype", SIGNALLING)
@pytest.mark.parametrize("calls", [convolutions, products])
def test_what_lies_in_memory_by_chance_changes_no_bit(calls, dtype, count, monkeypatch):
    aligned, threads_before, found = workspace._aligned, threads.count(), {}
    threads.set_count(count)
    try:
        for name, value in FILLS.items():

            def filled(size, value=value):
                buffer = aligned(size)
                buffer[: buffer.size // 8 * 8].view(dtype)[...] = value
                return buffer

            workspace.release()
            threads.set_count(count)  # helpers with new memory
            monkeypatch.setattr(workspace, "_aligned", filled)
            found[name] = [call() for call in calls(dtype, np.random.default_rng(0))]
    finally:
        monkeypatch.setattr(workspace, "_aligned", aligned)
        workspace.release()
        threads.set_count(threads_before)
    for name in FILLS:
        for one, two in zip(found[name], found["zeros"], strict=True):
            pairs = zip(one, two, strict=True) if isinstance(one, tuple) else [(one, two)]
            assert all(np.array_equal(a, b) for a, b in pairs), name
