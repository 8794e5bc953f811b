"""Optimizers against trajectories worked out by hand, their saved state, and refused gradients."""

import numpy as np
import pytest

from minigan.gradcheck import check_optimizer, numeric_gradient, relative_error
from minigan.optim import OPTIMIZERS, SGD, Adam, HistoricalAveraging, Momentum, NonFiniteError, RMSProp


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


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_clipping_cuts_every_parameter_after_the_step(kind, rng):
    """The step is the plain one, cut to the cube; and the moving averages are not cut."""
    start = {"w": rng.uniform(-1, 1, (4, 5)), "b": np.array([0.1, -3.0])}
    plain, clipped = ({key: p.copy() for key, p in start.items()} for _ in range(2))
    one, two = kind(plain, lr=0.1), kind(clipped, lr=0.1, clip=0.5)
    grads = {key: rng.standard_normal(p.shape) for key, p in start.items()}
    one.step(grads)
    two.step(grads)
    for key in start:
        np.testing.assert_array_equal(clipped[key], np.clip(plain[key], -0.5, 0.5))
        assert np.abs(plain[key]).max() > 0.5
    assert clipped["b"][1] == -0.5, "biases too"
    kept, free = two.state_arrays(), one.state_arrays()
    assert kept.keys() == free.keys() and all(np.array_equal(kept[key], free[key]) for key in kept)


def test_clipping_keeps_the_arrays_and_their_dtype():
    w = np.full((2, 3), 7, np.float32)
    optimizer = SGD({"w": w}, clip=0.01)
    optimizer.step({"w": np.zeros((2, 3), np.float32)})
    assert optimizer.params["w"] is w and w.dtype == np.float32 and (w == np.float32(0.01)).all()


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
@pytest.mark.parametrize("clip", [0, -0.01, np.inf, np.nan])
def test_a_clip_that_is_none_is_refused(kind, clip):
    with pytest.raises(ValueError, match="clip, the largest size of a weight, must be a finite number above 0"):
        kind({}, clip=clip)


def test_rmsprop_is_pytorchs(rng):
    """With rho = 0.99, PyTorch's alpha, as in WGAN's code."""
    torch = pytest.importorskip("torch")
    w = rng.standard_normal((3, 4))
    twin = torch.tensor(w.copy(), requires_grad=True)
    ours, theirs = RMSProp({"w": w}, lr=5e-3, rho=0.99), torch.optim.RMSprop([twin], lr=5e-3)
    for _ in range(5):
        g = rng.standard_normal((3, 4))
        ours.step({"w": g})
        twin.grad = torch.tensor(g)
        theirs.step()
        np.testing.assert_allclose(w, twin.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_every_rule_is_still_the_textbooks(kind):
    report = check_optimizer(kind)
    assert report.ok and report.checked > 100, report


def averaged(kind, params, weight=0.25, **options):
    return HistoricalAveraging(kind(params, **options), weight)


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
    assert optimizer.mean["p"].item() == pytest.approx(2.605 / 3) and optimizer.t == 3
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


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_with_weight_0_nothing_is_added(kind, rng):
    one, two = {"w": np.ones((2, 3))}, {"w": np.ones((2, 3))}
    plain, wrapped = kind(one, lr=0.1, clip=2), averaged(kind, two, weight=0, lr=0.1, clip=2)
    for _ in range(4):
        grads = {"w": rng.standard_normal((2, 3))}
        kept = grads["w"].copy()
        plain.step(grads)
        wrapped.step(grads)
        np.testing.assert_array_equal(grads["w"], kept)
    np.testing.assert_array_equal(one["w"], two["w"])


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_the_history_is_saved_and_restored_bit_for_bit(kind, rng):
    gradients = [{"w": rng.standard_normal((2, 3)).astype(np.float32)} for _ in range(6)]
    straight, halves = ({"w": np.ones((2, 3), np.float32)} for _ in range(2))
    one, first, second = (
        averaged(kind, straight, lr=0.1),
        averaged(kind, halves, lr=0.1),
        averaged(kind, halves, lr=0.1),
    )
    for g in gradients:
        one.step(g)
    for g in gradients[:3]:
        first.step(g)
    second.load_state_arrays({k: v.copy() for k, v in first.state_arrays().items()})
    for g in gradients[3:]:
        second.step(g)
    np.testing.assert_array_equal(straight["w"], halves["w"])
    assert second.t == 6 and second.params is halves


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
    assert optimizer.t == 1
    assert np.array_equal(params["w"], kept) and np.array_equal(optimizer.mean["w"], mean)
    for weight in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight, of the historical average"):
            averaged(Adam, params, weight)


def test_the_rate_of_the_optimizer_inside_is_the_rate():
    optimizer = averaged(SGD, {"w": np.ones(3)}, lr=0.1)
    optimizer.lr = 0.05
    assert optimizer.lr == optimizer.optimizer.lr == 0.05


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
