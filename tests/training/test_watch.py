"""The report on a NaN: the first layer is named, in every kind of network and of game."""

import threading
import warnings

import numpy as np
import pytest

from minigan import gan
from minigan.batch import Batch, labels_of
from minigan.layers import (
    BatchNorm,
    Concat,
    Conv2D,
    Dense,
    Flatten,
    Identity,
    Layer,
    LeakyReLU,
    Reshape,
    Sequential,
    Sum,
    Tanh,
    spectral_normalised,
)
from minigan.losses import NonSaturating
from minigan.models import Noise, mlp, recogniser
from minigan.models.variants import virtually_normalised
from minigan.objectives import Gan, Objective, Player, TermsAlone
from minigan.optim import SGD, Adam, NonFiniteError
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Penalty
from minigan.terms import FeatureMatching, Term, VariationalEntropy
from minigan.training import Diverged, Trainer
from minigan.training.ema import Average
from minigan.training.watch import first_non_finite
from minigan.unrolled import Unrolled


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


class Spoiler(Layer):
    """The identity, until it is told in which method a NaN is born."""

    per_sample = parameter_free = True
    where = None

    def of(self, method, array):
        return array * np.nan if self.where == method else array.copy()

    def forward(self, x, training=True):
        return self.of("forward", x), None

    def backward(self, dy, cache):
        return self.of("backward", dy), {}

    def double_backward(self, ddx, dy, cache):
        return self.of("double_backward", ddx), {}


class SpoiledDense(Dense):
    """A Dense whose second order gives NaN: SpectralNorm wraps it."""

    per_sample = True

    def double_backward(self, ddx, dy, cache):
        ddy, grads = super().double_backward(ddx, dy, cache)
        return ddy * np.nan, grads


class Busy(Layer):
    """A layer that has names of its own for what the watch is about."""

    where, watched, check, _check = "here", 3, None, lambda self: "mine"

    def forward(self, x):
        assert (self.where, self.watched, self._check()) == ("here", 3, "mine")
        return x.copy(), None

    def backward(self, dy, cache):
        assert (self.where, self.watched, self._check()) == ("here", 3, "mine")
        return dy, {}


class Projection(Layer):
    """s = x . (w + v[label])."""

    per_sample = True

    def __init__(self, n, rng):
        self.params = {"w": rng.standard_normal(n), "v": rng.standard_normal((3, n))}
        self.astype(np.float32)

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), 3, "Projection")
        a = self.params["w"] + self.params["v"][labels]
        return (x * a).sum(axis=1, keepdims=True), self.seal(x, a, labels)

    def backward(self, dy, cache, param_grads=True):
        x, a, labels = self.unseal(cache, dy)
        v = np.zeros_like(self.params["v"])
        np.add.at(v, labels, dy * x)
        return dy * a, {"w": v.sum(axis=0), "v": v}


def residual(rng, spoiler=None):
    """A D of images (4, 6, 1) with a block, and the spoiler deep inside."""
    inner = [("spoiler", spoiler)] if spoiler else []
    body = Sequential(
        ("look", Conv2D(1, 2, 3, stride=2, slope=0.2, rng=rng)), *inner, ("mix", Conv2D(2, 2, 1, rng=rng))
    )
    block = Sum(("body", body), ("skip", Conv2D(1, 2, 1, stride=2, rng=rng)))
    wide = Concat(("thin", Conv2D(2, 1, 1, rng=rng)), ("same", Identity()))
    return Sequential(("block", block), ("leaky", LeakyReLU()), ("wide", wide), ("flat", Flatten()),
                      ("logit", Dense(18, 1, rng=rng)))  # fmt: skip


def drawer(rng):
    return Sequential(
        ("dense", Dense(3, 24, rng=rng)), ("norm", BatchNorm(24)), ("tanh", Tanh()), ("map", Reshape(4, 6, 1))
    )


def trainer(D, G=None, game=Gan, shape=(4, 6, 1), loss=None, given=None, **options):
    """A training of these two; its samples are no two alike."""
    rng = np.random.default_rng(0)
    G = G or drawer(rng)
    samples = rng.uniform(-1, 1, (20, *shape)).astype(np.float32)
    objective = game(G, D, loss or NonSaturating(), SGD(G.params, 1e-2), SGD(D.params, 1e-2), Noise(3), **options)
    return Trainer(objective, samples, batch_size=4, rng=rng, given=given)


def diverges(t, message):
    """After one step that is well, `message` names where the next one ends; and nothing is counted."""
    with pytest.raises(Diverged, match=rf"training stopped at step {t.t + 1}: {message}"):
        t.step()


