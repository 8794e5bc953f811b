"""Growing: what stays goes on with all that it has gathered, what is new begins, and a resumed run is the same run."""

import copy

import numpy as np
import pytest

from minigan.batch import Batch
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    DiffAugment,
    Flatten,
    Identity,
    LeakyReLU,
    Reshape,
    Sequential,
    Sum,
    UpSampling2D,
)
from minigan.losses import NonSaturating, Wasserstein
from minigan.models import Noise, mlp, recogniser
from minigan.models.progressive import progressive
from minigan.objectives import Gan
from minigan.optim import SGD, Adam, Clipped, HistoricalAveraging, Momentum, RMSProp
from minigan.penalties import R1, WGANGP
from minigan.schedules import LearningRate
from minigan.terms import FeatureMatching, VariationalEntropy
from minigan.training import Diverged, Growth, Trainer, load_checkpoint, save_checkpoint
from minigan.training.adaptive import AdaptiveAugmentation
from minigan.training.ema import Average
from minigan.training.growing import faded
from minigan.unrolled import Unrolled

STEPS = 400  # of the schedule


def images(size):
    """Thirty images of one kind at any size: halves of light and dark."""
    light = np.random.default_rng(5).uniform(0.5, 1, (30, 1, 1, 1)).astype(np.float32)
    half = np.where(np.arange(size) < size // 2, 1, -1).astype(np.float32)
    return light * half[None, :, None, None] * np.ones((1, 1, size + 2, 1), np.float32)


def start(rng):
    """G and D of images (4, 6), in pieces that a later stage goes on with."""
    G = Sequential(
        ("dense", Dense(3, 2 * 4 * 6, rng=rng)),
        ("norm", BatchNorm(48, slope=0.2)),
        ("map", Reshape(4, 6, 2)),
        ("image", Conv2D(2, 1, 3, rng=rng)),
    )
    D = Sequential(
        ("changes", DiffAugment("brightness", p=0.0, rng=rng)),
        ("look", Conv2D(1, 2, 3, slope=0.2, rng=rng)),
        ("flatten", Flatten()),
        ("logit", Dense(48, 1, rng=rng)),
    )
    return G, D


def grown(rng):
    """The function that builds stage 1 (8, 10), where "dense", "norm", "look" and "changes" stay, and stage 2."""

    def build(stage, G, D):
        if stage == 2:
            block = Sum(("body", Conv2D(2, 2, 1, rng=rng)), ("skip", Identity()))
            return Sequential(*G.parts()[:-1], ("block", block), G.parts()[-1]), D, images(8)
        G = Sequential(
            *G.parts()[:3],
            ("up", UpSampling2D((2, 2))),
            ("crop", Conv2D(2, 2, (1, 3), padding="valid", rng=rng)),
            ("image", Conv2D(2, 1, 3, rng=rng)),
        )
        D = Sequential(*D.parts()[:2], ("flatten", Flatten()), ("logit", Dense(2 * 8 * 10, 1, rng=rng)))
        return G, D, images(8)

    return build


def trainer(seed=3, starts=(6,), penalties=(R1,), wrap=lambda optimizer: optimizer, **options):
    """A training that grows at `starts`, with ada, an average and a schedule."""
    rng = np.random.default_rng(seed)
    G, D = start(rng)
    g_optimizer = wrap(Adam(G.params, 4e-3, 0.5))
    d_optimizer = wrap(Adam(D.params, 2e-3, 0.5))
    hooks = [AdaptiveAugmentation(D.layers["changes"], target=-0.5, every=3, images=200)]
    game = Gan(G, D, NonSaturating(), g_optimizer, d_optimizer, Noise(3), penalties=[p(0.1) for p in penalties],
               after_d=hooks, terms=[FeatureMatching(0.1)])  # fmt: skip
    schedule = LearningRate("linear", STEPS, [g_optimizer, d_optimizer])
    growth = Growth(starts, grown(rng)) if starts else None
    return Trainer(game, images(4), batch_size=5, rng=rng, ema=Average(G, 0.9), before_step=[schedule], growth=growth,
                   **options)  # fmt: skip


def advance(t, steps):
    for _ in range(steps):
        t.step()
    return t


def everything(t):
    return {key: array.tobytes() for key, array in t.arrays().items()} | {"rng": str(t.rng.bit_generator.state)}


STAY = {"G": ["dense.w", "dense.b", "norm.gamma", "norm.beta"], "D": ["look.w", "look.b"]}
NEW = {"G": ["crop.w", "crop.b"], "D": ["logit.w"]}


def test_what_stays_keeps_its_moments_and_counts_and_what_is_new_begins():
    t = advance(trainer(starts=()), 6)
    before = {player.name: copy.deepcopy(player) for player in t.objective.players}
    optimizers = {player.name: player.optimizer for player in t.objective.players}
    t.replace(*grown(np.random.default_rng(1))(1, t.objective.G, t.objective.D))
    assert t.stage == 1 and t.t == 6 and t.samples.shape == (30, 8, 10, 1)
    for name, network, optimizer in t.objective.players:
        assert optimizer is optimizers[name] and optimizer.steps.keys() == network.params.keys()
        assert all(optimizer.params[key] is p for key, p in network.params.items())
        for key in STAY[name]:
            assert network.params[key].tobytes() == before[name].network.params[key].tobytes()
            assert optimizer.steps[key] == 6
            for slot in ("m", "v"):
                kept = optimizer.state[slot][key]
                assert kept.any() and kept.tobytes() == before[name].optimizer.state[slot][key].tobytes()
        for key in NEW[name]:
            assert optimizer.steps[key] == 0
            assert not optimizer.state["m"][key].any() and not optimizer.state["v"][key].any()
    assert t.objective.g_optimizer.steps["image.w"] == 6, "the same name and shape: it goes on, with new numbers"


def test_adam_corrects_the_bias_of_each_array_by_its_own_count():
    """One step after the growth: a new array moves as by a first step of Adam, an old one as by its seventh."""
    t = advance(trainer(starts=()), 6)
    t.replace(*grown(np.random.default_rng(1))(1, t.objective.G, t.objective.D))
    game, batch = t.objective, t.batch()
    fake = game.draw(batch, np.random.default_rng(0))
    _, grads = game.d_gradients(batch, fake, np.random.default_rng(0))
    optimizer, lr = game.d_optimizer, game.d_optimizer.lr
    expected = {}
    for key, p in game.D.params.items():
        one = 7 if key in STAY["D"] or key == "logit.b" else 1
        m = 0.5 * optimizer.state["m"][key] + 0.5 * grads[key]
        v = 0.999 * optimizer.state["v"][key] + 0.001 * grads[key] ** 2
        expected[key] = p - lr * (m / (1 - 0.5**one)) / (np.sqrt(v / (1 - 0.999**one)) + 1e-8)
    optimizer.step(grads)
    for key, p in game.D.params.items():
        np.testing.assert_allclose(p, expected[key], rtol=1e-4, atol=1e-7, err_msg=key)


def test_the_average_goes_on():
    t = advance(trainer(starts=()), 6)
    old = copy.deepcopy(t.ema.network)
    t.replace(*grown(np.random.default_rng(1))(1, t.objective.G, t.objective.D))
    new, G = t.ema.network, t.objective.G
    assert t.shown is new and t.ema.decay == 0.9
    for kind in ("params", "state"):
        for key, array in getattr(new, kind).items():
            source = getattr(old if key in getattr(old, kind) else G, kind)[key]
            assert array.tobytes() == source.tobytes() and not np.shares_memory(array, getattr(G, kind)[key])
    assert "crop.w" in new.params and old.params["dense.w"].tobytes() != G.params["dense.w"].tobytes()
    before = new.params["dense.w"].copy()
    t.step()
    assert not np.array_equal(before, t.ema.network.params["dense.w"])


@pytest.mark.parametrize("wrap", [lambda o: o, lambda o: Clipped(o, 0.3), lambda o: HistoricalAveraging(o, 0.1)])
@pytest.mark.parametrize("held", ["outer", "inner"])
def test_schedules_go_on_with_whoever_they_hold(wrap, held):
    t = trainer(wrap=wrap)
    optimizer = t.objective.d_optimizer
    if held == "inner" and hasattr(optimizer, "optimizer"):
        t.before_step = (LearningRate("linear", STEPS, [optimizer.optimizer]),)
    rates = [(t.step(), t.objective.d_optimizer.lr)[1] for _ in range(9)]
    assert t.stage == 1
    np.testing.assert_allclose(rates, 2e-3 * (1 - np.arange(9) / STEPS), rtol=1e-12)


@pytest.mark.parametrize("make", [SGD, Momentum, RMSProp, Adam, lambda p, lr: Clipped(RMSProp(p, lr), 0.1),
                                  lambda p, lr: HistoricalAveraging(Clipped(Adam(p, lr), 0.1), 0.1)])  # fmt: skip
def test_every_optimizer_is_carried_over(make, rng):
    old = {"stays": rng.standard_normal((2, 3)), "goes": rng.standard_normal(4), "widens": rng.standard_normal(2)}
    optimizer = make(old, 0.01)
    inner = getattr(optimizer, "optimizer", optimizer)
    for _ in range(3):
        optimizer.step({key: rng.standard_normal(p.shape) for key, p in old.items()})
    before = copy.deepcopy(optimizer.state_arrays())
    new = {"stays": old["stays"], "widens": rng.standard_normal(5), "comes": rng.standard_normal(2)}
    optimizer.carry_over(new)
    assert getattr(optimizer, "optimizer", optimizer) is inner and inner.params is new
    now = optimizer.state_arrays()
    assert {name.partition("/")[2] for name in now} == set(new)
    for name, array in now.items():
        if name.endswith("/stays"):
            np.testing.assert_array_equal(array, before[name])
        else:
            assert not array.any(), name
    optimizer.step({key: rng.standard_normal(p.shape) for key, p in new.items()})
    assert optimizer.steps == {"stays": 4, "widens": 1, "comes": 1}


WRAPS = {
    "plain": lambda optimizer: optimizer,
    "clipped": lambda optimizer: Clipped(optimizer, 0.2),
    "history": lambda optimizer: HistoricalAveraging(optimizer, 0.05),
    "both": lambda optimizer: Clipped(HistoricalAveraging(optimizer, 0.05), 0.2),
}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("saved", [4, 6, 7, 11])
def test_resumed_before_at_and_after_the_growth_bit_for_bit(saved, wrap, tmp_path):
    """Growth is due before steps 7 and 10."""
    options = {"starts": (6, 9), "wrap": WRAPS[wrap]}
    whole = trainer(**options)
    for t in range(14):
        if t == saved:
            save_checkpoint(tmp_path / "c.npz", whole, {})
        whole.step()
    resumed = trainer(seed=99, **options)
    header = load_checkpoint(tmp_path / "c.npz", resumed)
    assert header["stage"] == resumed.stage == {4: 0, 6: 0, 7: 1, 11: 2}[saved] and resumed.t == saved
    assert everything(advance(resumed, 14 - saved)) == everything(whole)
    assert whole.stage == 2 and "block.body.w" in whole.objective.G.params
    assert 0 < whole.objective.D.state["changes.p"] < 1, "ada went on with the layer that stayed"


def test_growth_is_due_once_at_each_start():
    seen, t = [], trainer(starts=(2, 3))
    build = t.growth.build
    t.growth.build = lambda stage, G, D: seen.append((stage, t.t)) or build(stage, G, D)
    advance(t, 6)
    assert seen == [(1, 2), (2, 3)]
    with pytest.raises(ValueError, match=r"later than the one before, got the steps \[3, 3\]"):
        Growth([3, 3], build)
    for wrong in ([0], [1.5], ["a"]):
        with pytest.raises(ValueError, match="the step at which a stage begins"):
            Growth(wrong, build)


def test_facts_stay_with_their_samples():
    t = trainer(starts=(), given={"labels": np.arange(30)})
    t.replace(*grown(np.random.default_rng(1))(1, t.objective.G, t.objective.D))
    batch = t.batch()
    np.testing.assert_array_equal(batch.x, images(8)[batch.given["labels"]])


def test_refused(rng, tmp_path):
    t = trainer(starts=())
    G, D, samples = grown(rng)(1, t.objective.G, t.objective.D)
    before = everything(t)
    with pytest.raises(ValueError, match="expected as many samples as before, 30, got 29"):
        t.replace(G, D, samples[1:])
    assert everything(t) == before and t.stage == 0

    points = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    G, D = mlp((2,), z_dim=3, width=4, rng=rng)
    Q = recogniser(mlp((2,), width=4, rng=rng)[1], 6, rng=rng)
    own = VariationalEntropy(Q, Adam(Q.params))
    t = Trainer(Gan(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3), terms=[own]), points, batch_size=4,
                rng=rng)  # fmt: skip
    before = everything(t)
    with pytest.raises(ValueError, match="term with a network of its own .* cannot play with other networks"):
        t.replace(*mlp((2,), z_dim=3, width=6, rng=rng), points)
    assert everything(t) == {**before, "rng": everything(t)["rng"]} and t.stage == 0


