"""Orthogonal regularisation: its value and gradient, what it does to filters, and what passes through it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Identity,
    Sequential,
    Sum,
    output_axes,
    self_attention,
    spectral_normalised,
)
from minigan.optim import OPTIMIZERS, SGD, Adam, Clipped, HistoricalAveraging, Orthogonal
from minigan.optim.orthogonal import overlap, overlap_grad


def test_by_hand():
    """Filters (1, 2), (3, 0), (0, 1): their products are 3, 2 and 0, each counted twice."""
    w = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    value, gradient = overlap(w, 0), overlap_grad(w, 0)
    assert value == 2 * (9 + 4 + 0)
    assert gradient.tolist() == [[4 * 3 * 3, 4 * 2 * 1], [4 * 3 * 1, 4 * 3 * 2], [4 * 2 * 1, 4 * 2 * 2]]
    turned, along = overlap(w.T, 1), overlap_grad(w.T, 1)
    assert turned == value and np.array_equal(along, gradient.T)


@given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=4), seed=st.integers(0, 99), data=st.data())
def test_the_gradient_is_the_derivative(shape, seed, data):
    axis = data.draw(st.integers(0, len(shape) - 1))
    w = np.random.default_rng(seed).standard_normal(shape)
    kept = w.copy()
    value, gradient = overlap(w, axis), overlap_grad(w, axis)
    assert gradient.shape == w.shape and np.array_equal(w, kept)
    numeric = numeric_gradient(lambda: overlap(w, axis), w)
    assert relative_error(gradient, numeric.gradient, noise=1e-6).max() <= 1e-6
    W = np.moveaxis(w, axis, 0).reshape(shape[axis], -1)
    assert value == pytest.approx(((W @ W.T * (1 - np.eye(len(W)))) ** 2).sum())


def network(rng):
    return Sequential(
        ("conv", Conv2D(1, 3, (2, 3), rng=rng)), BatchNorm(3), ("up", Conv2DTranspose(3, 3, 2, stride=2, rng=rng)),
        ("block", Sum(("body", Conv2D(3, 3, 1, bias=False, rng=rng)), ("skip", Identity()))),
        ("attention", self_attention(3, rng=rng)), Flatten(),
        ("hidden", Dense(3 * 4 * 6, 2, rng=rng)), ("logit", Dense(2, 1, rng=rng)),
    )  # fmt: skip


def test_the_weights_of_a_network(rng):
    """The logit, and the attention's query, key and value with their single channel, have no pair of filters."""
    bare = network(rng)
    axes = output_axes(bare)
    assert axes == {
        "conv.w": 3, "up.w": 2, "block.body.w": 3, "attention.attention.out.w": 3, "hidden.w": 1,
    }  # fmt: skip
    assert output_axes(spectral_normalised(bare, rng=rng)) == axes
    assert output_axes(Dense(2, 3, rng=rng)) == {"w": 1} and output_axes(BatchNorm(3)) == {}
    assert [bare.params[key].shape[axis] for key, axis in axes.items()] == [3, 3, 3, 3, 2]


def test_what_is_added_is_the_derivative_of_the_term(rng):
    params = network(rng).astype(np.float64).params
    optimizer = Orthogonal(SGD(params, lr=1.0), 0.3, output_axes(network(rng)))
    before = {key: p.copy() for key, p in params.items()}
    numeric = {key: numeric_gradient(optimizer.value, p).gradient for key, p in params.items()}
    none = {key: np.zeros_like(p) for key, p in params.items()}
    optimizer.step(none)
    assert not any(np.any(g) for g in none.values()), "the gradients of the caller stay"
    for key, p in params.items():
        assert relative_error(before[key] - p, numeric[key], noise=1e-4).max() <= 1e-6
        assert np.any(before[key] != p) == (key in optimizer.axes)


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_with_weight_0_nothing_is_added(rule, rng):
    one, two = ({"w": np.ones((2, 3)), "b": np.ones(3)} for _ in range(2))
    plain, wrapped = rule(one, lr=0.1), Orthogonal(rule(two, lr=0.1), 0, {"w": 1})
    for _ in range(4):
        grads = {key: rng.standard_normal(p.shape) for key, p in one.items()}
        plain.step(grads)
        wrapped.step(grads)
    assert all(np.array_equal(one[key], two[key]) for key in one)