@pytest.mark.parametrize("name", ["block.body.look", "block.body.mix", "block.skip", "wide.thin", "logit"])
def test_a_parameter_in_a_branch(name, rng):
    t = trainer(residual(rng), penalties=[R1(1.0)])
    t.step()
    t.objective.D.params[f"{name}.w"].flat[0] = np.inf
    diverges(t, f"layer '{name}' of D: its parameter w holds a NaN")


@pytest.mark.parametrize(
    "where, what",
    [
        ("forward", "its output holds a NaN or an infinity, its input not"),
        ("backward", "in backward, the gradient of its input holds a NaN"),
    ],
)
def test_a_nan_born_in_a_branch(where, what, rng):
    spoiler = Spoiler()
    t = trainer(residual(rng, spoiler))
    t.step()
    spoiler.where = where
    diverges(t, f"layer 'block.body.spoiler' of D: {what}")


@pytest.mark.parametrize("penalty", [R1(1.0), R2(1.0), WGANGP(1.0), DRAGAN(1.0)], ids=lambda p: type(p).__name__)
def test_a_nan_born_in_the_second_order_of_a_branch(penalty, rng):
    spoiler = Spoiler()
    t = trainer(residual(rng, spoiler), penalties=[penalty])
    t.step()
    spoiler.where = "double_backward"
    diverges(t, "layer 'block.body.spoiler' of D: in double_backward, the gradient of dy holds a NaN")


@pytest.mark.parametrize("rules", ["class", "instance"])
def test_the_plain_game(rules, rng):
    """Chosen by a subclass or on the object itself, which then holds a module, and no module can be copied."""
    spoiler = Spoiler()
    t = trainer(residual(rng, spoiler), penalties=[R1(1.0)])
    if rules == "instance":
        t.objective.rules = gan
    else:
        t.objective.__class__ = type("Plain", (Gan,), {"rules": gan})
    t.step()
    spoiler.where = "double_backward"
    diverges(t, "layer 'block.body.spoiler' of D: in double_backward")


def test_the_names_of_a_students_layer_are_left_alone(rng):
    D = Sequential(Flatten(), ("busy", Busy()), ("logit", Dense(24, 1, rng=rng)))
    t = trainer(D)
    t.step()
    D.params["logit.w"][0] = np.nan
    diverges(t, "layer 'logit' of D: its parameter w")


def test_spectral_norm(rng):
    D = spectral_normalised(residual(rng), rng=rng)
    t = trainer(D, penalties=[R1(1.0)])
    t.step()
    D.params["block.skip.w"].flat[0] = np.nan
    diverges(t, "layer 'block.skip' of D: its parameter w holds a NaN")
    D = Sequential(
        Flatten(), ("a", Dense(24, 3, rng=rng)), ("b", SpoiledDense(3, 3, rng=rng)), ("c", Dense(3, 1, rng=rng))
    )
    diverges(trainer(spectral_normalised(D, rng=rng), penalties=[R1(1.0)]), "layer 'b' of D: in double_backward")


def test_a_projection(rng):
    D = Sequential(("hidden", Dense(2, 4, slope=0.2, rng=rng)), ("judge", Projection(4, rng)))
    G = mlp((2,), z_dim=3, width=4, rng=rng)[0]
    t = trainer(D, G, shape=(2,), given={"labels": np.arange(20) % 3})
    t.step()
    D.params["judge.v"][1] = np.nan
    diverges(t, "layer 'judge' of D: its parameter v holds a NaN")
    D.params["judge.v"][1] = 1e38
    D.params["hidden.w"] *= 1e10
    diverges(t, "layer 'judge' of D: its output holds a NaN or an infinity, its input not")


class BadPenalty(Penalty):
    """Its gradient by dx is a NaN: not D's fault."""

    def __call__(self, D, real, fake, rng=None):
        logits, cache = D.apply(real.x, training=True, given=real.given)
        return 0.0, D.double_backward(np.full_like(real.x, np.nan), np.ones_like(logits), cache)[1]


class BadLoss(NonSaturating):
    def discriminator(self, real_logits, fake_logits):
        value, d_real, d_fake = super().discriminator(real_logits, fake_logits)
        return value, d_real * np.nan, d_fake


class BadTerm(Term):
    def __call__(self, D, fake, real=None):
        return 0.0, np.full_like(fake.x, np.inf), {}


def test_what_comes_into_a_network_as_a_nan_is_no_fault_of_its_layers(rng):
    comes = "the gradient that comes to its {} holds a NaN or an infinity"
    diverges(trainer(residual(rng), loss=BadLoss()), f"layer 'logit' of D: {comes.format('backward')}")
    diverges(trainer(residual(rng), terms=[BadTerm()]), f"layer 'map' of G: {comes.format('backward')}")
    bad = trainer(residual(rng), penalties=[BadPenalty()])
    diverges(bad, f"layer 'block.body.look' of D: {comes.format('double_backward')}")