def test_an_unrolled_game_grows_only_into_what_it_can_unroll(rng):
    points = rng.standard_normal((20, 2)).astype(np.float32)
    G, D = mlp((2,), z_dim=3, width=4, rng=rng)
    t = Trainer(
        Unrolled(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3), steps=2),
        points,
        batch_size=4,
        rng=rng,
    )
    advance(t, 2)
    normed = Sequential(*D.parts()[:-1], ("norm", BatchNorm(4)), ("logit", Dense(4, 1, rng=rng)))
    with pytest.raises(ValueError, match="'norm' is BatchNorm"):
        t.replace(G, normed, points)
    assert t.objective.D is D and t.stage == 0
    t.replace(
        G,
        Sequential(*D.parts()[:-1], ("more", Dense(4, 4, rng=rng)), LeakyReLU(), ("logit", Dense(4, 1, rng=rng))),
        points,
    )
    advance(t, 2)
    assert t.objective.d_optimizer.steps["more.w"] == 2 and t.objective.d_optimizer.steps["hidden1.w"] == 4


def test_checkpoints_know_their_stage(tmp_path):
    save_checkpoint(tmp_path / "late.npz", advance(trainer(), 8), {})
    save_checkpoint(tmp_path / "early.npz", advance(trainer(), 2), {})
    plain = trainer(starts=())
    before = everything(plain)
    with pytest.raises(
        ValueError, match=r"is of stage 1 of a training that grows, and this one has stages 0 to 0; repl"
    ):
        load_checkpoint(tmp_path / "late.npz", plain)
    assert everything(plain) == before
    with pytest.raises(ValueError, match="is of stage 0 of a training that grows, and this one has stages 1 to 1"):
        load_checkpoint(tmp_path / "early.npz", advance(trainer(), 7))
    plain.replace(*grown(np.random.default_rng(1))(1, plain.objective.G, plain.objective.D))
    load_checkpoint(tmp_path / "late.npz", plain)  # replaced by hand, it fits
    assert plain.t == 8 and plain.stage == 1


