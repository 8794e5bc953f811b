"""InstanceNoise: noise of the stated size on every entry in training, none in evaluation, less and less by `anneal`."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import Dense, InstanceNoise, Sequential
from minigan.layers.instance_noise import anneal

number = st.integers


def test_the_noise_has_its_deviation_and_is_new_each_time(rng):
    layer = InstanceNoise(0.3, rng=rng)
    x = np.full((50, 20, 20, 1), 5.0)
    one, two = (layer.forward(x)[0] - x for _ in range(2))
    for noise in (one, two):  # 20,000 entries: the mean is known to 0.3 / sqrt(20,000) = 0.002, the deviation to 0.0015
        assert abs(noise.mean()) < 0.008 and abs(noise.std() - 0.3) < 0.006
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(one[:25].ravel(), one[25:].ravel())[0, 1]) < 0.04, "each sample has its own"


def test_evaluation_is_the_identity_and_draws_nothing(rng):
    layer, x = InstanceNoise(0.3, rng=rng), np.arange(6.0).reshape(3, 2)
    before = copy.deepcopy(rng.bit_generator.state)
    np.testing.assert_array_equal(layer.forward(x, training=False)[0], x)
    assert rng.bit_generator.state == before


@given(shape=st.lists(number(1, 4), min_size=2, max_size=4), sigma=st.sampled_from([0.0, 0.2, 3.0]), seed=number(0, 99))
def test_gradients(shape, sigma, seed):
    layer = InstanceNoise(sigma, rng=np.random.default_rng(seed))
    report = check_layer(layer, input_shape=tuple(shape), rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


def test_second_order_passes_unchanged(rng):
    layer, (x, dy, ddx) = InstanceNoise(0.3, rng=rng), rng.standard_normal((3, 4, 5))
    _, cache = layer.forward(x)
    ddy, grads = layer.double_backward(ddx, dy, cache)
    np.testing.assert_array_equal(ddy, ddx)  # dx = dy, so sum(ddx * dx) has the derivative ddx by dy
    assert grads == {} and layer.per_sample


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype, rng):
    layer = InstanceNoise(0.3, rng=rng)
    y, cache = layer.forward(np.ones((2, 3), dtype))
    assert y.dtype == layer.backward(y, cache)[0].dtype == dtype


def test_sigma_is_in_the_state_of_the_network(rng):
    """Where a checkpoint finds it; and what is put there counts."""
    D = Sequential(("noise", InstanceNoise(0.3, rng=rng)), Dense(2, 1, rng=rng))
    assert D.state["noise.sigma"] == np.float32(0.3)
    D.state["noise.sigma"][...] = 0
    x = rng.standard_normal((4, 2))
    np.testing.assert_array_equal(D.forward(x)[0], D.forward(x, training=False)[0])


def test_anneal_is_a_straight_line_to_nothing(rng):
    layer = InstanceNoise(0.4, rng=rng)
    hook, seen = anneal(layer, 8), {}
    for t in (6, 0, 2, 8, 9, 4):  # in any order: only trainer.t counts
        hook(SimpleNamespace(t=t))
        seen[t] = float(layer.state["sigma"])
    np.testing.assert_allclose([seen[t] for t in (0, 2, 4, 6, 8, 9)], [0.4, 0.3, 0.2, 0.1, 0, 0], rtol=1e-6)


def test_what_does_not_fit_is_refused():
    for sigma in (-0.1, np.nan, np.inf, None, "a", [0.1], 1j):
        with pytest.raises(ValueError, match="sigma, the noise's standard deviation, must be finite and at least 0"):
            InstanceNoise(sigma)
    with pytest.raises(ValueError, match="numpy Generator"):
        InstanceNoise(0.1, rng=3)
    with pytest.raises(ValueError, match="float32 or float64"):
        InstanceNoise(0.1).forward(np.ones((2, 2), int))
    with pytest.raises(ValueError, match="InstanceNoise layer, got Dense"):
        anneal(Dense(1, 1), 5)
    for steps in (0, 2.5):
        with pytest.raises(ValueError, match="steps, after which the noise is gone, must be a whole number"):
            anneal(InstanceNoise(0.1), steps)
    _, cache = InstanceNoise(0.1).forward(np.ones((2, 2)))
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        InstanceNoise(0.1).double_backward(np.ones(2), np.ones((2, 2)), cache)