def test_the_network_of_a_term(rng):
    G, D = mlp((2,), z_dim=3, width=4, rng=rng)
    for game in (Gan, TermsAlone):
        Q = recogniser(mlp((2,), width=4, rng=rng)[1], 6, rng=rng)
        t = trainer(D, G, game, (2,), terms=[FeatureMatching(), VariationalEntropy(Q, Adam(Q.params))])
        t.step()
        Q.params["hidden2.w"][0, 0] = np.nan
        diverges(t, "layer 'hidden2' of Q1: its parameter w holds a NaN")


@pytest.mark.parametrize("second_order", [False, True])
def test_the_unrolled_game(second_order, rng):
    spoiler = Spoiler()
    body = Sequential(
        ("a", Dense(2, 4, slope=0.2, rng=rng)), ("spoiler", spoiler), ("b", Dense(4, 2, slope=0.3, rng=rng))
    )
    D = Sequential(("block", Sum(("body", body), ("skip", Identity()))), ("logit", Dense(2, 1, rng=rng)))
    G = mlp((2,), z_dim=3, width=4, rng=rng)[0]
    t = trainer(D, G, Unrolled, (2,), steps=2, second_order=second_order)
    t.step()
    spoiler.where = "backward"
    diverges(t, "layer 'block.body.spoiler' of D: in backward, the gradient of its input")
    spoiler.where = None
    if second_order:
        spoiler.where = "double_backward"
        diverges(t, "layer 'block.body.spoiler' of D: in double_backward")


def test_a_network_that_is_one_layer_and_one_with_a_reference(rng):
    D, G = Dense(2, 1, rng=rng), Sequential(Dense(3, 4, rng=rng), BatchNorm(4), Dense(4, 2, rng=rng))
    G = virtually_normalised(G, rng.standard_normal((4, 3)).astype(np.float32))
    t = trainer(D, G, shape=(2,))
    t.step()
    D.params["w"][0] = np.nan
    diverges(t, "the network D: its parameter w holds a NaN")
    D.params["w"][0] = 1
    G.state["reference.batch"][0] = np.nan
    diverges(t, "layer 'reference' of G: its running statistic batch")


class Odd(Objective):
    """A game of a student's own, with something in it that cannot be copied."""

    columns = ("loss",)

    def __init__(self, network):
        self.network, self.optimizer, self.lock = network, SGD(network.params), threading.Lock()

    @property
    def players(self):
        return [Player("only", self.network, self.optimizer)]

    def sample_noise(self, n, rng):
        return rng.standard_normal((n, 2))

    def step(self, batch, rng):
        y, cache = self.network.apply(batch().x)
        self.optimizer.step(self.network.param_grads(y / len(y), cache))
        return {"loss": float(np.mean(y**2) / 2)}


def test_an_objective_that_cannot_be_copied_ends_in_the_plain_message(rng):
    network = Sequential(("only", Dense(2, 2, rng=rng)))
    t = Trainer(Odd(network), rng.standard_normal((9, 2)).astype(np.float32), batch_size=3, rng=rng)
    t.step()
    network.params["only.w"][0, 0] = np.nan
    diverges(t, "the gradient of only.w holds a NaN or an infinity; nothing was updated; the last checkpoint is kept")
    del t.objective.lock
    diverges(t, "layer 'only' of only: its parameter w holds a NaN")


class Hook:
    """What cannot be copied."""

    def __init__(self):
        self.lock = threading.Lock()

    def __call__(self, trainer):
        pass


class Uncopied(np.ndarray):
    def __deepcopy__(self, memo):
        raise AssertionError("the samples were copied")


def test_hooks_and_samples_are_not_copied_for_the_report(rng):
    """A hook may hold what cannot be copied, and the samples may be many."""
    spoiler = Spoiler()
    t = trainer(residual(rng, spoiler))
    t.before_step, t.ema = (Hook(),), Average(t.objective.G)
    t.step()
    t.data = Batch(t.samples.view(Uncopied))
    spoiler.where = "backward"
    diverges(t, "layer 'block.body.spoiler' of D: in backward")


def test_the_report_leaves_the_training_as_it_is(rng):
    t = trainer(residual(rng), penalties=[R1(1.0)])
    t.step()
    t.objective.D.params["logit.w"][0] = np.nan

    def everything():
        kinds = [type(layer) for player in t.objective.players for _, layer in player.network.leaves()]
        return [(key, array.tobytes()) for key, array in t.arrays().items()], kinds, t.rng.bit_generator.state

    before = everything()
    assert first_non_finite(t, t.rng.bit_generator.state) == (
        "layer 'logit' of D: its parameter w holds a NaN or an infinity"
    )
    assert everything() == before
    assert issubclass(Diverged, ValueError) and issubclass(NonFiniteError, ValueError)
