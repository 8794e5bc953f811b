"""The three convolution kernels against their plain twins, and against each other as adjoints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.kernels import direct, im2col, winograd
from minigan.kernels.machine.vectors import ROWS


@st.composite
def geometries(draw):
    """x_shape, w_shape, stride, padding of a convolution with at least one output, nothing square on purpose."""
    number = st.integers
    KH, KW = draw(number(1, 5)), draw(number(1, 5))
    stride = draw(number(1, 4)), draw(number(1, 4))
    padding = tuple((draw(number(0, 3)), draw(number(0, 3))) for _ in range(2))
    H = draw(number(max(1, KH - sum(padding[0])), 9))
    W = draw(number(max(1, KW - sum(padding[1])), 9))
    N, C, F = draw(number(1, 3)), draw(number(1, 4)), draw(number(1, 4) | st.just(16))  # 16: whole vectors
    return (N, H, W, C), (KH, KW, C, F), stride, padding


def y_shape(x_shape, w_shape, stride, padding):
    return x_shape[0], *kernels.output_sizes(x_shape, w_shape, stride, padding), w_shape[3]


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 3e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize("name", ["direct", "im2col", "winograd"])
@given(geometry=geometries(), seed=st.integers(0, 99), small=st.booleans())
def test_kernels_equal_their_plain_twins(geometry, seed, small, name, dtype, tolerance):
    x_shape, w_shape, stride, padding = geometry
    rng = np.random.default_rng(seed)
    x, w, dy = (rng.standard_normal(s).astype(dtype) for s in (x_shape, w_shape, y_shape(*geometry)))
    with pytest.MonkeyPatch.context() as patch, kernels.algorithm(name):
        if small:  # so that images are split over many blocks, and block borders are crossed
            patch.setattr(im2col, "BLOCK_BYTES", 1)
            patch.setattr(direct, "BLOCK_NUMBERS", 1)
            patch.setattr(winograd, "CACHE", 1)
            patch.setattr(winograd, "MIN_TILES", ROWS)
        pairs = [
            (kernels.conv2d(x, w, stride, padding), kernels.plain.conv2d(x, w, stride, padding)),
            (kernels.conv2d_input_grad(dy, w, x_shape, stride, padding),
             kernels.plain.conv2d_input_grad(dy, w, x_shape, stride, padding)),
            (kernels.conv2d_weight_grad(x, dy, w_shape, stride, padding),
             kernels.plain.conv2d_weight_grad(x, dy, w_shape, stride, padding)),
        ]  # fmt: skip
    for fast, plain in pairs:
        assert fast.shape == plain.shape and fast.dtype == plain.dtype == dtype
        np.testing.assert_allclose(fast, plain, rtol=0, atol=tolerance * max(1, np.abs(plain).max()))


@given(geometry=geometries(), seed=st.integers(0, 99))
def test_the_three_kernels_are_one_triple_product(geometry, seed):
    """<conv(x, w), dy> = <x, input_grad(dy, w)> = <w, weight_grad(x, dy)>: the adjoint identities."""
    x_shape, w_shape, stride, padding = geometry
    rng = np.random.default_rng(seed)
    x, w, dy = (rng.standard_normal(s) for s in (x_shape, w_shape, y_shape(*geometry)))
    forward = np.sum(kernels.conv2d(x, w, stride, padding) * dy)
    np.testing.assert_allclose(
        np.sum(x * kernels.conv2d_input_grad(dy, w, x_shape, stride, padding)), forward, atol=1e-10
    )
    np.testing.assert_allclose(
        np.sum(w * kernels.conv2d_weight_grad(x, dy, w_shape, stride, padding)), forward, atol=1e-10
    )


def test_a_known_convolution():
    """By hand: a 3x3 image, a 2x2 kernel, stride 1, no padding."""
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    w = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
    y = kernels.conv2d(x, w, (1, 1), ((0, 0), (0, 0)))
    assert y[0, :, :, 0].tolist() == [[0 + 2 + 9 + 16, 1 + 4 + 12 + 20], [3 + 8 + 18 + 28, 4 + 10 + 21 + 32]]


def test_a_nan_in_the_input_shows_in_the_output(rng):
    x = rng.standard_normal((2, 6, 5, 3))
    x[1, 3, 2, 0] = np.nan
    y = kernels.conv2d(x, rng.standard_normal((3, 3, 3, 2)), (1, 1), ((1, 1), (1, 1)))
    assert np.isnan(y[1, 3, 2]).all() and np.isfinite(y[0]).all()