def test_filters_become_orthogonal_and_keep_some_length(rng):
    w = rng.standard_normal((3, 2, 4)).astype(np.float32)
    optimizer = Orthogonal(SGD({"w": w}, lr=0.01), 1.0, {"w": 2})
    before = optimizer.value()
    for _ in range(500):
        optimizer.step({"w": np.zeros_like(w)})
    assert w.dtype == np.float32 and optimizer.value() < 1e-4 * before
    lengths = np.linalg.norm(w.reshape(6, 4), axis=0)
    assert lengths.min() > 0.1, "nothing pulls the filters themselves to 0"


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_the_state_passes_through(rule, rng):
    gradients = [{"w": rng.standard_normal((2, 3)).astype(np.float32)} for _ in range(6)]
    straight, halves = ({"w": np.eye(2, 3, dtype=np.float32) + 1} for _ in range(2))
    one, first, second = (Orthogonal(rule(p, lr=0.1), 0.1, {"w": 1}) for p in (straight, halves, halves))
    for g in gradients:
        one.step(g)
    for g in gradients[:3]:
        first.step(g)
    arrays = {key: array.copy() for key, array in first.state_arrays().items()}
    assert arrays.keys() == rule(straight).state_arrays().keys()
    second.load_state_arrays(arrays)
    for g in gradients[3:]:
        second.step(g)
    np.testing.assert_array_equal(straight["w"], halves["w"])


def test_wrappers_go_around_each_other(rng):
    params = {"w": rng.standard_normal((4, 3))}
    optimizer = HistoricalAveraging(Orthogonal(Clipped(Adam(params), 0.5), 0.1, {"w": 0}), 0.1)
    optimizer.step({"w": rng.standard_normal((4, 3))})
    assert optimizer.steps == {"w": 1} and np.abs(params["w"]).max() <= 0.5


def test_a_network_that_grows(rng):
    old, new = ({"a.w": rng.standard_normal((2, 3)), "b": np.zeros(3)} for _ in range(2))
    optimizer = Orthogonal(Adam(old), 0.1, {"a.w": 1})
    optimizer.step({key: np.ones_like(p) for key, p in old.items()})
    new |= {"c.w": rng.standard_normal((3, 4))}
    with pytest.raises(ValueError, match=r"which axis of \['c.w'\] counts the outputs; tell it before"):
        optimizer.carry_over(new)
    assert optimizer.params is old
    optimizer.axes.update({"c.w": 1})
    optimizer.carry_over(new)
    assert optimizer.steps == {"a.w": 1, "b": 1, "c.w": 0} and optimizer.axes == {"a.w": 1, "c.w": 1}
    kept = new["c.w"].copy()
    optimizer.step({key: np.zeros_like(p) for key, p in new.items()})
    assert np.any(new["c.w"] != kept)
    smaller = optimizer.fresh({"b": np.zeros(3)})
    assert smaller.axes == {} and smaller.value() == 0 and optimizer.axes.keys() == {"a.w", "c.w"}


def test_refused(rng):
    params = {"w": np.ones((2, 3)), "b": np.ones(3)}
    for axes, words in [
        ({"v": 0}, r"axes must name parameters of this optimizer, got \['v'\] beside \['b', 'w'\]; write output_axes"),
        ({}, "got none"),
        ({"w": 2}, r"the axis of w must be one of a weight with at least 2, got 2 for a parameter of shape \(2, 3\)"),
        ({"b": 0}, "the axis of b must be one of a weight with at least 2"),
        ({"w": -1}, "the axis of w must be a whole number of at least 0"),
    ]:
        with pytest.raises(ValueError, match=words):
            Orthogonal(Adam(params), 0.1, axes)
    for weight in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight, of the orthogonal regularisation"):
            Orthogonal(Adam(params), weight, {"w": 1})
    with pytest.raises(ValueError, match="Orthogonal needs an optimizer"):
        Orthogonal(params, 0.1, {"w": 1})
    optimizer, kept = Orthogonal(Adam(params), 0.1, {"w": 1}), params["w"].copy()
    with pytest.raises(ValueError, match="NaN"):
        optimizer.step({"w": np.full((2, 3), np.nan), "b": np.ones(3)})
    assert np.array_equal(params["w"], kept) and optimizer.steps == {"w": 0, "b": 0}
