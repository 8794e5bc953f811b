"""Objectives: what is given reaches all that want it, on the whole conditional game that a student might write."""

import copy

import numpy as np
import pytest

from minigan import gan_fused, unrolled
from minigan.batch import Batch, labels_of
from minigan.gan import d_step, draw, g_step
from minigan.gradcheck import check_double_backward, check_layer, numeric_gradient, relative_error
from minigan.gradcheck.core.numeric import differences
from minigan.layers import BatchNorm, Dense, Layer, LeakyReLU, Pack, Sequential, Tanh, WithReference
from minigan.losses import Minimax, NonSaturating, RelativisticPaired
from minigan.models import Noise
from minigan.models.variants import virtually_normalised
from minigan.objectives import Gan, Objective, TermsAlone
from minigan.optim import SGD, Adam
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Penalty
from minigan.terms import FeatureMatching, PullAway, Term, VariationalEntropy
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.unrolled import Unrolled

CLASSES = 3


class ConditionalBatchNorm(Layer):
    """y = gamma[label] xhat + beta[label]. x (N, C); gamma, beta (classes, C)."""

    def __init__(self, channels):
        self.params = {"gamma": np.ones((CLASSES, channels)), "beta": np.zeros((CLASSES, channels))}
        self.state = {"mean": np.zeros(channels), "var": np.ones(channels)}
        self.astype(np.float32)

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), CLASSES, "ConditionalBatchNorm")
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.state["mean"][...] = 0.9 * self.state["mean"] + 0.1 * mean
            self.state["var"][...] = 0.9 * self.state["var"] + 0.1 * var
        else:
            mean, var = self.state["mean"], self.state["var"]
        r = 1 / np.sqrt(var + x.dtype.type(1e-5))
        xhat = (x - mean) * r
        y = self.params["gamma"][labels] * xhat + self.params["beta"][labels]
        return y, self.seal(xhat, r, labels, training, shape=x.shape)

    def backward(self, dy, cache, param_grads=True):
        xhat, r, labels, training = self.unseal(cache, dy)
        g = self.params["gamma"][labels] * dy
        dx = r * (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) if training else r * g
        grads = {key: np.zeros_like(p) for key, p in self.params.items()}
        np.add.at(grads["gamma"], labels, dy * xhat)
        np.add.at(grads["beta"], labels, dy)
        return dx, grads


class Projection(Layer):
    """s = x . (w + v[label]) + b. x (N, F) -> (N, 1)."""

    per_sample = True

    def __init__(self, n, rng):
        self.params = {"w": rng.standard_normal(n), "v": rng.standard_normal((CLASSES, n)), "b": np.zeros(1)}
        self.astype(np.float32)

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), CLASSES, "Projection")
        a = (self.params["w"] + self.params["v"][labels]).astype(x.dtype)
        return (x * a).sum(axis=1, keepdims=True) + self.params["b"].astype(x.dtype), self.seal(x, a, labels)

    def backward(self, dy, cache, param_grads=True):
        x, a, labels = self.unseal(cache, dy)
        return dy * a, self.weight_grads(dy * x, labels) | {"b": dy.sum(axis=0)}

    def double_backward(self, ddx, dy, cache):
        x, a, labels = self.unseal(cache, dy)
        return (ddx * a).sum(axis=1, keepdims=True), self.weight_grads(dy * ddx, labels) | {"b": np.zeros(1)}

    def weight_grads(self, products, labels):
        v = np.zeros(self.params["v"].shape, products.dtype)
        np.add.at(v, labels, products)
        return {"w": v.sum(axis=0), "v": v}


class Spy(Layer):
    """The identity, which keeps what it is given."""

    per_sample = parameter_free = True

    def __init__(self):
        self.seen = []

    def forward(self, x, training=True, given=None):
        self.seen.append(dict(given or {}))
        return x.copy(), None

    def backward(self, dy, cache):
        return dy, {}

    def double_backward(self, ddx, dy, cache):
        return ddx, {}


