"""Weights at the start: their spread, and the same seed giving the same weights."""

import numpy as np
import pytest

from minigan.layers import Conv2D, Dense, dcgan_normal, glorot_uniform, he_normal


@pytest.mark.parametrize(
    "init, spread",
    [(dcgan_normal, 0.02), (glorot_uniform, np.sqrt(2 / (300 + 200))), (he_normal, np.sqrt(2 / 300))],
)
def test_spread(init, spread, rng):
    w = init(rng, (300, 200), 300, 200)
    assert w.dtype == np.float32 and abs(w.mean()) < 0.01 * spread * 5
    np.testing.assert_allclose(w.std(), spread, rtol=0.02)


def test_the_fan_of_a_convolution_counts_its_window(rng):
    w = Conv2D(50, 60, 3, init="he", rng=rng).params["w"]
    np.testing.assert_allclose(w.std(), np.sqrt(2 / (9 * 50)), rtol=0.03)


def test_same_seed_same_weights():
    one, two = (Dense(3, 4, rng=np.random.default_rng(5)).params["w"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_weight_lies_in_the_order_of_its_axes():
    layer = Dense(4, 6, init=lambda rng, shape, *fans: np.ones(shape[::-1], np.float32).T)
    assert layer.params["w"].flags.c_contiguous and layer.params["w"].shape == (4, 6)
