"""--conditional: how each way changes both networks, and the derivatives of whole conditional games."""

import copy

import numpy as np
import pytest

from minigan import gan
from minigan.batch import Batch
from minigan.gan import Drawn
from minigan.gan_fused import judge
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    AtLabel,
    BatchNorm,
    ConditionalBatchNorm,
    Conv2D,
    Dense,
    DiffAugment,
    Embedding,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
    Sum,
    Tanh,
)
from minigan.losses import AuxiliaryClassifier, Hinge, LeastSquares, NonSaturating, RelativisticPaired
from minigan.models import Noise, build
from minigan.models.conditional import CONDITIONALS, JOINT, takes_labels
from minigan.models.variants import seen_through
from minigan.objectives import Gan
from minigan.optim import Adam
from minigan.penalties import DRAGAN, R1, R2, WGANGP
from minigan.penalties.joint import has_rules, sweep
from minigan.terms import FeatureMatching

CLASSES, SHAPE = 3, (4, 3, 1)
WAYS = [name for name in CONDITIONALS if name != "none"]
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture(autouse=True)
def few_joint_units(monkeypatch):
    monkeypatch.setattr("minigan.models.conditional.JOINT", 4)


def bare(rng, norm=True):
    """A small G and D without labels."""
    first = [("dense", Dense(2, 12, bias=False, rng=rng)), ("norm", BatchNorm(12, slope=0.2))]
    if not norm:
        first = [("dense", Dense(2, 12, slope=0.2, rng=rng))]
    G = Sequential(*first, ("image", Dense(12, 12, rng=rng)), ("tanh", Tanh()), ("reshape", Reshape(*SHAPE)))
    D = Sequential(("conv", Conv2D(1, 2, (3, 2), stride=(2, 1), slope=0.2, rng=rng)), ("flatten", Flatten()),
                   ("logit", Dense(12, 1, rng=rng)))  # fmt: skip
    return G, D


def players(way, seed=0, augment=None):
    """Both, told the classes, in float64 and off their initial values."""
    rng = np.random.default_rng(seed)
    G, D = CONDITIONALS[way].told(*bare(rng), CLASSES, rng)
    D = seen_through(D, ("augment", augment)) if augment else D
    for network in (G, D):
        network.astype(np.float64)
        for p in network.params.values():
            p += 0.2 * rng.standard_normal(p.shape)
    return G, D


def game(way, loss, penalties=(), seed=0, augment=None, rules=None, terms=()):
    G, D = players(way, seed, augment)
    objective = Gan(G, D, CONDITIONALS[way].loss(loss, CLASSES), Adam(G.params), Adam(D.params), Noise(2),
                    penalties=penalties, terms=terms)  # fmt: skip
    objective.rules = rules or objective.rules
    return objective


def batches(G, seed=0, N=4):
    """Real samples with labels, and the noise of as many fake ones. A class is missing."""
    rng = np.random.default_rng(seed)
    real = Batch(rng.standard_normal((N, *SHAPE)), {"labels": np.array([2, 0, 0, 2])[:N]})
    return real, rng.standard_normal((N, 2))


def same_derivative(objective, params, grads):
    """Each gradient is that of the number that objective() returns."""
    trusted = []
    for key, p in params.items():
        numeric = numeric_gradient(objective, p)
        error = relative_error(grads[key], numeric.gradient, noise=1e-4)
        assert error[numeric.smooth].max(initial=0) <= 1e-6, key
        trusted.append(numeric.smooth.ravel())
    assert np.concatenate(trusted).mean() > 0.5 and grads.keys() == params.keys()


PENALTIES = {
    "none": list,
    "r1": lambda: [R1(1.3)],
    "both": lambda: [R1(1.3), R2(0.4)],
    "wgan-gp": lambda: [WGANGP(2.0, target=0.7)],
    "dragan": lambda: [DRAGAN(1.0, target=0.3, spread=0.4)],
}
LOSSES = [NonSaturating(), Hinge(), RelativisticPaired(), LeastSquares()]