class Told(Layer):
    """A layer that has been told the facts once and for all, for a check that gives none."""

    output_shape = None  # of a batch of another size: the facts would not fit

    def __init__(self, layer, given):
        self.layer, self.given, self.per_sample = layer, given, layer.per_sample

    @property
    def params(self):
        return self.layer.params

    @property
    def state(self):
        return self.layer.state

    def forward(self, x, training=True):
        return self.layer.apply(x, training, self.given)

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        return self.layer.pull_back(dy, cache, param_grads, input_grad)

    def double_backward(self, ddx, dy, cache):
        return self.layer.double_backward(ddx, dy, cache)


def players(rng, dtype=np.float64, spies=()):
    """A conditional G and D of points (2,), off their initial values; spies: (name, layer) pairs before D's layers."""
    G = Sequential(Dense(3, 4, rng=rng), ConditionalBatchNorm(4), LeakyReLU(0.3), Dense(4, 2, rng=rng), Tanh())
    D = Sequential(*spies, Dense(2, 5, slope=0.2, rng=rng), Dense(5, 4, rng=rng), LeakyReLU(0.3), Projection(4, rng))
    for network in (G, D):
        network.astype(dtype)
        for p in network.params.values():
            p += (0.3 * rng.standard_normal(p.shape)).astype(dtype)
    return G, D


def facts(rng, n=5):
    return {"labels": rng.integers(CLASSES, size=n)}


def derivative_of(value, network, grads):
    """Whether grads are the gradient of value() by the network's parameters."""
    assert grads.keys() == network.params.keys()
    trusted = []
    for key, p in network.params.items():
        numeric = numeric_gradient(value, p)
        error = relative_error(grads[key], numeric.gradient, noise=1e-6)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, (key, error.max())
        trusted.append(numeric.smooth.ravel())
    assert np.concatenate(trusted).mean() > 0.8


@pytest.mark.parametrize("who", ["G", "D"])
def test_a_students_conditional_networks(who, rng):
    network, shape = dict(zip("GD", players(rng), strict=True))[who], {"G": (5, 3), "D": (5, 2)}[who]
    told = Told(network, facts(rng))
    assert (report := check_layer(told, input_shape=shape)).ok, report
    if who == "D":
        assert network.per_sample
        assert (report := check_double_backward(told, input_shape=shape)).ok, report


LOSSES = [NonSaturating(0.9), RelativisticPaired()]
PENALTIES = [(), (R1(1.3), R2(0.4)), (WGANGP(2.0), DRAGAN(1.0))]


class Weighted(NonSaturating):
    """A loss in which the samples of each label count as much as `weights` says."""

    def __init__(self, weights):
        super().__init__()
        self.weights, self.of_samples = np.asarray(weights), None

    def about(self, given):
        new = copy.copy(self)
        new.of_samples = self.weights[given["labels"]][:, None]
        return new

    def discriminator(self, real_logits, fake_logits):
        w = self.of_samples
        value = np.mean(w * np.logaddexp(0, -real_logits)) + np.mean(w * np.logaddexp(0, fake_logits))
        return value, -w / (1 + np.exp(real_logits)) / len(w), w / (1 + np.exp(-fake_logits)) / len(w)

    def generator(self, fake_logits):
        w = self.of_samples
        return np.mean(w * np.logaddexp(0, -fake_logits)), -w / (1 + np.exp(fake_logits)) / len(w)


