"""Adam against a path worked out by hand, and its three forms against each other."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.optim import Adam, Optimizer


def test_by_hand(walk):
    # t = 1: m = 0.2, v = 0.4 -> mhat = 2, vhat = 4.  t = 2: m = 0.08, v = 0.46 -> mhat = 0.08/0.19, vhat = 0.46/0.19
    p1 = 1 - 0.1 * 2 / (2 + 0.5)
    p2 = p1 - 0.1 * (0.08 / 0.19) / ((0.46 / 0.19) ** 0.5 + 0.5)
    path = walk(Adam, [2.0, -1.0], lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    assert path == pytest.approx([p1, p2], rel=1e-12)


def test_the_first_step_is_lr_whatever_the_gradient(walk):
    for g in (1e-3, 1.0, -1e3):
        assert walk(Adam, [g], lr=0.1) == pytest.approx([1 - 0.1 * np.sign(g)], rel=1e-4)


def test_the_second_parameter_moves_as_it_would_alone(walk):
    """A step counts once for each parameter."""
    params, options = {"a": np.array([1.0]), "b": np.array([1.0])}, dict(lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    optimizer = Adam(params, **options)
    for g in (2.0, -1.0):
        optimizer.step({"a": np.array([5.0]), "b": np.array([g])})
    assert params["b"].item() == pytest.approx(walk(Adam, [2.0, -1.0], **options)[-1], rel=1e-14)
    assert optimizer.steps == {"a": 2, "b": 2}


def test_a_parameter_that_came_later_is_corrected_by_its_own_count(walk):
    """The old parameter goes on as if nothing had happened, the new one begins as if it were alone."""
    options = dict(lr=0.1, beta1=0.9, beta2=0.99, eps=1e-3)
    old, new = np.array([1.0]), np.array([1.0])
    optimizer = Adam({"old": old}, **options)
    for g in (2.0, -1.0):
        optimizer.step({"old": np.array([g])})
    optimizer = optimizer.replaced({"old": old, "new": new})
    for g in (0.5, 3.0):
        optimizer.step({"old": np.array([g]), "new": np.array([g])})
    assert old.item() == walk(Adam, [2.0, -1.0, 0.5, 3.0], **options)[-1]
    assert new.item() == walk(Adam, [0.5, 3.0], **options)[-1]
    assert optimizer.steps == {"old": 4, "new": 2}


class OneByOne(Adam):
    """Adam without the one call for all parameters."""

    update_all = Optimizer.update_all


def some_params(rng, dtype=np.float32, **shapes):
    shapes = shapes or {"w": (7, 33), "b": (33,), "gain": ()}
    return {key: rng.standard_normal(shape)[...].astype(dtype) for key, shape in shapes.items()}


def drawn(rng, params):
    return {key: rng.standard_normal(p.shape)[...].astype(p.dtype) for key, p in params.items()}


def assert_same_steps(one, two, rng, steps=3):
    """Both optimizers take the same steps, bit by bit."""
    for _ in range(steps):
        grads = drawn(rng, one.params)
        one.step(grads)
        two.step(grads)
        for key in one.params:
            np.testing.assert_array_equal(one.params[key], two.params[key])
            for slot in one.slots:
                np.testing.assert_array_equal(one.state[slot][key], two.state[slot][key])
    assert one.steps == two.steps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(shapes=st.lists(st.lists(st.integers(1, 40), max_size=3), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_all_at_once_is_one_by_one_bit_by_bit(shapes, seed, dtype):
    rng = np.random.default_rng(seed)
    params = some_params(rng, dtype, **{f"p{i}": shape for i, shape in enumerate(shapes)})
    assert_same_steps(Adam(params, 0.1), OneByOne(copy.deepcopy(params), 0.1), rng)


def test_all_at_once_over_many_threads(rng):
    params = some_params(rng, a=(3, 5), b=(700, 401), c=(13,), d=(300, 500), e=())
    assert_same_steps(Adam(params, 0.1), OneByOne(copy.deepcopy(params), 0.1), rng)


def change_array(params):
    params["w"] = params["w"] * 2


def change_dtype(params):
    params["b"] = params["b"].astype(np.float64)


def turn_round(params):
    params["w"] = np.asfortranarray(params["w"])


def spread_out(params):
    params["w"] = np.repeat(params["w"], 2, axis=0)[::2]


def into_one_buffer(params):
    buffer = np.concatenate([p.ravel() for p in params.values()])
    parts = np.split(buffer, np.cumsum([p.size for p in params.values()])[:-1])
    params.update({key: part.reshape(p.shape) for (key, p), part in zip(params.items(), parts, strict=True)})


@pytest.mark.parametrize("change", [change_array, change_dtype, turn_round, spread_out, into_one_buffer])
def test_parameters_that_became_other_arrays_between_steps(change, rng):
    params = some_params(rng)
    one, two = Adam(params, 0.1), OneByOne(copy.deepcopy(params), 0.1)
    assert_same_steps(one, two, rng)
    before = dict(params)
    kept = copy.deepcopy(before)
    change(params)
    change(two.params)
    assert_same_steps(one, two, rng)
    for key in params:
        if params[key] is not before[key]:  # nobody writes into the memory of an array that is not a parameter any more
            np.testing.assert_array_equal(before[key], kept[key])


def test_averages_that_became_other_arrays(rng):
    params = some_params(rng)
    one, two = Adam(params, 0.1), OneByOne(copy.deepcopy(params), 0.1)
    assert_same_steps(one, two, rng)
    for optimizer in (one, two):
        optimizer.state["v"]["w"] = optimizer.state["v"]["w"] + 1
    assert_same_steps(one, two, rng)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_of_the_optimizer_moves_its_own_arrays(copied, rng):
    params = some_params(rng)
    optimizer = Adam(params, 0.1)
    optimizer.step(drawn(rng, params))
    kept = copy.deepcopy((params, optimizer.state))
    other = copied(optimizer)
    other.begin(some_params(rng)) if copied is copy.copy else None
    assert_same_steps(other, OneByOne(copy.deepcopy(other.params), 0.1) if copied is copy.copy else like(other), rng)
    np.testing.assert_equal((params, optimizer.state), kept)
    assert_same_steps(optimizer, like(optimizer), rng)


def like(optimizer):
    """The same optimizer, one parameter after the other."""
    new = OneByOne(copy.deepcopy(optimizer.params), optimizer.lr)
    new.load_state_arrays(copy.deepcopy(optimizer.state_arrays()))
    return new


def test_gradients_of_other_layouts_and_dtypes(rng):
    params = some_params(rng)
    one, two = Adam(params, 0.1), OneByOne(copy.deepcopy(params), 0.1)
    for change in (
        lambda g: {**g, "w": np.asfortranarray(g["w"])},
        lambda g: {**g, "w": g["w"].astype(np.float64)},
        lambda g: {**g, "gain": np.float32(0.5)},
        lambda g: {**g, "b": np.broadcast_to(np.float32(2), 33)},
        lambda g: {key: g[key] for key in reversed(g)},
    ):
        grads = change(drawn(rng, params))
        one.step(grads)
        two.step(grads)
        np.testing.assert_equal(params, two.params)


def test_a_rule_of_ones_own_on_top_of_adam(rng):
    """`update` is where a reader changes the rule: the one call for all parameters must not pass it by."""

    class Slower(Adam):
        def update(self, key, p, g):
            super().update(key, p, g / 2)

    params = some_params(rng)
    grads = drawn(rng, params)
    slower, twice, plain = Slower(params), Adam(copy.deepcopy(params)), Adam(copy.deepcopy(params))
    seen = []
    plain.update = lambda key, p, g: seen.append(key)
    slower.step(grads)
    twice.step({key: g / 2 for key, g in grads.items()})
    plain.step(grads)
    np.testing.assert_equal(params, twice.params)
    assert seen == list(params)
