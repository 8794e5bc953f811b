"""PixelNorm: its gradients, what it makes of each pixel, what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import Dense, PixelNorm, Sequential
from minigan.penalties import check_discriminator

number = st.integers


@given(shape=st.one_of(st.tuples(number(1, 4), number(1, 6)),
                       st.tuples(number(1, 3), number(1, 4), number(1, 4), number(1, 5))),
       eps=st.sampled_from([1e-8, 0.3]), seed=number(0, 99))  # fmt: skip
def test_gradients(shape, eps, seed):
    report = check_layer(PixelNorm(eps), input_shape=shape, rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


def test_each_pixel_has_the_mean_square_1_and_keeps_its_direction(rng):
    x = rng.standard_normal((2, 3, 4, 5), np.float32) * rng.uniform(0.1, 100, (2, 3, 4, 1)).astype(np.float32)
    y, _ = PixelNorm().forward(x)
    np.testing.assert_allclose((y**2).mean(axis=-1), 1, rtol=1e-4)
    ratio = y / x
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[..., :1], ratio.shape), rtol=1e-5)
    assert not PixelNorm().forward(np.zeros((1, 3), np.float32))[0].any()


def test_a_longer_x_changes_nothing_so_dx_has_nothing_along_it(rng):
    layer, x = PixelNorm(1e-30), rng.standard_normal((6, 4))
    _, cache = layer.forward(x)
    dx, grads = layer.backward(rng.standard_normal(x.shape), cache)
    np.testing.assert_allclose((dx * x).sum(axis=1), 0, atol=1e-12)
    assert grads == {}


def test_refused(rng):
    with pytest.raises(ValueError, match="eps"):
        PixelNorm(0.0)
    D = Sequential(("dense", Dense(3, 4, rng=rng)), ("norm", PixelNorm()), ("logit", Dense(4, 1, rng=rng)))
    with pytest.raises(ValueError, match="layer 'norm': PixelNorm has no double_backward"):
        check_discriminator(D)
