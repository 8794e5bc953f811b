"""Winograd's matrices against their definition, its plain twin against the textbook's loops, and what any algorithm
owes: the same bits again, on any number of threads, and no hidden NaN."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from minigan import kernels
from minigan.kernels import conv, direct, im2col, transforms, winograd, winograd_plain
from minigan.kernels.machine import memory as workspace
from minigan.kernels.machine import threads
from minigan.kernels.machine.vectors import ROWS, lanes

# N, H, W, C, F, KH, KW, stride, padding: at the edges of tiles (4x4 outputs), of vectors, and of blocks (64 columns)
CASES = [
    (3, 16, 12, 3, 5, 5, 5, (2, 2), ((1, 2), (1, 2))),
    (5, 9, 7, 2, 70, 3, 3, (1, 1), ((1, 1), (1, 1))),
    (2, 8, 12, 4, 6, 4, 4, (2, 2), ((1, 1), (1, 1))),
    (2, 13, 7, 3, 2, 5, 4, (2, 2), ((2, 1), (0, 2))),
    (1, 13, 8, 1, 1, 4, 3, (2, 1), ((1, 1), (1, 0))),
    (2, 10, 9, 130, 3, 5, 3, (2, 2), ((0, 0), (1, 1))),
    (1, 6, 6, 2, 131, 6, 6, (2, 2), ((2, 2), (2, 2))),
    (1, 3, 2, 2, 2, 5, 5, (2, 2), ((3, 4), (4, 3))),
    (70, 4, 5, 2, 3, 3, 3, (1, 1), ((1, 1), (1, 1))),
    (3, 7, 6, 2, 32, 5, 3, (2, 1), ((2, 1), (1, 2))),
]
NAMES = list(conv.ALGORITHMS)


def arrays(case, dtype):
    N, H, W, C, F, KH, KW, stride, padding = case
    rng = np.random.default_rng(0)
    x_shape, w_shape = (N, H, W, C), (KH, KW, C, F)
    shapes = x_shape, w_shape, (N, *kernels.output_sizes(x_shape, w_shape, stride, padding), F)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def passes(module, case, dtype=np.float32, change=None):
    """y, dx and dw by the three functions of `module`; `change` may spoil (x, w, dy) first."""
    (x, w, dy), (stride, padding) = arrays(case, dtype), case[-2:]
    if change:
        change(x, w, dy)
    return (
        module.conv2d(x, w, stride, padding),
        module.conv2d_input_grad(dy, w, x.shape, stride, padding),
        module.conv2d_weight_grad(x, dy, w.shape, stride, padding),
    )


class Plain:
    conv2d = staticmethod(kernels.plain.conv2d)
    conv2d_input_grad = staticmethod(kernels.plain.conv2d_input_grad)
    conv2d_weight_grad = staticmethod(kernels.plain.conv2d_weight_grad)


def test_the_matrices_give_a_correlation(rng):
    A, B, G = winograd_plain.matrices()
    d, g = rng.standard_normal(6), rng.standard_normal(3)
    np.testing.assert_allclose(A.T @ ((G @ g) * (B.T @ d)), [d[k : k + 3] @ g for k in range(4)], atol=1e-12)


def test_the_formulas_are_the_matrices(rng):
    A, B, G = winograd_plain.matrices()
    for name, matrix in {"A": A, "At": A.T, "B": B, "Bt": B.T, "G": G, "Gt": G.T}.items():
        numbers = rng.standard_normal(matrix.shape[1])
        np.testing.assert_allclose(getattr(transforms, name)(*numbers), matrix @ numbers, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("case", CASES[:5] + CASES[7:8], ids=str)
def test_fast_and_plain_winograd_equal_the_loops(case, dtype, tolerance):
    for module in (winograd, winograd_plain):
        for got, want in zip(passes(module, case, dtype), passes(Plain, case, dtype), strict=True):
            assert got.dtype == dtype
            np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * np.abs(want).max())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fast_and_plain_winograd_agree_at_the_edges_of_blocks(case):
    for got, want in zip(passes(winograd, case), passes(winograd_plain, case, np.float64), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=5e-5 * np.abs(want).max())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_unfold_and_fold_equal_their_plain_twins(case):
    N, H, W, C, F, KH, KW, stride, padding = case
    (x, _, dy), before = arrays(case, np.float32), (padding[0][0], padding[1][0])
    size, K, P = dy.shape[1:3], KH * KW * C, dy.shape[0] * dy.shape[1] * dy.shape[2]
    rest = (KH, KW), stride, before, size
    want, got = np.full((P, K), np.nan, np.float32), np.full((P, K), np.nan, np.float32)
    im2col.unfold_plain(x, *rest, (0, N * size[0]), want)
    im2col.unfold(x, *rest, (0, N * size[0]), got)
    np.testing.assert_array_equal(got, want)
    dx_want, dx_got = np.full_like(x, np.nan), np.full_like(x, np.nan)
    im2col.fold_plain(want, *rest, (0, N * size[0]), dx_want)
    im2col.fold(got, *rest, (0, N * size[0]), dx_got)
    np.testing.assert_allclose(dx_got, dx_want, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pixel_and_tap_find_the_numbers_of_the_matrix(case):
    """The matrix that `direct` does not build, built from its tables."""
    N, H, W, C, F, KH, KW, stride, padding = case
    (x, _, dy), before = arrays(case, np.float32), (padding[0][0], padding[1][0])
    size, K, P = dy.shape[1:3], KH * KW * C, dy.shape[1] * dy.shape[2]
    want = np.full((N, P, K), np.nan, np.float32)
    im2col.unfold_plain(x, (KH, KW), stride, before, size, (0, N * size[0]), want.reshape(-1, K))
    at = direct.tables(x.shape[1:], (KH, KW), size, stride, padding)
    framed, back = np.zeros(at.shape, np.float32), np.full_like(x, np.nan)
    for n in range(N):
        direct.into_frame(x, n, at.top, at.left, framed)
        direct.out_of_frame(framed, at.top, at.left, n, back)
        np.testing.assert_array_equal(framed.ravel()[np.add.outer(at.pixel, at.tap[:K])], want[n])
    np.testing.assert_array_equal(back, x)
    assert at.tap.size % ROWS == 0 and not at.tap[K:].any()


@pytest.mark.parametrize("name", NAMES)
def test_same_bits_again_and_after_other_work(name):
    module = conv.ALGORITHMS[name]
    first = passes(module, CASES[0])
    passes(module, CASES[-1])  # leaves other numbers in the scratch memory
    for a, b in zip(first, passes(module, CASES[0]), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_in_scratch_memory_does_not_matter(name, case):
    module, count = conv.ALGORITHMS[name], threads.count()
    if not module.fits((*case[:4],), (*case[5:7], case[3], case[4]), *case[-2:]):
        pytest.skip("does not fit")
    threads.set_count(1)  # so that all of it is this thread's
    try:
        first = passes(module, case)
        for buffer in workspace._thread.buffers.values():
            buffer.fill(0xFF)  # NaNs
        for a, b in zip(first, passes(module, case), strict=True):
            assert a.tobytes() == b.tobytes()
    finally:
        threads.set_count(count)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_threads(name, count):
    before = threads.count()
    threads.set_count(count)
    try:
        shared = passes(conv.ALGORITHMS[name], CASES[0])
        with threads._busy:  # as if others had the helpers: the same parts, one after the other: the same bits
            alone = passes(conv.ALGORITHMS[name], CASES[0])
    finally:
        threads.set_count(before)
    for got, same, want in zip(shared, alone, passes(Plain, CASES[0]), strict=True):
        assert got.tobytes() == same.tobytes()
        np.testing.assert_allclose(got, want, rtol=0, atol=2e-5 * np.abs(want).max())


@pytest.mark.parametrize("name", NAMES)
def test_a_nan_shows_in_all_it_touches_and_nowhere_else(name):
    def spoil_x(x, w, dy):
        x[1, 5, 6, 0] = np.nan

    def spoil_dy(x, w, dy):
        dy[1, 3, 2, 1] = np.nan

    module = conv.ALGORITHMS[name]
    (y, _, dw), (y_want, _, _) = passes(module, CASES[0], change=spoil_x), passes(Plain, CASES[0], change=spoil_x)
    assert np.isnan(y[np.isnan(y_want)]).all() and not np.isnan(y[[0, 2]]).any() and np.isnan(dw[:, :, 0]).any()
    (_, dx, dw), (_, dx_want, _) = passes(module, CASES[0], change=spoil_dy), passes(Plain, CASES[0], change=spoil_dy)
    assert np.isnan(dx[np.isnan(dx_want)]).all() and not np.isnan(dx[[0, 2]]).any() and np.isnan(dw[..., 1]).any()
    assert all(np.isfinite(clean).all() for clean in passes(module, CASES[0]))  # none is left in scratch memory


def test_threads_of_the_user_calling_at_once():
    want = passes(kernels, CASES[0])
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: passes(kernels, CASES[0]), range(40)):
            assert all(a.tobytes() == b.tobytes() for a, b in zip(got, want, strict=True))


def test_the_algorithm_is_chosen_by_shape_and_can_be_forced():
    shapes = ((64, 16, 16, 32), (5, 5, 32, 64), (2, 2), ((1, 2), (1, 2)))
    assert conv.choose(*shapes)[0] == "winograd"
    for channels in range(1, max(2, lanes(np.float32) // 4)):  # to pad them to a whole vector costs more than it saves
        assert conv.choose((64, 28, 28, channels), (5, 5, channels, 48), *shapes[2:])[0] != "winograd"
    with kernels.algorithm("im2col"):
        assert conv.choose(*shapes)[0] == "im2col"
    with kernels.algorithm("winograd"):
        assert conv.choose((2, 9, 9, 1), (7, 7, 1, 4), (1, 1), ((3, 3), (3, 3)))[0] == "im2col"
    with pytest.raises(ValueError, match="unknown algorithm 'magic'; expected one of: direct"):
        with kernels.algorithm("magic"):
            pass
