"""The layers without weights: values that can be checked by hand."""

import numpy as np
import pytest

from minigan.layers import Dropout, Gain, LeakyReLU, ReLU, Reshape, Sigmoid, UpSampling2D


def test_leaky_relu_takes_the_sign_of_its_input():
    layer = LeakyReLU(-0.5)
    y, cache = layer.forward(np.array([[-2.0, 0.0, 3.0]]))
    assert y.tolist() == [[1.0, 0.0, 3.0]]
    assert layer.backward(np.ones((1, 3)), cache)[0].tolist() == [[-0.5, -0.5, 1.0]]


def test_relu_passes_a_nan_on():
    y, _ = ReLU().forward(np.array([[-1.0, np.nan]]))
    assert y[0, 0] == 0 and np.isnan(y[0, 1])


def test_sigmoid_never_overflows():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y, _ = Sigmoid().forward(np.array([[-1e4, 0.0, 1e4]]))
    assert y.tolist() == [[0.0, 0.5, 1.0]]


def test_dropout_keeps_the_mean_and_is_the_identity_in_evaluation(rng):
    layer, x = Dropout(0.4, rng=rng), np.ones((100, 500))
    y, cache = layer.forward(x)
    assert abs(np.mean(y == 0) - 0.4) < 0.01 and abs(y.mean() - 1) < 0.02
    np.testing.assert_array_equal(layer.backward(x, cache)[0], y)  # the same mask
    np.testing.assert_array_equal(layer.forward(x, training=False)[0], x)


def test_upsampling_repeats_pixels():
    y, _ = UpSampling2D((2, 1)).forward(np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1))
    assert y[0, :, :, 0].tolist() == [[1, 2], [1, 2]]


def test_a_gain_begins_at_0_and_learns(rng):
    layer, x = Gain(), rng.standard_normal((4, 3, 2))
    y, cache = layer.forward(x)
    dx, grads = layer.backward(x, cache)
    assert not y.any() and not dx.any() and grads["g"] == pytest.approx([np.sum(x * x)])
    layer.params["g"][...] = -0.5
    np.testing.assert_array_equal(layer.forward(x)[0], -0.5 * x)


def test_the_gradient_of_a_gain_keeps_its_digits(rng):
    """Over a million numbers in float32, added one by one, some three digits would be lost."""
    x = rng.uniform(0.5, 1, (64, 16, 16, 64)).astype(np.float32)
    _, cache = Gain().forward(x)
    _, grads = Gain().backward(x, cache)
    assert grads["g"].dtype == np.float32
    np.testing.assert_allclose(grads["g"], np.sum(x.astype(np.float64) ** 2), rtol=1e-6)


def test_refused():
    with pytest.raises(ValueError, match="0 <= rate < 1"):
        Dropout(1.0)
    with pytest.raises(ValueError, match="slope must be a finite number"):
        LeakyReLU(float("nan"))
    with pytest.raises(ValueError, match="expected 12 entries for each sample"):
        Reshape(3, 4).forward(np.zeros((2, 11)))
