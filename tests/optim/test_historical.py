"""Historical averaging against steps worked out by hand, its derivative, its plain form, and the paper's toy game."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import numeric_gradient, relative_error
from minigan.optim import OPTIMIZERS, SGD, Adam, Clipped, HistoricalAveraging


def averaged(rule, params, weight=0.25, **options):
    return HistoricalAveraging(rule(params, **options), weight)


def test_historical_averaging_by_hand():
    """From 1, with gradients 2, 0, 0 and lr = 0.1, weight 0.25: the pull is 0.5 (theta - mean).

    t = 1: theta 1,    mean 1                                           -> 0.8
    t = 2: theta 0.8,  mean 0.9,  pull -0.05                            -> 0.805
    t = 3: theta 0.805, mean 2.605 / 3, pull 0.5 (0.805 - 2.605 / 3)    -> 0.805 - 0.05 (0.805 - 2.605 / 3)
    """
    p = np.array([1.0])
    optimizer, path = averaged(SGD, {"p": p}, lr=0.1), []
    for g in (2.0, 0.0, 0.0):
        optimizer.step({"p": np.array([g])})
        path.append(p.item())
    assert path == pytest.approx([0.8, 0.805, 0.805 - 0.05 * (0.805 - 2.605 / 3)], rel=1e-12)
    assert optimizer.mean["p"].item() == pytest.approx(2.605 / 3) and optimizer.steps == {"p": 3}
    assert optimizer.value() == pytest.approx(0.25 * (path[2] - 2.605 / 3) ** 2)


def test_the_mean_is_that_of_all_values(rng):
    params = {"w": rng.standard_normal((2, 3)).astype(np.float32), "b": rng.standard_normal(3).astype(np.float32)}
    optimizer, seen = averaged(Adam, params, lr=0.1), []
    for _ in range(50):
        seen.append({key: p.astype(np.float64) for key, p in params.items()})
        optimizer.step({key: rng.standard_normal(p.shape).astype(np.float32) for key, p in params.items()})
    for key in params:
        np.testing.assert_allclose(optimizer.mean[key], np.mean([s[key] for s in seen], axis=0), rtol=1e-12, atol=1e-14)
        assert params[key].dtype == np.float32


def test_what_is_added_is_the_derivative_of_the_term(rng):
    """Against differences of value(), in float64, for the mean that the step took."""
    params = {"w": rng.standard_normal((2, 3)), "b": rng.standard_normal(4)}
    optimizer = averaged(SGD, params, weight=0.7, lr=1.0)
    none = {key: np.zeros_like(p) for key, p in params.items()}
    for _ in range(3):
        optimizer.step({key: rng.standard_normal(p.shape) for key, p in params.items()})
    before = {key: p.copy() for key, p in params.items()}
    optimizer.step(none)  # moves by -1 times the term's gradient
    moved = {key: before[key] - p for key, p in params.items()}
    for key, p in params.items():
        p[...] = before[key]
    for key, p in params.items():
        numeric = numeric_gradient(optimizer.value, p)
        assert numeric.smooth.all() and np.abs(moved[key]).min() > 1e-3
        assert relative_error(moved[key].ravel(), np.ravel(numeric.gradient), noise=1e-6).max() <= 1e-6


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_with_weight_0_nothing_is_added(rule, rng):
    one, two = {"w": np.ones((2, 3))}, {"w": np.ones((2, 3))}
    plain, wrapped = rule(one, lr=0.1), averaged(rule, two, weight=0, lr=0.1)
    for _ in range(4):
        grads = {"w": rng.standard_normal((2, 3))}
        kept = grads["w"].copy()
        plain.step(grads)
        wrapped.step(grads)
        np.testing.assert_array_equal(grads["w"], kept)
    np.testing.assert_array_equal(one["w"], two["w"])


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_the_history_is_saved_and_restored_bit_for_bit(rule, rng):
    gradients = [{"w": rng.standard_normal((2, 3)).astype(np.float32)} for _ in range(6)]
    straight, halves = ({"w": np.ones((2, 3), np.float32)} for _ in range(2))
    one, first, second = (
        averaged(rule, straight, lr=0.1),
        averaged(rule, halves, lr=0.1),
        averaged(rule, halves, lr=0.1),
    )
    for g in gradients:
        one.step(g)
    for g in gradients[:3]:
        first.step(g)
    second.load_state_arrays({k: v.copy() for k, v in first.state_arrays().items()})
    for g in gradients[3:]:
        second.step(g)
    np.testing.assert_array_equal(straight["w"], halves["w"])
    assert second.steps == {"w": 6} and second.params is halves


def test_history_refuses_what_its_optimizer_refuses(rng):
    params = {"w": np.ones(3)}
    optimizer = averaged(Adam, params)
    optimizer.step({"w": np.ones(3)})
    kept, mean = params["w"].copy(), optimizer.mean["w"].copy()
    for bad, message in [({}, "missing"), ({"w": np.ones((1, 3))}, "shape"), ({"w": np.full(3, np.nan)}, "NaN")]:
        with pytest.raises(ValueError, match=message):
            optimizer.step(bad)
    for state in (Adam(params).state_arrays(), averaged(Adam, {"w": np.ones(4)}).state_arrays()):
        with pytest.raises(ValueError, match="another optimizer or network"):
            optimizer.load_state_arrays(state)
    assert optimizer.steps == {"w": 1}
    assert np.array_equal(params["w"], kept) and np.array_equal(optimizer.mean["w"], mean)
    for weight in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight, of the historical average"):
            averaged(Adam, params, weight)


def test_it_begins_with_the_first_step():
    params = {"w": np.ones(3)}
    moved = SGD(params)
    moved.step({"w": np.ones(3)})
    with pytest.raises(ValueError, match="begins with the first step; wrap the optimizer before it"):
        HistoricalAveraging(moved, 0.1)


def test_two_averages_are_refused():
    params = {"w": np.ones(3)}
    with pytest.raises(ValueError, match="has a historical average already; use one, with the sum of both weights"):
        HistoricalAveraging(Clipped(averaged(SGD, params), 0.1), 0.1)


@given(shape=st.lists(st.integers(1, 5), max_size=3), seed=st.integers(0, 999))
def test_the_plain_lines_are_the_kernel(shape, seed):
    rng = np.random.default_rng(seed)
    p = rng.standard_normal(shape)[...]
    fast, plain = averaged(SGD, {"p": p}), averaged(SGD, {"p": p})
    for _ in range(3):
        g = rng.standard_normal(shape)[...]
        np.testing.assert_allclose(fast.pulled("p", p, g), plain.plain_pulled("p", p, g), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(fast.mean["p"], plain.mean["p"], rtol=1e-12, atol=1e-14)
        for optimizer in (fast, plain):
            optimizer.optimizer.step({"p": np.zeros_like(p)})
        p += rng.standard_normal(shape)


def test_the_toy_game_of_the_paper():
    """One player moves x, the other y, for (f(x) - 1)(y - 1) with f(x) = x below 0, x^2 above (Salimans et al., section
    3.3). Gradient descent circles ever further out; with the average both come to the equilibrium at (1, 1)."""

    def distance(make):
        x, y = {"p": np.array([2.0])}, {"p": np.array([2.0])}
        one, two = make(x), make(y)
        for _ in range(1000):
            f, slope = (x["p"] ** 2, 2 * x["p"]) if x["p"] > 0 else (x["p"], 1.0)
            gx, gy = slope * (y["p"] - 1), 1 - f
            one.step({"p": gx})
            two.step({"p": gy})
            if abs(x["p"].item()) > 100:
                break
        return float(np.hypot(x["p"] - 1, y["p"] - 1)[0])

    assert distance(lambda p: SGD(p, lr=0.05)) > 5
    assert distance(lambda p: averaged(SGD, p, lr=0.05)) < 0.05