@pytest.mark.parametrize("loss", [*LOSSES, Weighted([1.0, 2.0, 5.0])], ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("penalties", PENALTIES, ids=["alone", "r1 r2", "wgan-gp dragan"])
def test_every_gradient_of_the_conditional_game(loss, penalties, rng):
    G, D = players(rng)
    given, z = facts(rng), rng.standard_normal((5, 3))
    real = Batch(rng.uniform(-1, 1, (5, 2)), given)
    game = Gan(G, D, loss, SGD(G.params), SGD(D.params), None, penalties=penalties)

    def played(network):
        fake, seed = draw(game.G, z, real.given), np.random.default_rng(0)
        return game.d_gradients(real, fake, seed) if network is D else game.g_gradients(real, fake)[:2]

    for network in (G, D):
        derivative_of(lambda network=network: played(network)[0].loss, network, played(network)[1])


def test_the_labels_of_another_batch_give_another_game(rng):
    G, D = players(rng)
    z, x = rng.standard_normal((5, 3)), rng.uniform(-1, 1, (5, 2))
    game = Gan(G, D, Weighted([1.0, 2.0, 5.0]), SGD(G.params), SGD(D.params), None)
    values = []
    for labels in (np.zeros(5, int), np.array([0, 1, 2, 2, 1])):
        real = Batch(x, {"labels": labels})
        fake = draw(G, z, real.given)
        values.append([game.d_gradients(real, fake, rng)[0].loss, game.g_gradients(real, fake)[0].loss])
    assert np.abs(np.subtract(*values)).min() > 1e-3


def test_the_plain_steps_hand_the_facts_on_too(rng):
    spy = Spy()
    G, D = players(rng, spies=[("spy", spy)])
    given, z, x = facts(rng), rng.standard_normal((5, 3)), rng.uniform(-1, 1, (5, 2))
    d_step(G, D, RelativisticPaired(), SGD(D.params), x, z, given=given, penalties=[R1(1.0)], rng=rng)
    g_step(G, D, RelativisticPaired(), SGD(G.params), z, given=given, real=x, terms=[FeatureMatching()])
    assert len(spy.seen) == 3 + 4 and all(seen["labels"] is given["labels"] for seen in spy.seen)
    for step in (
        lambda: d_step(G, D, NonSaturating(), SGD(D.params), x, z),
        lambda: g_step(G, D, NonSaturating(), SGD(G.params), z),
    ):
        with pytest.raises(ValueError, match="layer 'conditionalbatchnorm1': ConditionalBatchNorm needs labels"):
            step()
    with pytest.raises(ValueError, match=r"given\['labels'\] must have one entry for each of the 4 samples, got 5"):
        d_step(G, D, NonSaturating(), SGD(D.params), x[:4], z, given=given)


@pytest.mark.parametrize("penalty, where", [(R1(1.0), "real"), (R2(1.0), "fake"), (DRAGAN(1.0), "real"),
                                            (WGANGP(1.0), "both")])  # fmt: skip
def test_penalties_look_with_the_labels_of_where_they_look(penalty, where, rng):
    spy = Spy()
    _, D = players(rng, spies=[("spy", spy)])
    x, y = rng.standard_normal((2, 4, 2))
    real, fake = Batch(x, {"labels": np.array([0, 1, 2, 0])}), Batch(y, {"labels": np.array([2, 2, 1, 1])})
    if where == "both":
        with pytest.raises(ValueError, match=r"given\['labels'\] differs; let G draw with the labels of the real"):
            penalty(D, real, fake, rng)
        fake = Batch(y, real.given)
    penalty(D, real, fake, rng)
    expected = fake if where == "fake" else real
    assert [seen["labels"].tolist() for seen in spy.seen] == [expected.given["labels"].tolist()]
    with pytest.raises(ValueError, match="layer 'projection1': Projection needs labels"):
        penalty(D, x, y, rng)


class SeesFacts(Term):
    """A term that keeps what it is called with."""

    def __call__(self, D, fake, real=None):
        self.fake, self.real = fake, real
        return 0.0, np.zeros_like(fake.x), {}


class SeesFactsToo(Penalty):
    def __call__(self, D, real, fake, rng=None):
        self.fake, self.real = fake, real
        return 0.0, {}


@pytest.mark.parametrize("kind", [Gan, TermsAlone, Unrolled])
def test_terms_and_penalties_get_whole_batches(kind, rng):
    G, D = players(rng, np.float32)
    term, penalty, given = SeesFacts(), SeesFactsToo(), facts(rng)
    options = {"steps": 2, "second_order": False} if kind is Unrolled else {"penalties": [penalty]}
    game = kind(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3), terms=[term], **options)
    real = Batch(rng.uniform(-1, 1, (5, 2)).astype(np.float32), given)
    assert game.step(real, rng).keys() == set(game.columns)
    for seen in (term, penalty) if kind is not Unrolled else (term,):
        assert seen.real is real and seen.fake.given["labels"] is given["labels"] and seen.fake.z.shape == (5, 3)
        np.testing.assert_array_equal(seen.fake.x.shape, real.x.shape)


