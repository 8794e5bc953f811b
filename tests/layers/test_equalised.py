"""Equalised: its gradients of both orders, and that all layers begin and learn alike."""

import copy
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.batch import Batch
from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Equalised,
    Flatten,
    LeakyReLU,
    Sequential,
    flop,
    unit_normal,
)
from minigan.optim import Adam
from minigan.penalties import R1

number = st.integers


def made(kind, c_in, c_out, kernel, stride, bias, slope, gain, rng):
    """One of the three layers in an Equalised, and the shape of an input without the batch axis."""
    options = {"bias": bias, "slope": slope, "init": unit_normal, "rng": rng}
    if kind is Dense:
        return Equalised(Dense(c_in, c_out, **options), gain=gain), (c_in,)
    return Equalised(kind(c_in, c_out, kernel, stride=stride, **options), gain=gain), (4, 5, c_in)


@given(kind=st.sampled_from([Dense, Conv2D, Conv2DTranspose]), N=number(1, 3), c_in=number(1, 3), c_out=number(1, 3),
       kernel=st.tuples(number(1, 3), number(1, 3)), stride=number(1, 2), bias=st.booleans(),
       slope=st.sampled_from([None, 0.2]), gain=st.sampled_from([sqrt(2), 1.0, 0.3]), seed=number(0, 99))  # fmt: skip
def test_gradients(kind, N, c_in, c_out, kernel, stride, bias, slope, gain, seed):
    rng = np.random.default_rng(seed)
    layer, shape = made(kind, c_in, c_out, kernel, stride, bias, slope, gain, rng)
    report = check_layer(layer, input_shape=(N, *shape), rng=rng)
    assert report.ok and report.checked > 0, report
    report = check_double_backward(layer, input_shape=(N, *shape), rng=rng)
    assert report.ok and report.checked > 0, report


def test_it_is_the_layer_with_its_weight_times_c(rng):
    x = rng.standard_normal((3, 5, 4, 2))
    for kind, fan_in in ((Conv2D, 3 * 2 * 2), (Conv2DTranspose, 3 * 2 * 2)):
        bare = kind(2, 7, (3, 2), init=unit_normal, rng=rng).astype(np.float64)
        equalised, scaled = Equalised(bare, gain=1.5), copy.deepcopy(bare)
        assert equalised.c == pytest.approx(1.5 / sqrt(fan_in))
        scaled.params["w"] *= equalised.c
        np.testing.assert_allclose(equalised.forward(x)[0], scaled.forward(x)[0])
        assert equalised.params is bare.params and flop(equalised, x.shape[1:], (5, 4, 7)) > 0


def test_signals_keep_their_size_through_wide_and_narrow_layers(rng):
    """He's constant: behind ReLU, mean squares stay what they are."""
    for width in (8, 300):
        layer = Equalised(Dense(width, 2000, slope=0.0, init=unit_normal, rng=rng))
        y, _ = layer.forward(rng.standard_normal((200, width), np.float32))
        assert (y**2).mean() == pytest.approx(1, rel=0.25)


def test_one_step_of_adam_changes_wide_and_narrow_layers_by_the_same_share(rng):
    changes = []
    for width in (4, 400):
        layer = Equalised(Dense(width, 50, init=unit_normal, rng=rng))
        x = rng.standard_normal((20, width), np.float32)
        y, cache = layer.forward(x)
        _, grads = layer.backward(rng.standard_normal(y.shape, np.float32), cache)
        before = layer.params["w"].copy()
        Adam(layer.params, 1e-3).step(grads)
        changes.append(np.abs(layer.params["w"] - before).mean() / before.std())
    assert changes[0] == pytest.approx(changes[1], rel=0.1)


def test_a_penalty_goes_through_a_network_of_them(rng):
    """The gradient of R1 against differences, by one weight of each layer."""
    D = Sequential(
        ("conv", Equalised(Conv2D(1, 2, 3, slope=0.2, init=unit_normal, rng=rng))),
        ("flatten", Flatten()),
        ("logit", Equalised(Dense(24, 1, init=unit_normal, rng=rng), gain=1)),
    ).astype(np.float64)
    real = Batch(rng.standard_normal((3, 4, 3, 1)))

    def value():
        return R1(1.0)(D, real, real)

    _, grads = value()
    for key in ("conv.w", "logit.w"):
        w, at, h = D.params[key], (0,) * D.params[key].ndim, 1e-6
        w[at] += h
        up = value()[0]
        w[at] -= 2 * h
        down = value()[0]
        w[at] += h
        assert grads[key][at] == pytest.approx((up - down) / (2 * h), rel=1e-6)


def test_refused(rng):
    with pytest.raises(
        ValueError, match="expected one of Dense, Conv2D, Conv2DTranspose, Conv1D, Conv1DTranspose; LeakyReLU has no"
    ):
        Equalised(LeakyReLU())
    with pytest.raises(ValueError, match="BatchNorm has no weight matrix"):
        Equalised(BatchNorm(3))
    with pytest.raises(ValueError, match="gain"):
        Equalised(Dense(2, 3, rng=rng), gain=0)
