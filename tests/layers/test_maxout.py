"""Maxout: the axes as written, gradients of both orders, ties, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import Dense, Maxout, Sequential

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