def test_a_nan_after_the_growth_is_named_in_the_new_networks():
    t = advance(trainer(), 8)
    t.objective.G.params["crop.w"][...] = np.nan
    with pytest.raises(Diverged, match="step 9: layer 'crop' of G: its parameter w"):
        t.step()


# --- New layers that fade in, and layers that have other names later -------------------------------------------------


def test_an_array_that_goes_on_under_another_name_keeps_its_moments(rng):
    first, second = Dense(2, 2, rng=rng), Dense(2, 2, rng=rng)
    old = Sequential(("image", first), ("other", second))
    optimizer = Adam(old.params)
    optimizer.step({key: rng.standard_normal(p.shape) for key, p in old.params.items()})
    before = copy.deepcopy(optimizer.state_arrays())
    fresh = Dense(2, 2, rng=rng)  # has the name that `first` had, and its shape
    new = Sequential(("image", fresh), ("branch", Sequential(("image", first))), ("other", Dense(2, 2, rng=rng)))
    optimizer.carry_over(new.params)
    now = optimizer.state_arrays()
    np.testing.assert_array_equal(now["m/branch.image.w"], before["m/image.w"])
    assert optimizer.steps["branch.image.w"] == 1 and optimizer.steps["image.w"] == 0
    assert not now["m/image.w"].any(), "what has come in its place begins anew"
    np.testing.assert_array_equal(now["m/other.w"], before["m/other.w"])


