"""Optimizers against trajectories worked out by hand, their saved state, and refused gradients."""

import numpy as np
import pytest

from minigan.optim import OPTIMIZERS, SGD, Adam, Momentum, NonFiniteError, RMSProp


def run(kind, gradients, **options):
    """The path of one parameter, from 1, under a list of gradients."""
    p = np.array([1.0])
    optimizer, path = kind({"p": p}, **options), []
    for g in gradients:
        optimizer.step({"p": np.array([g])})
        path.append(p.item())
    return path


def test_sgd():
    assert run(SGD, [1.0, -2.0], lr=0.1) == pytest.approx([0.9, 1.1])


def test_momentum():
    # v = 1, then 0.5 * 1 - 2 = -1.5
    assert run(Momentum, [1.0, -2.0], lr=0.1, momentum=0.5) == pytest.approx([0.9, 1.05])


def test_rmsprop():
    # s = 0.1 * 4 = 0.4, then 0.9 * 0.4 + 0.1 * 1 = 0.46; eps outside the root
    p1 = 1 - 0.1 * 2 / (0.4**0.5 + 0.5)
    p2 = p1 - 0.1 * 1 / (0.46**0.5 + 0.5)
    assert run(RMSProp, [2.0, 1.0], lr=0.1, rho=0.9, eps=0.5) == pytest.approx([p1, p2], rel=1e-12)


def test_adam():
    # t = 1: m = 0.2, v = 0.4 -> mhat = 2, vhat = 4.  t = 2: m = 0.08, v = 0.46 -> mhat = 0.08/0.19, vhat = 0.46/0.19
    p1 = 1 - 0.1 * 2 / (2 + 0.5)
    p2 = p1 - 0.1 * (0.08 / 0.19) / ((0.46 / 0.19) ** 0.5 + 0.5)
    path = run(Adam, [2.0, -1.0], lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    assert path == pytest.approx([p1, p2], rel=1e-12)


def test_adams_first_step_is_lr_whatever_the_gradient():
    for g in (1e-3, 1.0, -1e3):
        assert run(Adam, [g], lr=0.1) == pytest.approx([1 - 0.1 * np.sign(g)], rel=1e-4)


def test_several_parameters_share_one_clock(rng):
    """The second parameter's path is what it would be alone: t counts steps, not updates."""
    params = {"a": np.array([1.0]), "b": np.array([1.0])}
    optimizer = Adam(params, lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    for g in (2.0, -1.0):
        optimizer.step({"a": np.array([5.0]), "b": np.array([g])})
    assert params["b"].item() == pytest.approx(run(Adam, [2.0, -1.0], lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)[-1])


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_saved_and_restored_state_goes_on_bit_for_bit(kind, rng):
    gradients = [{"w": rng.standard_normal((2, 3)).astype(np.float32)} for _ in range(6)]
    straight = {"w": np.ones((2, 3), np.float32)}
    one = kind(straight, lr=0.1)
    for g in gradients:
        one.step(g)
    halves = {"w": np.ones((2, 3), np.float32)}
    first = kind(halves, lr=0.1)
    for g in gradients[:3]:
        first.step(g)
    second = kind(halves, lr=0.1)
    second.load_state_arrays({k: v.copy() for k, v in first.state_arrays().items()})
    for g in gradients[3:]:
        second.step(g)
    np.testing.assert_array_equal(straight["w"], halves["w"])
    assert straight["w"].dtype == np.float32


def test_wrong_gradients_are_named_and_change_nothing():
    params = {"w": np.ones((2, 3)), "b": np.ones(3)}
    optimizer = Adam(params)
    good = {"w": np.ones((2, 3)), "b": np.ones(3)}
    for bad, message in [
        ({"w": good["w"]}, r"missing: \['b'\]"),
        ({**good, "gamma": good["b"]}, r"unknown: \['gamma'\]"),
        ({**good, "b": np.ones((3, 1))}, r"gradient of b must have its shape \(3,\), got \(3, 1\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            optimizer.step(bad)
    with pytest.raises(ValueError, match="gradient of b must be an array of floats, got list"):
        optimizer.step({**good, "b": [1, 2, 3]})
    with pytest.raises(NonFiniteError, match="gradient of b holds a NaN"):
        optimizer.step({**good, "b": np.array([1, np.nan, 1])})
    assert optimizer.t == 0 and all((p == 1).all() for p in params.values())


def test_state_of_another_network_is_refused():
    optimizer = Adam({"w": np.ones(3)})
    with pytest.raises(ValueError, match="another optimizer or network"):
        optimizer.load_state_arrays(Adam({"w": np.ones(4)}).state_arrays())
    with pytest.raises(ValueError, match="another optimizer or network"):
        optimizer.load_state_arrays(SGD({"w": np.ones(3)}).state_arrays())


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