def test_every_gradient_of_g_with_terms_that_look_through_a_conditional_d_and_q(rng):
    """The features are those behind a layer that takes labels; Q is a network that takes them, too."""
    G, D = players(rng, spies=[("in", Sequential(Dense(2, 2, rng=rng), ConditionalBatchNorm(2).astype(np.float64)))])
    Q = players(rng)[1]
    Q = Sequential(*list(Q.layers.items())[:-1], ("projection", Dense(4, 2, rng=rng).astype(np.float64)))
    Q = Sequential(("norm", ConditionalBatchNorm(2).astype(np.float64)), *Q.layers.items())
    terms = [FeatureMatching(0.7), PullAway(0.5), VariationalEntropy(Q, SGD(Q.params), 0.3)]
    given, z = facts(rng), rng.standard_normal((5, 3))
    real = Batch(rng.uniform(-1, 1, (5, 2)), given)
    game = Gan(G, D, NonSaturating(), SGD(G.params), SGD(D.params), None, terms=terms)

    def value():
        return game.g_gradients(real, draw(G, z, given))[0].loss

    _, grads, own_grads = game.g_gradients(real, draw(G, z, given))
    derivative_of(value, G, grads)
    derivative_of(value, Q, own_grads[2])
    assert own_grads[:2] == [{}, {}] and [player.name for player in game.players] == ["G", "D", "Q1"]


class OfPacks(Layer):
    """s = the sum over a pack's two samples of x . v[label]; the facts are those of packs. x (N, 2 F) -> (N, 1)."""

    per_sample = True

    def __init__(self, n, rng):
        self.params = {"v": rng.standard_normal((CLASSES, n))}

    def forward(self, x, training=True, given=None):
        rows = self.params["v"][given["labels"]].reshape(len(x), -1)  # labels (N, 2) -> (N, 2 F)
        return (x * rows).sum(axis=1, keepdims=True), self.seal(x, given["labels"], rows)

    def backward(self, dy, cache):
        x, labels, rows = self.unseal(cache, dy)
        return dy * rows, self.grads(dy * x, labels)

    def double_backward(self, ddx, dy, cache):
        x, labels, rows = self.unseal(cache, dy)
        return (ddx * rows).sum(axis=1, keepdims=True), self.grads(dy * ddx, labels)

    def grads(self, products, labels):
        v = np.zeros_like(self.params["v"])
        np.add.at(v, labels, products.reshape(*labels.shape, -1))
        return {"v": v}


def test_packs_have_the_labels_of_their_samples(rng):
    G, _ = players(rng)
    D = Sequential(Dense(2, 3, slope=0.2, rng=rng), Pack(2), OfPacks(3, rng)).astype(np.float64)
    given, z = facts(rng, 6), rng.standard_normal((6, 3))
    real = Batch(rng.uniform(-1, 1, (6, 2)), given)
    game = Gan(G, D, NonSaturating(), SGD(G.params), SGD(D.params), None, penalties=[R1(0.7), WGANGP(0.5)])

    def value():
        return game.d_gradients(real, draw(G, z, given), np.random.default_rng(1))[0].loss

    derivative_of(value, D, game.d_gradients(real, draw(G, z, given), np.random.default_rng(1))[1])
    derivative_of(lambda: game.g_gradients(real, draw(G, z, given))[0].loss, G,
                  game.g_gradients(real, draw(G, z, given))[1])  # fmt: skip
    _, conditional = players(rng)
    with pytest.raises(ValueError, match=r"got int64 \(3, 2\); a pack of samples has no one label"):
        Sequential(Pack(2), Dense(4, 4, rng=rng), Projection(4, rng)).forward(real.x, given=given)


def labelled(rng):
    """A G with batch norm behind a layer that takes labels, and a reference with labels of its own."""
    G = Sequential(Dense(3, 4, rng=rng), PerLabel(4, rng), BatchNorm(4, slope=0.3), Dense(4, 2, rng=rng), Tanh())
    return virtually_normalised(G.astype(np.float64), rng.standard_normal((6, 3)), given=facts(rng, 6))


class PerLabel(Layer):
    """y = x s[label]."""

    per_sample = True

    def __init__(self, n, rng):
        self.params = {"s": rng.uniform(0.5, 2, (CLASSES, n))}

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), CLASSES, "PerLabel")
        s = self.params["s"][labels]
        return x * s, self.seal(x, s, labels)

    def backward(self, dy, cache):
        x, s, labels = self.unseal(cache, dy)
        grads = np.zeros_like(self.params["s"])
        np.add.at(grads, labels, dy * x)
        return dy * s, {"s": grads}