def test_the_average_of_an_array_goes_on_under_another_name(rng):
    layer = Dense(2, 2, rng=rng)
    old, new = Sequential(("image", layer)), Sequential(("old", Sequential(("image", layer))), ("more", Identity()))
    average = Average(old, 0.9)
    kept = average.network.params["image.w"].copy()
    layer.params["w"] += 1
    grown_average = average.replaced(new, old).network
    np.testing.assert_array_equal(grown_average.params["old.image.w"], kept)


def test_alpha_rises_in_a_straight_line_to_1():
    growth = Growth([4, 8, 10], None, fades={1: 4, 3: 5})
    assert [growth.told(1, t)["alpha"] for t in (4, 5, 6, 7)] == [0.25, 0.5, 0.75, 1]
    assert growth.told(0, 2) == growth.told(2, 9) == {"alpha": 1}
    assert growth.told(3, 10) == {"alpha": 0.2} and growth.told(3, 99) == {"alpha": 1}
    assert Growth([4], None).told(1, 5) == {}
    with pytest.raises(ValueError, match="the steps of a fade"):
        Growth([4], None, fades={1: 0})


def test_real_images_fade_as_the_networks_do(rng):
    x = rng.standard_normal((3, 4, 6, 2), np.float32)
    coarse = x.reshape(3, 2, 2, 3, 2, 2).mean(axis=(2, 4)).repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(faded(x, 0.0), coarse, atol=1e-6)
    np.testing.assert_allclose(faded(x, 0.3), 0.7 * coarse + 0.3 * x, atol=1e-6)
    np.testing.assert_allclose(faded(x, 1.0), x, atol=1e-7)
    growth, labels = Growth([1], None, fades={1: 4}), np.arange(3)
    seen = growth.seen(Batch(x, {"alpha": 0.3, "labels": labels}))
    np.testing.assert_array_equal(seen.x, faded(x, 0.3))
    assert seen.given == {"alpha": 0.3, "labels": labels}
    whole = Batch(x, {"alpha": 1.0})
    assert growth.seen(whole) is whole and Growth([1], None).seen(Batch(x, {"alpha": 0.3})).x is x


