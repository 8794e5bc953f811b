"""Maxout and MaxoutDense: the axes as written, gradients of both orders, ties, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import Dense, Maxout, MaxoutDense, Sequential, SpectralNorm, total_flop
from minigan.models.variants import batch_normalised
from minigan.penalties.joint import rule_with

number = st.integers


def test_the_pieces_of_a_unit_lie_side_by_side():
    x = np.array([[1.0, 5.0, 2.0, -3.0, -1.0, -2.0]])
    y, cache = Maxout(3).forward(x)
    np.testing.assert_array_equal(y, [[5.0, -1.0]])
    np.testing.assert_array_equal(Maxout(2).forward(x)[0], [[5.0, 2.0, -1.0]])
    dx, grads = Maxout(3).backward(np.array([[10.0, 20.0]]), cache)
    np.testing.assert_array_equal(dx, [[0, 10.0, 0, 0, 20.0, 0]])
    assert grads == {}
    ddy, _ = Maxout(3).double_backward(np.array([[1.0, 2, 3, 4, 5, 6]]), np.array([[10.0, 20.0]]), cache)
    np.testing.assert_array_equal(ddy, [[2.0, 5.0]])


@settings(max_examples=8)
@given(N=number(1, 4), H=number(0, 3), units=number(1, 4), pieces=number(2, 5), seed=number(0, 99))
def test_gradients(N, H, units, pieces, seed):
    shape = (N, units * pieces) if H == 0 else (N, H, 2, units * pieces)
    layer, rng = Maxout(pieces), np.random.default_rng(seed)
    assert layer.forward(np.zeros(shape))[0].shape == (N, *layer.output_shape(shape[1:])) == (*shape[:-1], units)
    for check in (check_layer, check_double_backward):
        report = check(layer, input_shape=shape, rng=rng)
        assert report.ok and report.checked >= N * units, report


def test_second_order_through_a_network():
    rng = np.random.default_rng(3)
    net = Sequential(Dense(2, 12, rng=rng), Maxout(4), Dense(3, 1, rng=rng))
    report = check_double_backward(net, input_shape=(5, 2), rng=rng)
    assert report.ok and report.checked > 40, report


def test_of_equal_pieces_the_first_takes_all():
    layer = Maxout(3)
    _, cache = layer.forward(np.array([[7.0, 7.0, 7.0, 1.0, 2.0, 2.0]]))
    np.testing.assert_array_equal(layer.backward(np.array([[1.0, 1.0]]), cache)[0], [[1, 0, 0, 0, 1, 0]])


def test_a_nan_is_not_lost():
    assert np.isnan(Maxout(2).forward(np.array([[1.0, np.nan]]))[0]).all()


def test_each_sample_is_looked_at_for_itself(rng):
    layer, x = Maxout(2), rng.standard_normal((5, 6))
    assert layer.per_sample
    np.testing.assert_array_equal(layer.forward(x)[0][3:], layer.forward(x[3:])[0])


def test_refused():
    for pieces in (1, 0, 2.0, True):
        with pytest.raises(ValueError, match="pieces must be a whole number of at least 2"):
            Maxout(pieces)
    with pytest.raises(
        ValueError, match=r"expected a multiple of 3 features, units \* pieces, got .*\(2, 8\); a Dense"
    ):
        Maxout(3).forward(np.zeros((2, 8)))
    y, cache = Maxout(2).forward(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        Maxout(2).double_backward(y, y, cache)


def moved(layer, rng):
    """The layer in float64, its parameters moved off their initial values."""
    layer.astype(np.float64)
    for array in layer.params.values():
        array += rng.uniform(0.1, 0.4, array.shape) * rng.choice([-1, 1], array.shape)
    return layer


@settings(max_examples=12)
@given(
    N=number(1, 5), n_in=number(1, 20), units=number(1, 4), pieces=number(2, 4), bias=st.booleans(), seed=number(0, 99)
)
def test_gradients_of_maxout_dense(N, n_in, units, pieces, bias, seed):
    rng = np.random.default_rng(seed)
    layer = moved(MaxoutDense(n_in, units, pieces, bias=bias, rng=rng), rng)
    assert layer.output_shape((n_in,)) == (units,) and total_flop(layer, (n_in,)) == 2 * n_in * units * pieces
    for check in (check_layer, check_double_backward):
        report = check(layer, input_shape=(N, n_in), rng=rng)
        assert report.ok and report.checked >= N * n_in, report


@settings(max_examples=25)
@given(
    N=number(1, 6), n_in=number(1, 40), units=number(1, 20), pieces=number(2, 5), bias=st.booleans(),
    seed=number(0, 99),
)  # fmt: skip
def test_maxout_dense_is_dense_and_maxout(N, n_in, units, pieces, bias, seed):
    rng = np.random.default_rng(seed)
    one = moved(MaxoutDense(n_in, units, pieces, bias=bias, rng=rng), rng)
    dense, maxout = one.apart()
    assert type(dense) is Dense and dense.params["w"] is one.params["w"] and isinstance(one, Dense)
    two = Sequential(("dense", dense), maxout)
    x, ddx, dy = (rng.standard_normal(shape) for shape in ((N, n_in), (N, n_in), (N, units)))
    (y, cache), (y2, cache2), rule = one.forward(x), two.forward(x), rule_with(rng.standard_normal(N))
    np.testing.assert_allclose(y, y2, atol=1e-12)
    for (a, grads), (b, grads2) in (
        (one.backward(dy, cache), two.backward(dy, cache2)),
        (one.double_backward(ddx, dy, cache), two.double_backward(ddx, dy, cache2)),
        tuple(net.second_order(ddx, net.trace_back(dy, c)[1], c, rule) for net, c in ((one, cache), (two, cache2))),
    ):
        np.testing.assert_allclose(a, b, atol=1e-12)
        assert grads.keys() == one.params.keys()
        for key, grad in grads.items():
            np.testing.assert_allclose(grad, grads2[f"dense.{key}"], atol=1e-12)
    assert one.backward(dy, cache, input_grad=False)[0] is None
    assert one.backward(dy, cache, param_grads=False)[1] == {}


def test_maxout_dense_draws_the_weights_of_its_dense():
    one, dense = MaxoutDense(5, 4, 3, rng=np.random.default_rng(0)), Dense(5, 12, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(one.params["w"], dense.params["w"])


def test_maxout_dense_with_a_norm_on_its_weight(rng):
    """The largest singular value is that of all pieces together; what is divided by it is w, before the maximum."""
    one = MaxoutDense(5, 4, 3, rng=rng)
    x, normed = rng.standard_normal((6, 5)).astype(np.float32), SpectralNorm(one, iterations=50, rng=rng)
    (y, _), dense = normed.forward(x), one.apart()[0]
    z = x @ dense.params["w"] / np.linalg.svd(dense.params["w"])[1][0]
    np.testing.assert_allclose(y, z.reshape(6, 4, 3).max(axis=2), rtol=1e-4, atol=1e-5)


def test_maxout_dense_lets_a_batch_norm_in(rng):
    D = Sequential(
        ("a", MaxoutDense(2, 3, 2, rng=rng)), ("b", MaxoutDense(3, 3, 2, rng=rng)), ("c", Dense(3, 1, rng=rng))
    )
    normed = batch_normalised(D)
    assert [(name, type(layer).__name__) for name, layer in normed.layers.items()] == [
        ("a", "MaxoutDense"), ("b", "Dense"), ("b_norm", "BatchNorm"), ("b_maxout", "Maxout"), ("c", "Dense"),
    ]  # fmt: skip
    assert list(normed.layers["b"].params) == ["w"] and list(D.layers["b"].params) == ["w", "b"]
    assert (report := check_layer(normed, input_shape=(5, 2))).ok, report


def test_maxout_dense_refuses():
    for units, pieces, message in ((0, 2, "units must"), (3, 1, "pieces must"), (2.5, 2, "units must")):
        with pytest.raises(ValueError, match=message):
            MaxoutDense(4, units, pieces)
    layer = MaxoutDense(4, 3, 2)
    with pytest.raises(ValueError, match="made for 4 features, got an input of shape"):
        layer.forward(np.zeros((2, 5)))
    y, cache = layer.forward(np.zeros((2, 4)))
    with pytest.raises(ValueError, match="dy with the shape of y"):
        layer.backward(np.zeros((2, 6)), cache)
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        layer.double_backward(y, y, cache)


@pytest.mark.parametrize("n_in", [3, 40])
def test_maxout_dense_of_no_samples(n_in, rng):
    layer = MaxoutDense(n_in, 5, 2, rng=rng)
    y, cache = layer.forward(np.zeros((0, n_in), np.float32))
    dx, grads = layer.backward(y, cache)
    assert y.shape == (0, 5) and dx.shape == (0, n_in) and not grads["w"].any() and not grads["b"].any()