def test_a_labelled_reference(rng):
    G, given, z = labelled(rng), facts(rng), rng.standard_normal((5, 3))
    assert (report := check_layer(Told(G, given), input_shape=(5, 3))).ok, report
    y, _ = G.forward(z, given=given)
    for n in range(5):
        alone, _ = G.forward(z[n : n + 1], given={"labels": given["labels"][n : n + 1]})
        np.testing.assert_allclose(alone[0], y[n], rtol=1e-12)
    with pytest.raises(ValueError, match="layer 'perlabel1': PerLabel needs labels"):
        G.forward(z)
    with pytest.raises(ValueError, match=r"reference batch was made without \['labels'\]"):
        WithReference(Dense(3, 2), z).forward(z, given=given)
    with pytest.raises(ValueError, match="one entry for each of the 5 samples, got 4"):
        WithReference(Dense(3, 2), z, given=facts(rng, 4))
    alone = WithReference(Dense(3, 2, rng=rng), z)
    np.testing.assert_array_equal(alone.forward(z, given={"alpha": 0.5})[0], alone.forward(z)[0])


def test_the_labels_of_the_reference_are_kept_with_it(rng):
    one, two = labelled(np.random.default_rng(1)), labelled(np.random.default_rng(2))
    assert one.state["reference.given.labels"].dtype == np.int64
    for kind in ("params", "state"):
        for key, array in getattr(one, kind).items():
            getattr(two, kind)[key][...] = array
    given, z = facts(rng), rng.standard_normal((5, 3))
    np.testing.assert_array_equal(one.forward(z, given=given)[0], two.forward(z, given=given)[0])
    lower, upper = one.split("dense2")
    np.testing.assert_array_equal(upper.forward(lower.forward(z, given=given)[0])[0], one.forward(z, given=given)[0])


class Gate(Layer):
    """y = x a, with one number a for each label and channel that nobody trains: linear in x."""

    per_sample = parameter_free = True

    def __init__(self, n, rng):
        self.state = {"a": rng.uniform(0.5, 2, (CLASSES, n))}

    def forward(self, x, training=True, given=None):
        a = self.state["a"][labels_of(given, len(x), CLASSES, "Gate")] * given["alpha"]
        return x * a, a

    def backward(self, dy, cache):
        return dy * cache, {}

    def double_backward(self, ddx, dy, cache):
        return ddx * cache, {}


@pytest.mark.parametrize("loss", [NonSaturating(), Minimax(0.9)])
@pytest.mark.parametrize("one", [True, False])
def test_the_unrolled_game_is_given_the_facts(loss, one, rng, monkeypatch):
    for module in (unrolled, gan_fused):
        monkeypatch.setattr(module, "as_one", lambda D, real: one)
    G, _ = players(rng)
    D = Sequential(Dense(2, 4, slope=0.3, rng=rng), Gate(4, rng), Dense(4, 1, rng=rng)).astype(np.float64)
    given, z = facts(rng) | {"alpha": 0.7}, rng.standard_normal((5, 3))
    real = Batch(rng.uniform(-1, 1, (5, 2)), given)
    game = Unrolled(G, D, loss, SGD(G.params), SGD(D.params, lr=0.3), None, steps=2)

    def value():
        fake, E = copy.deepcopy(G).forward(z, given=given)[0], copy.deepcopy(D)
        optimizer = SGD(E.params, lr=0.3)
        for _ in range(2):
            (r, r_cache), (f, f_cache) = E.forward(real.x, given=given), E.forward(fake, given=given)
            _, d_real, d_fake = loss.discriminator(r, f)
            of_real, of_fake = E.backward(d_real, r_cache)[1], E.backward(d_fake, f_cache)[1]
            optimizer.step({key: of_real[key] + of_fake[key] for key in of_real})
        r, f = E.forward(real.x, given=given)[0], E.forward(fake, given=given)[0]
        return -loss.discriminator(r, f)[0] if type(loss) is Minimax else loss.generator(f)[0]

    step, grads, _ = game.g_gradients(real, draw(G, z, given))
    assert step.loss == pytest.approx(value(), rel=1e-12)
    for key, p in G.params.items():
        numeric = differences(value, p, list(np.ndindex(p.shape)), guess=grads[key].ravel())
        error = relative_error(grads[key].ravel(), numeric.gradient, noise=1e-6, floor=1e-2)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, key


