"""double_backward of every layer that has one, against differences of P = sum(ddx * dx(dy, params)) in float64, over
drawn shapes, strides and paddings; and a gradient penalty through a whole network."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
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
    UpSampling2D,
)

number = st.integers
sizes = st.tuples(number(2, 4), number(1, 5), number(1, 5), number(1, 3))  # N, H, W, C
paddings = st.one_of(
    st.sampled_from(["same", "valid"]),
    number(0, 2),
    st.tuples(st.tuples(number(0, 2), number(0, 2)), st.tuples(number(0, 2), number(0, 2))),
)


def check(layer, shape, seed=0, training=True):
    rng = np.random.default_rng(seed)
    layer.astype(np.float64)
    for array in layer.params.values():
        array += rng.uniform(0.3, 1, array.shape)
    for array in layer.state.values():
        array += rng.uniform(0.1, 1, array.shape)
    x = rng.standard_normal(shape)
    y, _ = copy.deepcopy(layer).forward(x, training=training)
    dy, ddx = rng.standard_normal(y.shape), rng.standard_normal(shape)

    def P():
        frozen = copy.deepcopy(layer)  # a dropout layer draws the same mask again
        return float(np.sum(ddx * frozen.backward(dy, frozen.forward(x, training=training)[1])[0]))

    frozen = copy.deepcopy(layer)
    _, cache = frozen.forward(x, training=training)
    given_arrays = ddx.copy(), dy.copy()
    ddy, grads = frozen.double_backward(ddx, dy, cache)
    assert np.array_equal(ddx, given_arrays[0]) and np.array_equal(dy, given_arrays[1])
    assert grads.keys() == layer.params.keys()
    for array, analytic in [(dy, ddy), *((layer.params[key], grads[key]) for key in grads)]:
        assert analytic.shape == array.shape and analytic.dtype == np.float64
        numeric = numeric_gradient(P, array)
        error = relative_error(analytic, numeric.gradient, noise=1e-3)
        assert numeric.smooth.mean() > 0.5
        assert error[numeric.smooth].max(initial=0) <= 1e-6


@given(N=number(1, 4), n_in=number(1, 5), n_out=number(1, 5), bias=st.booleans(),
       slope=st.sampled_from([None, 0.0, 0.3]), seed=number(0, 99))  # fmt: skip
def test_dense(N, n_in, n_out, bias, slope, seed):
    check(Dense(n_in, n_out, bias=bias, slope=slope, rng=np.random.default_rng(seed)), (N, n_in), seed)


@given(
    N=number(1, 3), H=number(1, 6), W=number(1, 6), c_in=number(1, 2), c_out=number(1, 3),
    kernel=st.tuples(number(1, 4), number(1, 4)), stride=st.tuples(number(1, 3), number(1, 3)),
    padding=paddings, bias=st.booleans(), slope=st.sampled_from([None, 0.0, 0.3]), seed=number(0, 99),
)  # fmt: skip
def test_conv2d_and_its_transpose(N, H, W, c_in, c_out, kernel, stride, padding, bias, slope, seed):
    for kind in (Conv2D, Conv2DTranspose):
        options = {"stride": stride, "padding": padding, "bias": bias, "slope": slope}
        layer = kind(c_in, c_out, kernel, **options, rng=np.random.default_rng(seed))
        try:
            layer.output_shape((H, W, c_in))
        except ValueError:  # nothing fits, or nothing is left
            continue
        check(layer, (N, H, W, c_in), seed)


@given(shape=sizes, slope=st.sampled_from([None, 0.3, -0.5]), seed=number(0, 99))
def test_batchnorm_in_evaluation(shape, slope, seed):
    check(BatchNorm(shape[3], slope=slope), shape, seed, training=False)


@given(shape=sizes, slope=st.sampled_from([0.2, 0.0, -0.5, 1.5]), rate=st.sampled_from([0.0, 0.4]), seed=number(0, 99),
       training=st.booleans())  # fmt: skip
def test_layers_that_keep_the_numbers(shape, slope, rate, seed, training):
    N, H, W, C = shape
    for layer in (LeakyReLU(slope), ReLU(), Dropout(rate, rng=np.random.default_rng(seed)), Flatten(),
                  Reshape(C, H * W), UpSampling2D((2, 3)), Gain()):  # fmt: skip
        check(layer, shape, seed, training)


@given(shape=sizes, size=st.tuples(number(1, 6), number(1, 6)), seed=number(0, 99))
def test_pools(shape, size, seed):
    for layer in (AveragePool2D(size), MaxPool2D(size), SumPool()):
        check(layer, shape, seed)


def network(rng):
    return Sequential(
        Conv2D(2, 3, (5, 3), stride=2, rng=rng), LeakyReLU(0.2), Conv2DTranspose(3, 2, 3, stride=(1, 2), rng=rng),
        ReLU(), Dropout(0.3, rng=rng), UpSampling2D((1, 2)), ("inner", Sequential(Flatten(), Dense(48, 3, rng=rng))),
        LeakyReLU(0.3), Dense(3, 1, rng=rng),
    )  # fmt: skip


@pytest.mark.long
@given(seed=number(0, 99), training=st.booleans())
def test_a_network(seed, training):
    check(network(np.random.default_rng(seed)), (3, 4, 6, 2), seed, training)


def test_the_gradient_of_a_penalty(rng):
    """R1, the mean over images of |dx|^2 with dy = 1 for each logit: its dP/d(dx) is 2 dx / N."""
    D = network(rng).astype(np.float64)
    x = rng.standard_normal((3, 4, 6, 2))
    dy = np.ones((3, 1))

    def penalty():
        _, cache = D.forward(x, training=False)
        return float(np.sum(D.backward(dy, cache)[0] ** 2) / 3)

    _, cache = D.forward(x, training=False)
    dx, _ = D.backward(dy, cache)
    _, grads = D.double_backward(2 * dx / 3, dy, cache)
    for key, p in D.params.items():
        numeric = numeric_gradient(penalty, p)
        assert relative_error(grads[key], numeric.gradient, noise=1e-4)[numeric.smooth].max() <= 1e-6


def test_what_was_kept_on_the_way_back_is_not_computed_again(rng):
    D = network(rng).astype(np.float64)
    x, dy = rng.standard_normal((3, 4, 6, 2)), rng.standard_normal((3, 1))
    _, cache = D.forward(x)
    dx, trace = D.trace_back(dy, cache)
    np.testing.assert_array_equal(dx, D.backward(dy, cache)[0])
    expected = D.double_backward(x, dy, cache)
    for layer in D.layers.values():
        layer.backward = None
    ddy, grads = D.double_backward(x, trace, cache)
    np.testing.assert_array_equal(ddy, expected[0])
    for key, grad in grads.items():
        np.testing.assert_array_equal(grad, expected[1][key])


def test_dtype_is_kept(rng):
    D = network(rng)
    x = rng.standard_normal((3, 4, 6, 2), dtype=np.float32)
    y, cache = D.forward(x)
    ddy, grads = D.double_backward(x, np.ones_like(y), cache)
    assert ddy.dtype == np.float32 and {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_what_does_not_fit_is_refused(rng):
    layer = Dense(3, 2, rng=rng)
    y, cache = layer.forward(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"expected ddx with the shape of x and dx, \(4, 3\), got \(4, 2\)"):
        layer.double_backward(y, y, cache)
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        layer.double_backward(np.ones((4, 3)), np.ones((4, 3)), cache)
    layer.params["w"] += 1
    with pytest.raises(ValueError, match="stepped the optimizer"):
        layer.double_backward(np.ones((4, 3)), y, cache)


def test_a_layer_that_is_not_linear_says_which_ones_are(rng):
    net = Sequential(Dense(3, 2, rng=rng), ("curve", Sigmoid()))
    y, cache = net.forward(np.ones((4, 3)))
    with pytest.raises(NotImplementedError, match="layer 'curve': Sigmoid has no double_backward.*LeakyReLU"):
        net.double_backward(np.ones((4, 3)), y, cache)
    norm = BatchNorm(3)
    with pytest.raises(NotImplementedError, match="training=False"):
        norm.double_backward(np.ones((4, 3)), np.ones((4, 3)), norm.forward(rng.standard_normal((4, 3)))[1])
    with pytest.raises(ValueError, match="expected the cache"):
        net.double_backward(np.ones((4, 3)), y, None)