@every_way
@pytest.mark.parametrize("penalties", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_both_rules_give_the_same(way, penalties, loss):
    results = []
    for rules in (gan, None):
        one = game(way, loss, PENALTIES[penalties](), rules=rules)
        real, z = batches(one.G)
        for _ in range(2):
            step, grads = one.d_gradients(real, gan.draw(one.G, z, real.given), np.random.default_rng(3))
        results.append((step, grads))
    (plain, grads), (fast, fast_grads) = results
    assert fast.loss == pytest.approx(plain.loss, rel=1e-12)
    assert plain.real_logits.shape == (4, 1), "class scores are no logits"
    np.testing.assert_allclose(fast.fake_logits, plain.fake_logits, rtol=1e-12)
    assert grads.keys() == fast_grads.keys() == one.D.params.keys()
    for key, grad in grads.items():
        np.testing.assert_allclose(fast_grads[key], grad, rtol=0, atol=1e-12 * (1 + np.abs(grad).max()), err_msg=key)


@every_way
@pytest.mark.parametrize("loss, penalties, augment", [
    (NonSaturating(), "both", False), (Hinge(), "wgan-gp", False), (RelativisticPaired(), "r1", True),
])  # fmt: skip
def test_d_steps_down_the_derivative_of_its_objective(way, loss, penalties, augment):
    augment = DiffAugment("brightness,translation", rng=np.random.default_rng(7)) if augment else None
    one = game(way, loss, PENALTIES[penalties](), augment=augment)
    real, z = batches(one.G)
    fake, D = gan.draw(one.G, z, real.given), one.D

    def step():
        one.D = copy.deepcopy(D, {id(p): p for p in D.params.values()})  # the same random changes each time
        return one.d_gradients(real, Drawn(fake.x, fake.given), np.random.default_rng(3))

    _, grads = step()
    same_derivative(lambda: step()[0].loss, D.params, grads)


@every_way
@pytest.mark.parametrize("loss, augment", [(NonSaturating(), True), (RelativisticPaired(), False)])
def test_g_steps_down_the_derivative_of_its_objective(way, loss, augment):
    augment = DiffAugment("brightness,cutout", rng=np.random.default_rng(7)) if augment else None
    one = game(way, loss, augment=augment)
    real, z = batches(one.G)
    G, D = one.G, one.D

    def step():
        one.D = copy.deepcopy(D)
        return one.g_gradients(real, gan.draw(copy.deepcopy(G, {id(p): p for p in G.params.values()}), z, real.given))

    _, grads, _ = step()
    same_derivative(lambda: step()[0].loss, G.params, grads)


@every_way
def test_r1_goes_along_with_the_loss_where_d_has_one_output(way):
    one = game(way, Hinge(), [R1(1.0)])
    assert has_rules(one.D)
    real, z = batches(one.G)
    fake = gan.draw(one.G, z, real.given)
    logits, caches = judge(one.D, real, fake)
    swept = sweep(one.D, (real.x, fake.x), tuple(np.ones_like(s) for s in logits), caches, one.penalties)
    assert (swept is None) == (way == "auxiliary"), "with class scores beside the logit the penalty goes alone"


def test_a_mixture_of_samples_of_two_labels_is_refused():
    one = game("projection", Hinge(), [WGANGP(1.0)])
    real, z = batches(one.G)
    fake = gan.draw(one.G, z, {"labels": np.array([1, 1, 0, 2])})
    with pytest.raises(ValueError, match=r"needs the same given\['labels'\] for both"):
        one.d_gradients(real, fake, np.random.default_rng(3))


def test_features_are_those_before_the_label_is_told():
    """Feature matching looks at the input of the whole end, not into one of its branches."""
    for way, at in (("projection", "logit"), ("auxiliary", "logit"), ("concat", "logit")):
        _, D = players(way)
        lower, upper = D.split(at)
        x, told = np.ones((2, *SHAPE)), {"labels": np.array([0, 2])}
        features, _ = lower.apply(x, given=told)
        np.testing.assert_array_equal(upper.apply(features, given=told)[0], D.apply(x, given=told)[0])
        one = game(way, Hinge(), terms=[FeatureMatching(1.0)])
        real, z = batches(one.G)
        step, grads, _ = one.g_gradients(real, gan.draw(one.G, z, real.given))
        assert np.isfinite(step.loss) and any(grad.any() for grad in grads.values()), way


# --- The networks ----------------------------------------------------------------------------------------------------


def test_concat(rng):
    before = bare(rng)
    G, D = CONDITIONALS["concat"].told(*before, CLASSES, rng)
    assert list(G.layers) == ["dense", "norm", "image", "tanh", "reshape"] and isinstance(G.layers["dense"], Sum)
    assert G.params["dense.noise.w"] is before[0].params["dense.w"], "the layers that stay are shared"
    assert G.params["dense.label.w"].shape == (CLASSES, 12)
    assert list(D.layers) == ["conv", "flatten", "joint", "joint_slope", "logit"]
    assert D.params["joint.label.w"].shape == (CLASSES, 4) and D.params["logit.w"].shape == (4, 1) and JOINT == 128


def test_concat_where_the_first_layer_has_a_rectifier(rng):
    """It follows the sum."""
    (G, _), x = bare(rng, norm=False), rng.standard_normal((2, 2), dtype=np.float32)
    told, _ = CONDITIONALS["concat"].told(*bare(rng, norm=False), CLASSES, rng)
    assert list(told.layers)[:2] == ["dense", "dense_slope"] and told.layers["dense_slope"].slope == 0.2
    told.params["dense.label.w"][...] = 0
    for key in ("w", "b"):
        told.params[f"dense.noise.{key}"][...] = G.params[f"dense.{key}"]
        told.params[f"image.{key}"][...] = G.params[f"image.{key}"]
    np.testing.assert_array_equal(told.forward(x, given={"labels": np.array([0, 1])})[0], G.forward(x)[0])
    assert G.layers["dense"].slope == 0.2, "the G that it was made of stays as it was"


def test_auxiliary(rng):
    G, D = CONDITIONALS["auxiliary"].told(*bare(rng), CLASSES, rng)
    assert type(G.layers["norm"]) is ConditionalBatchNorm and not takes_labels(D)
    assert D.forward(np.ones((2, *SHAPE), np.float32))[0].shape == (2, 1 + CLASSES)
    loss = CONDITIONALS["auxiliary"].loss(Hinge(), CLASSES)
    assert isinstance(loss, AuxiliaryClassifier) and (loss.classes, loss.weight) == (CLASSES, 1.0)


def test_projection(rng):
    before = bare(rng)
    G, D = CONDITIONALS["projection"].told(*before, CLASSES, rng)
    norm, plain = G.layers["norm"], before[0].layers["norm"]
    assert type(norm) is ConditionalBatchNorm and norm.classes == CLASSES
    assert (norm.slope, norm.eps, norm.momentum) == (plain.slope, plain.eps, plain.momentum)
    assert D.params["logit.real.w"] is before[1].params["logit.w"]
    assert D.params["logit.class.scores.w"].shape == (12, CLASSES) and "logit.class.scores.b" not in D.params
    x, labels = rng.standard_normal((3, *SHAPE), dtype=np.float32), np.array([2, 0, 2])
    lower, _ = D.split("logit")
    f = lower.apply(x)[0]
    expected = f @ D.params["logit.real.w"] + D.params["logit.real.b"]
    expected += (f * D.params["logit.class.scores.w"].T[labels]).sum(axis=1, keepdims=True)  # w . f + v_k . f
    np.testing.assert_allclose(D.apply(x, given={"labels": labels})[0], expected, rtol=1e-5, atol=1e-6)


def test_a_g_without_batch_norm_is_told_by_a_sum(rng):
    G, _ = CONDITIONALS["projection"].told(*bare(rng, norm=False), CLASSES, rng)
    assert isinstance(G.layers["dense"], Sum) and not any(isinstance(a, ConditionalBatchNorm) for _, a in G.leaves())


def test_without_a_condition_nothing_changes(rng):
    G, D = bare(rng)
    assert CONDITIONALS["none"].told(G, D, 0, rng) == (G, D) and CONDITIONALS["none"].loss("a loss", 0) == "a loss"
    assert not takes_labels(G) and not takes_labels(D)


@every_way
def test_a_network_that_takes_labels_stays(way, rng):
    G, D = bare(rng)
    own = Sequential(Sum(("noise", Dense(2, 12, rng=rng)), ("label", Embedding(CLASSES, 12, rng=rng))), Reshape(*SHAPE))
    assert CONDITIONALS[way].told(own, D, CLASSES, rng)[0] is own
    judge = Sequential(Flatten(), Dense(12, CLASSES, rng=rng), AtLabel(CLASSES))
    assert CONDITIONALS[way].told(G, judge, CLASSES, rng)[1] is judge


@every_way
def test_a_network_with_another_start_or_end_is_refused(way, rng):
    G, D = bare(rng)
    upside_down = Sequential(LeakyReLU(0.2), *G.parts())
    if way == "concat":  # the others look for batch norms
        with pytest.raises(ValueError, match="begins with a Dense layer, got one that begins with 'leakyrelu1'"):
            CONDITIONALS[way].told(upside_down, D, CLASSES, rng)
    with pytest.raises(ValueError, match="ends in a Dense layer, got one that ends in 'tanh1', Tanh"):
        CONDITIONALS[way].told(G, Sequential(*D.parts(), Tanh()), CLASSES, rng)


@every_way
@pytest.mark.parametrize("preset, shape, options", [
    ("quick", (8, 8, 1), {}), ("dcgan", (8, 12, 3), {}), ("mlp", (5, 7, 1), {}), ("mlp", (2,), {}),
    ("resnet-small", (8, 12, 2), {"init": "he"}),
])  # fmt: skip
def test_on_the_networks_of_every_preset(way, preset, shape, options, rng):
    G, D = CONDITIONALS[way].told(*build(preset, shape, z_dim=5, rng=rng, **options), 4, rng)
    labels = {"labels": np.array([0, 3, 3])}
    images, cache = G.apply(rng.standard_normal((3, 5), dtype=np.float32), given=labels)
    outputs, d_cache = D.apply(images, given=labels)
    assert images.shape == (3, *shape) and outputs.shape == (3, 5 if way == "auxiliary" else 1)
    dx = D.input_grad(np.ones_like(outputs), d_cache)
    assert G.param_grads(dx, cache).keys() == G.params.keys() and takes_labels(G)
    other = G.apply(rng.standard_normal((3, 5), dtype=np.float32), given={"labels": np.array([1, 3, 3])})[0]
    assert not np.array_equal(other, images)