# --- Whole trainings --------------------------------------------------------------------------------------------------


def clusters(n=60):
    """Points in three clusters, with their labels."""
    rng = np.random.default_rng(8)
    labels = rng.integers(CLASSES, size=n)
    centres = np.array([[0.6, 0.0], [-0.5, 0.4], [-0.2, -0.7]])
    return (centres[labels] + 0.05 * rng.standard_normal((n, 2))).astype(np.float32), labels


def trainer(seed=3, **options):
    rng = np.random.default_rng(seed)
    G, D = players(rng, np.float32)
    game = Gan(G, D, NonSaturating(), Adam(G.params, 5e-3, 0.5), Adam(D.params, 1e-2, 0.5), Noise(3), **options)
    samples, labels = clusters()
    return Trainer(game, samples, batch_size=12, rng=rng, given={"labels": labels})


def test_a_conditional_training_goes_on_bit_for_bit(tmp_path):
    options = {"penalties": [R1(0.1), WGANGP(0.1)], "terms": [FeatureMatching(0.1)], "k": 2}
    whole = trainer(**options)
    for t in range(30):
        if t == 17:
            save_checkpoint(tmp_path / "c.npz", whole, {})
        numbers = whole.step()
    resumed = trainer(seed=4, **options)
    load_checkpoint(tmp_path / "c.npz", resumed)
    for _ in range(13):
        again = resumed.step()
    assert {**again, "seconds": 0} == {**numbers, "seconds": 0}
    for key, array in whole.arrays().items():
        assert array.tobytes() == resumed.arrays()[key].tobytes(), key
    assert whole.objective.G.state["conditionalbatchnorm1.mean"].any()


def test_g_learns_which_cluster_it_is_asked_for():
    t, (samples, labels) = trainer(), clusters()
    for _ in range(400):
        t.step()
    z = t.noise(300, np.random.default_rng(0))
    for k in range(CLASSES):
        drawn, _ = t.objective.G.apply(z, training=False, given={"labels": np.full(300, k)})
        gaps = [np.linalg.norm(drawn.mean(axis=0) - samples[labels == j].mean(axis=0)) for j in range(CLASSES)]
        assert np.argmin(gaps) == k, gaps


def test_a_step_may_be_given_samples_alone(rng):
    G, D = Sequential(Dense(3, 2, rng=rng)), Sequential(Dense(2, 1, rng=rng))
    game = Gan(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3))
    x = rng.standard_normal((4, 2)).astype(np.float32)
    for batch in (x, Batch(x), lambda: Batch(x), lambda: x):
        assert np.isfinite(list(game.step(batch, rng).values())).all()


def test_refused(rng):
    G, D = players(rng)
    options = (G, D, NonSaturating(), SGD(G.params), SGD(D.params), Noise(3))
    with pytest.raises(
        ValueError, match=r"penalties expected objects of kind Penalty, got .*write class Mine\(Penalty\)"
    ):
        Gan(*options, penalties=[lambda D, real, fake, rng: (0.0, {})])
    with pytest.raises(ValueError, match=r"terms expected objects of kind Term, got .*write class Mine\(Term\)"):
        Gan(*options, terms=[FeatureMatching])
    with pytest.raises(ValueError, match=r"the networks G and D to replace, got \['Q'\]"):
        Gan(*options).replace(Q=D)
    with pytest.raises(ValueError, match="k, the discriminator steps"):
        Gan(*options, k=0)
    own = Objective()
    for use, what in [
        (lambda: own.players, "property players"),
        (lambda: own.step(None, rng), "step"),
        (lambda: own.sample_noise(2, rng), "sample_noise"),
        (lambda: own.replace(), "replace"),
    ]:
        with pytest.raises(NotImplementedError, match=what):
            use()
    assert own.state_arrays() == {} and own.columns == ()
