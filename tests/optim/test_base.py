"""What every optimizer does, wrapped or not: plain lines, refusals, saved state, parameters of a network that grew."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_optimizer
from minigan.optim import (
    OPTIMIZERS,
    SGD,
    Adam,
    Clipped,
    HistoricalAveraging,
    Momentum,
    NonFiniteError,
    Optimizer,
    RMSProp,
    Wrapper,
)

WRAPPED = {
    "clipped": lambda params, **options: Clipped(Adam(params, **options), 1.05),
    "averaged": lambda params, **options: HistoricalAveraging(Adam(params, **options), 0.3),
    "clipped averaged": lambda params, **options: Clipped(HistoricalAveraging(Adam(params, **options), 0.3), 1.05),
    "averaged clipped": lambda params, **options: HistoricalAveraging(Clipped(Adam(params, **options), 1.05), 0.3),
    "nothing": lambda params, **options: Wrapper(RMSProp(params, **options)),
}
ALL = OPTIMIZERS | WRAPPED
every_one = pytest.mark.parametrize("make", ALL.values(), ids=ALL)


def drawn(rng, params):
    return {key: rng.standard_normal(p.shape).astype(p.dtype) for key, p in params.items()}


def ones(**shapes):
    return {key: np.ones(shape, np.float32) for key, shape in shapes.items()}


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_every_rule_is_still_the_textbooks(rule):
    report = check_optimizer(rule)
    assert report.ok and report.checked > 100, report


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
@given(shape=st.lists(st.integers(1, 6), max_size=4), seed=st.integers(0, 999), lr=st.sampled_from([1e-3, 0.1, 1.0]))
def test_the_plain_lines_do_what_the_fast_ones_do(rule, shape, seed, lr):
    rng = np.random.default_rng(seed)
    fast = {"p": rng.standard_normal(shape)[...]}
    plain = copy.deepcopy(fast)
    one, two = rule(fast, lr=lr), rule(plain, lr=lr)
    two.update = two.plain_update
    for _ in range(5):
        grads = drawn(rng, fast)
        one.step(grads)
        two.step(grads)
        np.testing.assert_allclose(fast["p"], plain["p"], rtol=1e-12, atol=1e-12 * lr)
        for slot in rule.slots:
            np.testing.assert_allclose(one.state[slot]["p"], two.state[slot]["p"], rtol=1e-12, atol=1e-15)


def test_a_rule_of_ones_own_needs_only_update():
    class Sign(Optimizer):
        def update(self, key, p, g):
            p -= self.lr * np.sign(g)

    params = {"w": np.ones(2)}
    Clipped(Sign(params, 0.5), 1.2).step({"w": np.array([3.0, -2.0])})
    np.testing.assert_array_equal(params["w"], [0.5, 1.2])


@every_one
def test_saved_and_restored_state_goes_on_bit_for_bit(make, rng):
    straight, halves = ones(w=(2, 3), b=()), ones(w=(2, 3), b=())
    gradients = [drawn(rng, straight) for _ in range(6)]
    one, first, second = make(straight, lr=0.1), make(halves, lr=0.1), make(halves, lr=0.1)
    for g in gradients:
        one.step(g)
    for g in gradients[:3]:
        first.step(g)
    second.load_state_arrays({name: array.copy() for name, array in first.state_arrays().items()})
    for g in gradients[3:]:
        second.step(g)
    for key in straight:
        np.testing.assert_array_equal(straight[key], halves[key])
        assert straight[key].dtype == np.float32
    assert second.steps == {"w": 6, "b": 6} and second.params is halves


@every_one
def test_the_state_names_each_count_and_average(make):
    optimizer = make(ones(w=(2, 3), b=()))
    arrays, slots = optimizer.state_arrays(), list(optimizer.state)
    averaged = ["mean"] if any(name.startswith("mean/") for name in arrays) else []
    assert arrays.keys() == {f"{name}/{key}" for name in ["t", *slots, *averaged] for key in "wb"}
    assert arrays["t/w"].dtype == np.int64 and arrays["t/w"].shape == () and arrays["t/w"] == 0


@every_one
def test_wrong_gradients_are_named_and_change_nothing(make, rng):
    params = {"w": np.ones((2, 3)), "b": np.ones(3)}
    optimizer = make(params)
    good = {"w": np.ones((2, 3)), "b": np.ones(3)}
    optimizer.step(good)
    before = copy.deepcopy((params, optimizer.state_arrays()))
    for bad, message in [
        ({"w": good["w"]}, r"missing: \['b'\]"),
        ({**good, "gamma": good["b"]}, r"unknown: \['gamma'\]"),
        ({**good, "b": np.ones((3, 1))}, r"gradient of b must have its shape \(3,\), got \(3, 1\)"),
        ({**good, "b": [1, 2, 3]}, "gradient of b must be an array of floats, got list"),
        ({**good, "b": np.array([1, 2, 3])}, "gradient of b must be an array of floats, got int64"),
    ]:
        with pytest.raises(ValueError, match=message):
            optimizer.step(bad)
    with pytest.raises(NonFiniteError, match="gradient of b holds a NaN"):
        optimizer.step({**good, "b": np.array([1, np.nan, 1])})
    for then, now in zip(before, (params, optimizer.state_arrays()), strict=True):
        assert all(np.array_equal(then[key], now[key]) for key in now)


@every_one
def test_a_state_of_another_is_refused_and_changes_nothing(make):
    params = {"w": np.ones(3), "b": np.ones(2)}
    optimizer = make(params)
    optimizer.step({"w": np.ones(3), "b": np.ones(2)})
    kept = copy.deepcopy(optimizer.state_arrays())
    good = {name: np.zeros_like(array) for name, array in kept.items()}
    wrong = {"t/b": np.array(1.0)}, {"t/b": np.zeros(2, np.int64)}, {"more": np.ones(3)}, {list(good)[-1]: np.ones(9)}
    for bad in ({}, {"t/w": good["t/w"]}, *(good | change for change in wrong)):
        with pytest.raises(ValueError, match="another optimizer or network; entries that differ: "):
            optimizer.load_state_arrays(bad)
    with pytest.raises(ValueError, match="a step count must be at least 0"):
        optimizer.load_state_arrays(good | {"t/b": np.array(-1)})
    assert all(np.array_equal(kept[name], array) for name, array in optimizer.state_arrays().items())


@every_one
def test_a_network_that_grew(make, rng):
    """The same key and shape: all goes on. A new key, or another shape: all begins at 0. The old optimizer stays."""
    before, options = ones(same=(2, 3), wider=(2,), gone=(4,)), dict(lr=0.1)
    optimizer = make(before, **options)
    for _ in range(3):
        optimizer.step(drawn(rng, before))
    optimizer.lr = 0.05
    then = copy.deepcopy(optimizer.state_arrays())
    after = {"same": before["same"].copy(), "wider": np.ones(3, np.float32), "new": np.ones((), np.float32)}
    grown = optimizer.replaced(after)
    assert type(grown) is type(optimizer) and grown.params is after and grown.lr == 0.05
    assert grown.steps == {"same": 3, "wider": 0, "new": 0}
    arrays = grown.state_arrays()
    for name, array in arrays.items():
        kind, _, key = name.partition("/")
        assert np.array_equal(array, then[name] if key == "same" else np.zeros_like(array)), name
        assert array.shape == (() if kind == "t" else after[key].shape)
    assert arrays.keys() == make(after).state_arrays().keys()
    grads = drawn(rng, after)
    grown.step(grads)
    assert optimizer.params is before and optimizer.steps == {"same": 3, "wider": 3, "gone": 3}
    now = optimizer.state_arrays()
    assert all(np.array_equal(then[name], now[name]) for name in then), "the two share no array"
    optimizer.step({key: np.zeros_like(p) for key, p in before.items()} | {"same": grads["same"]})
    np.testing.assert_array_equal(after["same"], before["same"], "the carried parameter moves as it would have")


@pytest.mark.parametrize("make", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapper_has_the_rate_and_the_arrays_of_the_rule_inside(make):
    optimizer = make({"w": np.ones(3)}, lr=0.1)
    optimizer.lr = 0.05
    inside = optimizer
    while isinstance(inside, Wrapper):
        inside = inside.optimizer
    assert optimizer.lr == inside.lr == 0.05
    assert optimizer.params is inside.params and optimizer.steps is inside.steps and optimizer.state is inside.state


def test_both_orders_of_wrapping_take_the_same_steps(rng):
    one, two = ones(w=(3, 4)), ones(w=(3, 4))
    first, second = WRAPPED["clipped averaged"](one, lr=0.1), WRAPPED["averaged clipped"](two, lr=0.1)
    for _ in range(5):
        grads = drawn(rng, one)
        first.step(grads)
        second.step(grads)
    np.testing.assert_array_equal(one["w"], two["w"])
    kept = second.state_arrays()
    assert all(np.array_equal(kept[name], array) for name, array in first.state_arrays().items())
    assert np.abs(one["w"]).max() <= np.float32(1.05)


@pytest.mark.parametrize("wrap", [lambda inside: Clipped(inside, 0.1), lambda inside: HistoricalAveraging(inside, 0.1)])
def test_what_is_no_optimizer_is_not_wrapped(wrap):
    with pytest.raises(ValueError, match=r"needs an optimizer, got dict; write \w+\(Adam\(net.params\), ...\)"):
        wrap({"w": np.ones(3)})


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD({}, lr=0),
        lambda: SGD({}, lr=np.nan),
        lambda: Adam({}, beta1=1.0),
        lambda: Momentum({}, momentum=-0.1),
        lambda: RMSProp({}, rho=2),
        lambda: Adam({}, eps=-1),
        lambda: RMSProp({}, eps=0),
    ],
)
def test_settings_out_of_range(make):
    with pytest.raises(ValueError, match="must be"):
        make()