def progressive_trainer(seed=3, steps=(3, 6, 9)):
    """4x4, then 8x8 fading in and alone, with WGAN-GP, drift and an average."""
    rng = np.random.default_rng(seed)
    options = {"z_dim": 3, "base": 16, "most": 4, "least": 2, "group_size": 2, "rng": rng}
    large = np.random.default_rng(0).uniform(-1, 1, (30, 8, 8, 1)).astype(np.float32)
    small = large.reshape(30, 4, 2, 4, 2, 1).mean(axis=(2, 4))

    def build(stage, G, D):
        return (*progressive((8, 8, 1), stage=stage, previous=(G, D), **options), large)

    G, D = progressive((4, 4, 1), **options)
    optimizers = Adam(G.params, 1e-2, 0.0, 0.99), Adam(D.params, 1e-2, 0.0, 0.99)
    game = Gan(G, D, Wasserstein(drift=0.001), *optimizers, Noise(3), penalties=[WGANGP(10.0)])
    growth = Growth(steps[:2], build, fades={1: steps[1] - steps[0]})
    return Trainer(game, small, batch_size=4, rng=rng, ema=Average(G, 0.9), growth=growth)


@pytest.mark.parametrize("saved", [2, 3, 4, 5, 6, 7])
def test_resumed_before_in_and_after_a_fade_bit_for_bit(saved, tmp_path):
    whole = progressive_trainer()
    for t in range(9):
        if t == saved:
            save_checkpoint(tmp_path / "c.npz", whole, {})
        whole.step()
    resumed = progressive_trainer(seed=99)
    load_checkpoint(tmp_path / "c.npz", resumed)
    assert everything(advance(resumed, 9 - saved)) == everything(whole)


def test_a_state_in_the_middle_of_a_fade_draws_with_its_alpha(tmp_path):
    t = advance(progressive_trainer(), 5)
    z = t.noise(3, np.random.default_rng(0))
    again = progressive_trainer(seed=99)
    save_checkpoint(tmp_path / "c.npz", t, {})
    load_checkpoint(tmp_path / "c.npz", again)
    for one, two in ((t.shown, again.shown), (t.objective.G, again.objective.G)):
        x, _ = one.apply(z, training=False)
        np.testing.assert_array_equal(x, two.apply(z, training=False)[0])
        np.testing.assert_array_equal(x, one.apply(z, training=False, given={"alpha": 2 / 3})[0])
        assert not np.allclose(x, one.apply(z, training=False, given={"alpha": 1.0})[0])


def test_all_layers_that_stay_keep_their_counts_through_a_fade():
    t = advance(progressive_trainer(), 9)
    for player in t.objective.players:
        steps = player.optimizer.steps
        assert not any("fade" in key or "rgb4" in key for key in steps)
        assert steps["conv4.w"] == 9 and {steps[key] for key in steps if "8." in key} == {6}
