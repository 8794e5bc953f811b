"""Schedules: their values at the ends and between, and the hook that sets the learning rates."""

from types import SimpleNamespace

import numpy as np
import pytest

from minigan.losses import NonSaturating
from minigan.models import Noise, mlp
from minigan.objectives import Gan
from minigan.optim import OPTIMIZERS, SGD, Adam
from minigan.penalties import R1, R2
from minigan.schedules import SCHEDULES, FadingPenalties, LearningRate
from minigan.training import Trainer, load_checkpoint, save_checkpoint


@pytest.mark.parametrize(
    "name, factors",
    [
        ("constant", {0: 1, 99: 1, 200: 1}),
        ("linear", {0: 1, 25: 0.75, 99: 0.01, 100: 0, 200: 0}),
        ("cosine", {0: 1, 25: 0.5 + 0.5**1.5, 50: 0.5, 100: 0, 200: 0}),
        ("warmup-cosine", {0: 0.2, 3: 0.8, 4: 1, 5: 1, 24: np.cos(np.pi / 10) ** 2, 100: 0, 200: 0}),
    ],
)
def test_values(name, factors):
    for t, factor in factors.items():
        assert SCHEDULES[name](t, 100) == pytest.approx(factor, abs=1e-15), t


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
def test_each_stays_between_0_and_1_and_no_step_is_wasted(name, steps):
    factors = [SCHEDULES[name](t, steps) for t in range(steps)]
    assert min(factors) > 0 and max(factors) == 1


def trainer(seed=0, steps=8):
    rng = np.random.default_rng(seed)
    G, D = mlp((2,), z_dim=3, width=8, rng=rng)
    samples = np.random.default_rng(1).standard_normal((40, 2)).astype(np.float32)
    optimizers = Adam(G.params, lr=1e-3), Adam(D.params, lr=4e-3)
    hook = LearningRate("linear", steps, optimizers)
    game = Gan(G, D, NonSaturating(), *optimizers, Noise(3))
    return Trainer(game, samples, batch_size=10, rng=rng, before_step=[hook])


def test_two_time_scales_follow_one_schedule():
    t = trainer()
    for step in range(8):
        t.step()
        assert t.objective.g_optimizer.lr == pytest.approx(1e-3 * (1 - step / 8))
        assert t.objective.d_optimizer.lr == pytest.approx(4e-3 * (1 - step / 8))


def test_a_rate_that_ends_above_0():
    optimizer = SimpleNamespace(lr=2.0)
    hook = LearningRate("cosine", 10, [optimizer], last=0.25)
    for t, share in ((0, 1), (5, 0.625), (10, 0.25), (20, 0.25)):
        hook(SimpleNamespace(t=t))
        assert optimizer.lr == pytest.approx(2 * share)
    with pytest.raises(ValueError, match="share of the rate that is left at the end.*got -0.1"):
        LearningRate("cosine", 10, [optimizer], last=-0.1)


def test_a_resumed_training_goes_on_bit_for_bit(tmp_path):
    straight, halved, resumed = trainer(), trainer(), trainer(3)
    for _ in range(8):
        straight.step()
    for _ in range(5):
        halved.step()
    save_checkpoint(tmp_path / "c.npz", halved, {})
    load_checkpoint(tmp_path / "c.npz", resumed)
    for _ in range(3):
        resumed.step()
    one, two = straight.arrays(), resumed.arrays()
    assert all(np.array_equal(one[key], two[key]) for key in one)
    assert resumed.objective.g_optimizer.lr == straight.objective.g_optimizer.lr == pytest.approx(1e-3 / 8)


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_every_rule_takes_the_rate_of_the_moment(kind):
    """Half the rate, half the step: the averages do not hold the rate."""
    paths = []
    for factor in (1.0, 0.5):
        p = np.array([1.0])
        optimizer = kind({"p": p}, lr=0.1)
        optimizer.step({"p": np.array([2.0])})
        before = p.copy()
        optimizer.lr *= factor
        optimizer.step({"p": np.array([-1.0])})
        paths.append((p - before).item())
    assert paths[1] == pytest.approx(0.5 * paths[0], rel=1e-12) and paths[0] != 0


class At:
    """Of a trainer, all that the hook looks at."""

    def __init__(self, t):
        self.t = t


def test_a_function_is_a_schedule_too_and_its_factors_are_checked():
    optimizer = SGD({}, lr=0.1)
    hook = LearningRate(lambda t, steps: 0.5 if t > 2 else 1.0, 4, [optimizer])
    hook(At(3))
    assert optimizer.lr == 0.05
    hook(At(0))
    assert optimizer.lr == 0.1
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="factor must be finite and at least 0, got .* at step 7"):
            LearningRate(lambda t, steps, wrong=wrong: wrong, 4, [optimizer])(At(7))
        assert optimizer.lr == 0.1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("cosin", 10, [SGD({})]), "unknown schedule 'cosin'; expected one of constant, linear, cosine, warmup-cosine"),
        (("linear", 0, [SGD({})]), "whole number of at least 1, got 0"),
        (("linear", 10.0, [SGD({})]), "whole number of at least 1, got 10.0"),
        (("linear", 10, []), r"needs the optimizers whose lr it sets.*\[g_optimizer, d_optimizer\]"),
        (("linear", 10, [1e-3]), "needs the optimizers"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        LearningRate(*arguments)


def test_penalties_fade_by_the_same_factor_at_each_step_and_then_stay():
    penalties = [R1(2.0), R2(0.5)]
    fading = FadingPenalties(0.01, 100, penalties)
    seen = []
    for t in (0, 40, 80, 100, 1000):
        fading(SimpleNamespace(t=t))
        seen.append([penalty.weight for penalty in penalties])
    np.testing.assert_allclose(seen, np.outer([1, 0.1, 0.01, 0.01, 0.01], [2.0, 0.5]))


def test_the_optimizer_of_a_network_that_grew_follows_the_same_schedule():
    one, other = SGD({}, lr=0.1), SGD({}, lr=0.3)
    hook = LearningRate("linear", 10, [one, other])
    hook(At(5))
    one.carry_over({"w": np.ones(3)})
    hook(At(8))
    assert (one.lr, other.lr) == pytest.approx((0.02, 0.06)) and list(one.params) == ["w"]


@pytest.mark.parametrize("last", [0, -1, 1.1, float("nan")])
def test_a_last_share_out_of_range_is_refused(last):
    with pytest.raises(ValueError, match="share of their weight"):
        FadingPenalties(last, 100, [R1(1.0)])


def test_fading_needs_steps():
    with pytest.raises(ValueError, match="steps, of the whole training, must be a whole number of at least 1, got 0"):
        FadingPenalties(0.1, 0, [R1(1.0)])
