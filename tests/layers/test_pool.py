"""The pools: values worked out by hand, odd sizes, ties, and what they say of wrong inputs."""

import numpy as np
import pytest

from minigan.layers import AveragePool2D, Conv2D, MaxPool2D, SumPool, UpSampling2D

IMAGE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]).reshape(1, 3, 3, 1)


def test_the_last_block_of_an_odd_size_is_smaller():
    y, cache = AveragePool2D(2).forward(IMAGE)
    assert y[0, :, :, 0].tolist() == [[3.0, 4.5], [7.5, 9.0]]
    dx, _ = AveragePool2D(2).backward(np.ones_like(y), cache)
    assert dx[0, :, :, 0].tolist() == [[0.25, 0.25, 0.5], [0.25, 0.25, 0.5], [0.5, 0.5, 1.0]]
    assert MaxPool2D(2).forward(IMAGE)[0][0, :, :, 0].tolist() == [[5.0, 6.0], [8.0, 9.0]]
    assert MaxPool2D((1, 2)).forward(IMAGE)[0][0, :, :, 0].tolist() == [[2.0, 3.0], [5.0, 6.0], [8.0, 9.0]]


def test_sizes_are_those_of_a_strided_convolution(rng):
    for size in ((28, 28), (14, 14), (7, 7), (4, 3), (1, 1)):
        expected = Conv2D(2, 5, 3, stride=2, rng=rng).output_shape((*size, 2))[:2]
        for layer in (AveragePool2D(2), MaxPool2D(2)):
            assert layer.output_shape((*size, 2)) == (*expected, 2)


def test_a_constant_image_stays_constant():
    for layer in (AveragePool2D((2, 3)), MaxPool2D((2, 3)), AveragePool2D(40)):
        y, _ = layer.forward(np.full((2, 7, 7, 3), 0.1))
        np.testing.assert_allclose(y, 0.1, rtol=1e-14)


def test_a_block_larger_than_the_image_is_the_whole_image(rng):
    x = rng.standard_normal((2, 5, 3, 4))
    np.testing.assert_allclose(AveragePool2D(9).forward(x)[0][:, 0, 0], x.mean(axis=(1, 2)), rtol=1e-12)
    np.testing.assert_array_equal(MaxPool2D(9).forward(x)[0][:, 0, 0], x.max(axis=(1, 2)))


def test_pooling_undoes_upsampling(rng):
    x = rng.standard_normal((2, 3, 4, 2))
    larger, _ = UpSampling2D((2, 3)).forward(x)
    np.testing.assert_allclose(AveragePool2D((2, 3)).forward(larger)[0], x, rtol=1e-12)
    np.testing.assert_array_equal(MaxPool2D((2, 3)).forward(larger)[0], x)


def test_the_first_of_equal_pixels_has_the_gradient():
    y, cache = MaxPool2D(2).forward(np.zeros((1, 2, 4, 1)))
    dx, _ = MaxPool2D(2).backward(np.ones_like(y), cache)
    assert dx[0, :, :, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_nan_is_not_passed_over(place):
    x = np.arange(4.0).reshape(1, 2, 2, 1)
    x[0, place[0], place[1], 0] = np.nan
    for layer in (MaxPool2D(2), AveragePool2D(2), SumPool()):
        assert np.isnan(layer.forward(x)[0]).all()


def test_sum_pool_sums():
    y, cache = SumPool().forward(np.concatenate([IMAGE, -IMAGE], axis=3))
    assert y.tolist() == [[45.0, -45.0]]
    dx, _ = SumPool().backward(np.array([[2.0, 3.0]]), cache)
    assert dx.shape == (1, 3, 3, 2) and np.all(dx == [2.0, 3.0])
    dx += 1  # an array of its own, that may be written
    assert np.all(dx == [3.0, 4.0])


def test_refused():
    for kind in (AveragePool2D, MaxPool2D):
        with pytest.raises(ValueError, match="size must be a whole number of at least 1, got 0"):
            kind(0)
        with pytest.raises(ValueError, match=r"size must be one whole number or a pair \(height, width\)"):
            kind((2, 2, 2))
    for layer in (AveragePool2D(), MaxPool2D(), SumPool()):
        name = type(layer).__name__
        with pytest.raises(ValueError, match=rf"{name} expected images \(N, H, W, C\), got shape \(3, 4\)"):
            layer.forward(np.ones((3, 4)))
        y, cache = layer.forward(np.ones((1, 5, 3, 2)))
        with pytest.raises(ValueError, match=r"expected ddx with the shape of x and dx, \(1, 5, 3, 2\)"):
            layer.double_backward(np.ones((1, 4, 3, 2)), y, cache)
