"""Every layer's gradients against finite differences in float64, over drawn shapes: dx and each parameter, training and
evaluation, random upstream gradient, parameters off their initial values (check_layer sees to the last two)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import (
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Gain,
    LeakyReLU,
    MaxPool2D,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    SumPool,
    Tanh,
    UpSampling2D,
)

number = st.integers
sizes = st.tuples(number(2, 4), number(1, 5), number(1, 5), number(1, 3))  # N, H, W, C
paddings = st.one_of(
    st.sampled_from(["same", "valid"]),
    number(0, 2),
    st.tuples(number(0, 2), number(0, 2)),
    st.tuples(st.tuples(number(0, 2), number(0, 2)), st.tuples(number(0, 2), number(0, 2))),
)


def check(layer, shape, seed=0, training=True):
    report = check_layer(layer, input_shape=shape, rng=np.random.default_rng(seed), training=training)
    assert report.ok, report
    assert report.checked > 0
    return report


@given(N=number(1, 4), n_in=number(1, 5), n_out=number(1, 5), bias=st.booleans(), seed=number(0, 99))
def test_dense(N, n_in, n_out, bias, seed):
    report = check(Dense(n_in, n_out, bias=bias, rng=np.random.default_rng(seed)), (N, n_in), seed)
    assert set(report.errors) == {"dx", "w"} | ({"b"} if bias else set())


@given(
    N=number(1, 3), H=number(1, 6), W=number(1, 6), c_in=number(1, 2), c_out=number(1, 3),
    kernel=st.tuples(number(1, 4), number(1, 4)), stride=st.tuples(number(1, 3), number(1, 3)),
    padding=paddings, bias=st.booleans(), slope=st.sampled_from([None, 0.2, 0.0]), seed=number(0, 99),
)  # fmt: skip
def test_conv2d_and_its_transpose(N, H, W, c_in, c_out, kernel, stride, padding, bias, slope, seed):
    options = {"stride": stride, "padding": padding, "bias": bias, "slope": slope}
    for kind in (Conv2D, Conv2DTranspose):
        layer = kind(c_in, c_out, kernel, **options, rng=np.random.default_rng(seed))
        try:
            expected = layer.output_shape((H, W, c_in))
        except ValueError:  # nothing fits, or nothing is left: refused with a message, see test_conv.py
            continue
        y, _ = layer.forward(np.zeros((N, H, W, c_in)))
        assert y.shape == (N, *expected)
        check(layer, (N, H, W, c_in), seed)


@given(
    N=number(1, 3), size=st.tuples(number(1, 9), number(1, 9)), c_in=number(1, 2), c_out=number(1, 3),
    kernel=st.tuples(number(1, 4), number(1, 4)), stride=st.tuples(number(1, 3), number(1, 3)), bias=st.booleans(),
    slope=st.sampled_from([None, 0.2]), seed=number(0, 99),
)  # fmt: skip
def test_a_transpose_to_any_size(N, size, c_in, c_out, kernel, stride, bias, slope, seed):
    options = {"stride": stride, "bias": bias, "slope": slope, "output_size": size}
    layer = Conv2DTranspose(c_in, c_out, kernel, **options, rng=np.random.default_rng(seed))
    small = tuple(-(-rows // s) for rows, s in zip(size, stride, strict=True))
    assert layer.output_shape((*small, c_in)) == (*size, c_out)
    check(layer, (N, *small, c_in), seed)


@given(shape=sizes, training=st.booleans(), seed=number(0, 99))
def test_batchnorm(shape, training, seed):
    check(BatchNorm(shape[3]), shape, seed, training)
    check(BatchNorm(shape[3], slope=0.3), shape, seed, training)
    check(BatchNorm(shape[3], momentum=0.5, eps=1e-2), (shape[0] + 1, shape[3]), seed, training)


@given(shape=sizes, slope=st.sampled_from([0.2, 0.3, 0.0, -0.5, 1.5]), seed=number(0, 99))
def test_activations(shape, slope, seed):
    for layer in (LeakyReLU(slope), ReLU(), Tanh(), Sigmoid(), Gain()):
        check(layer, shape, seed)


@given(shape=sizes, rate=st.sampled_from([0.0, 0.3, 0.7]), training=st.booleans(), seed=number(0, 99))
def test_dropout(shape, rate, training, seed):
    check(Dropout(rate, rng=np.random.default_rng(seed)), shape, seed, training)


@given(shape=sizes, size=st.tuples(number(1, 3), number(1, 3)), seed=number(0, 99))
def test_shapes(shape, size, seed):
    N, H, W, C = shape
    check(Flatten(), shape, seed)
    check(Reshape(C, H * W), shape, seed)
    check(UpSampling2D(size), shape, seed)


@given(shape=sizes, size=st.tuples(number(1, 6), number(1, 6)), seed=number(0, 99))
def test_pools(shape, size, seed):
    for layer in (AveragePool2D(size), MaxPool2D(size), SumPool()):
        check(layer, shape, seed)


@pytest.mark.long
@given(N=number(2, 4), training=st.booleans(), seed=number(0, 99))
def test_a_network_with_everything_in_it(N, training, seed):
    rng = np.random.default_rng(seed)
    net = Sequential(
        Dense(3, 2 * 3 * 4, bias=False, rng=rng), BatchNorm(24), LeakyReLU(0.3), Reshape(2, 3, 4),
        Conv2DTranspose(4, 3, (3, 2), stride=2, bias=False, rng=rng), BatchNorm(3), Tanh(), UpSampling2D((1, 2)),
        Conv2D(3, 2, (2, 3), stride=(3, 2), rng=rng), Sigmoid(), Dropout(0.2, rng=rng), Flatten(),
        ("out", Dense(2 * 6 * 2, 1, rng=rng)),
    )  # fmt: skip
    check(net, (N, 3), seed, training)
