"""Residual networks go through every tool that takes a chain: penalties, the sweep, variants, terms, unrolling."""

import copy

import numpy as np
import pytest

from minigan import gan, gan_fused, unrolled
from minigan.batch import Batch
from minigan.gan import draw
from minigan.gradcheck import check_layer, numeric_gradient, relative_error
from minigan.gradcheck.core.numeric import differences
from minigan.layers import (
    BatchNorm,
    Concat,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Identity,
    LeakyReLU,
    LogSumExp,
    MaxoutDense,
    MinibatchDiscrimination,
    Reshape,
    Sequential,
    SpectralNorm,
    Sum,
    Tanh,
    VirtualBatchNorm,
    spectral_normalised,
)
from minigan.losses import Minimax, NonSaturating
from minigan.models import recogniser, variants
from minigan.objectives import Gan
from minigan.optim import SGD, Adam
from minigan.penalties import DRAGAN, R1, R2, WGANGP, Supervised, accuracy
from minigan.penalties.joint import has_rules
from minigan.terms import FeatureMatching, PullAway, features_layer
from minigan.unrolled import Unrolled, check_unrolled

SHAPE = (4, 3, 1)


def off(network, rng):
    """Float64, off its initial values."""
    network.astype(np.float64)
    for p in network.params.values():
        p += 0.2 * rng.standard_normal(p.shape)
    return network


def judge(rng):
    """A residual D: a block in a block, a bare layer with a rectifier as a branch, a concat; nothing square."""
    inner = Sum(("bare", Conv2D(2, 2, (1, 3), slope=0.3, rng=rng)), ("skip", Identity()))
    body = Sequential(("down", Conv2D(1, 2, (3, 2), stride=(2, 1), slope=0.2, rng=rng)), ("inner", inner))
    block = Sum(("body", body), ("skip", Conv2D(1, 2, 1, stride=(2, 1), rng=rng)))
    wide = Concat(("units", MaxoutDense(12, 2, 2, rng=rng)), ("rest", Dense(12, 3, slope=0.1, rng=rng)))
    layers = [("block", block), ("leaky", LeakyReLU()), ("flat", Flatten()), ("wide", wide)]
    return off(Sequential(*layers, ("logit", Dense(5, 1, rng=rng))), rng)


def drawer(rng):
    """A residual G with batch norm in the branch."""
    body = Sequential(("norm", BatchNorm(3, slope=0.2)), ("dense", Dense(3, 3, rng=rng)))
    block = Sum(("body", body), ("skip", Identity()))
    up = Sequential(Reshape(2, 1, 3), Conv2DTranspose(3, 1, (2, 3), stride=(2, 3), rng=rng))
    return off(Sequential(("first", Dense(2, 3, rng=rng)), ("block", block), ("widen", Dense(3, 6, rng=rng)),
                          ("up", up), ("tanh", Tanh())), rng)  # fmt: skip


def batches(rng, n=5, m=5):
    return Batch(rng.uniform(-1, 1, (n, *SHAPE))), Batch(rng.uniform(-1, 1, (m, *SHAPE)))


def derivative_of(value, network, grads, least=0.8):
    """Whether grads are the gradient of value() by the network's parameters."""
    assert grads.keys() == network.params.keys()
    trusted = []
    for key, p in network.params.items():
        numeric = numeric_gradient(value, p)
        error = relative_error(grads[key], numeric.gradient, noise=1e-6)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, (key, error.max())
        trusted.append(numeric.smooth.ravel())
    assert np.concatenate(trusted).mean() > least


PENALTIES = {"r1": R1(1.3), "r2": R2(0.7), "wgan-gp": WGANGP(2.0, target=0.7), "dragan": DRAGAN(2.0, target=0.3)}


@pytest.mark.parametrize("spectral", [False, True])
@pytest.mark.parametrize("name", PENALTIES)
def test_every_penalty_is_the_derivative_of_its_value(name, spectral, rng):
    D, (real, fake) = judge(rng), batches(rng)
    if spectral:
        D = spectral_normalised(D, rng=rng).astype(np.float64)
        for layer in (layer for _, layer in D.leaves() if isinstance(layer, SpectralNorm)):
            layer.iterate(1)
            for _ in range(300):  # u and v as converged as they get: the derivative holds them
                layer.state["fingerprint"][...] = -1
                layer.iterate(1)
    penalty = copy.deepcopy(PENALTIES[name])

    def value():
        return penalty(copy.deepcopy(D), real, fake, np.random.default_rng(2))[0]

    grads = penalty(copy.deepcopy(D), real, fake, np.random.default_rng(2))[1]
    derivative_of(value, D, grads, 0.5)


@pytest.mark.parametrize("penalties", [[R1(1.3)], [R2(0.7)], [R1(1.3), R2(0.4)], [WGANGP(0.5), R1(0.6), R2(0.2)]])
@pytest.mark.parametrize("spectral", [False, True])
def test_the_sweep_is_the_separate_path(spectral, penalties, rng):
    D, (real, fake) = judge(rng), batches(rng, 4, 4)
    if spectral:
        D = spectral_normalised(D, rng=rng).astype(np.float64)
        D.forward(real.x)  # the one power iteration of this w
    assert has_rules(D)
    found = []
    for rules in (gan, gan_fused):
        own = copy.deepcopy(penalties)
        found.append(rules.d_gradients(D, NonSaturating(), real, fake, penalties=own, rng=np.random.default_rng(1)))
        assert [int(p.state["calls"]) for p in own] == [1] * len(own)
    (plain, grads), (fast, fast_grads) = found
    assert fast.loss == pytest.approx(plain.loss, rel=1e-12)
    for key, grad in grads.items():
        np.testing.assert_allclose(fast_grads[key], grad, rtol=0, atol=1e-12 * (1 + np.abs(grad).max()), err_msg=key)


def test_spectral_norm_wraps_every_weight(rng):
    D = judge(rng).astype(np.float32)
    one = spectral_normalised(D, rng=rng)
    wrapped = [name for name, layer in one.leaves() if isinstance(layer, SpectralNorm)]
    assert wrapped == ["block.body.down", "block.body.inner.bare", "block.skip", "wide.units", "wide.rest", "logit"]
    assert list(one.params) == list(D.params) and all(one.params[key] is p for key, p in D.params.items())
    assert isinstance(one.layers["block"], Sum) and isinstance(one.layers["wide"], Concat) and one.per_sample
    x = rng.uniform(-1, 1, (5, *SHAPE)).astype(np.float32)
    one.forward(x)
    for visit in one.walk(x):
        if isinstance(visit.layer, SpectralNorm):
            assert visit.layer.sigma()[0] == pytest.approx(np.linalg.norm(visit.layer.rows(), 2), rel=1e-2)


def test_batch_norm_in_the_branches(rng):
    D = judge(rng)
    one = variants.batch_normalised(D)
    norms = [name for name, layer in one.leaves() if isinstance(layer, BatchNorm)]
    assert norms == ["block.body.inner.bare.bare_norm", "block.skip.skip_norm", "wide.units.units_norm",
                     "wide.rest.rest_norm"]  # fmt: skip
    assert "block.skip.skip.b" not in one.params and one.params["block.skip.skip.w"] is D.params["block.skip.w"]
    assert "block.body.down.b" in one.params and not one.per_sample
    bare = one.layers["block"].layers["body"].layers["inner"].layers["bare"].layers
    assert bare["bare"].slope == 1 and bare["bare_norm"].slope == 0.3
    assert list(one.layers["wide"].layers["units"].layers) == ["units", "units_norm", "units_maxout"]
    assert (report := check_layer(one, input_shape=(5, *SHAPE))).ok, report
    with pytest.raises(ValueError, match="layer 'block.body.inner.bare.bare_norm': a gradient penalty needs"):
        R1(1.0)(one, *batches(rng))


def test_other_ends(rng):
    D, x = judge(rng), rng.uniform(-1, 1, (5, *SHAPE))
    one = variants.minibatch_discriminating(D, kernels=2, dims=3, rng=rng)
    assert list(one.layers) == [*list(D.layers)[:-1], "minibatch", "logit"]
    assert isinstance(one.layers["minibatch"], MinibatchDiscrimination) and one.layers["block"].params.keys()
    assert (report := check_layer(one, input_shape=(5, *SHAPE))).ok, report
    two = variants.classifying(D, 4, rng=rng)
    assert list(two.layers)[-2:] == ["classes", "logit"] and isinstance(two.layers["logit"], LogSumExp)
    assert (report := check_layer(two, input_shape=(5, *SHAPE))).ok, report
    Q = recogniser(judge(rng), 6, rng=rng)
    assert Q.apply(x)[0].shape == (5, 6) and (report := check_layer(Q, input_shape=(5, *SHAPE))).ok, report
    inside = Sequential(
        ("trunk", Sequential(Flatten(), ("hidden", Dense(12, 4, rng=rng)), ("logit", Dense(4, 1, rng=rng))))
    )
    assert [name for name, _ in variants.classifying(inside, 3, rng=rng).leaves()] == [
        "trunk.flatten1", "trunk.hidden", "trunk.classes", "trunk.logit",
    ]  # fmt: skip


def test_an_end_in_branches_has_no_last_layer(rng):
    D = Sequential(Flatten(), ("end", Sum(("a", Dense(12, 1, rng=rng)), ("b", Dense(12, 1, rng=rng)))))
    for change in (
        lambda: variants.classifying(D, 3),
        lambda: variants.minibatch_discriminating(D),
        lambda: recogniser(D, 3),
    ):
        with pytest.raises(ValueError, match="ends in a Dense layer, got one that ends in 'end', Sum"):
            change()


def test_supervision_of_a_residual_d(rng):
    D = variants.classifying(judge(rng), 3, rng=rng).astype(np.float64)
    images, labels = rng.uniform(-1, 1, (6, *SHAPE)), np.arange(6) % 3
    penalty, (real, fake) = Supervised(images, labels, 4), batches(rng)

    def value():
        return penalty(D, real, fake, np.random.default_rng(1))[0]

    _, grads = penalty(D, real, fake, np.random.default_rng(1))
    derivative_of(value, D, {key: grads.get(key, np.zeros_like(p)) for key, p in D.params.items()})
    assert 0 <= accuracy(D, images, labels) <= 1


def test_a_residual_g_with_virtual_batch_norm(rng):
    G, reference = drawer(rng), rng.standard_normal((6, 2))
    one = variants.virtually_normalised(G, reference)
    kinds = {name: type(layer) for name, layer in one.leaves()}
    assert kinds["block.body.norm"] is VirtualBatchNorm and BatchNorm not in kinds.values()
    assert one.layers["block"].layers["body"].layers["norm"].slope == 0.2
    assert (report := check_layer(one, input_shape=(4, 2))).ok, report
    z = rng.standard_normal((4, 2))
    np.testing.assert_allclose(one.forward(z)[0][2:3], one.forward(z[2:3])[0], rtol=1e-10)


def test_features_of_a_residual_d_and_the_terms_on_them(rng):
    G, D = drawer(rng), judge(rng)
    assert features_layer(D) == "logit"
    z, (real, _) = rng.standard_normal((5, 2)), batches(rng)
    for layer in (None, "wide", "flat", "wide.rest"):
        terms = [FeatureMatching(0.7, layer), PullAway(0.5, layer)]
        game = Gan(G, D, NonSaturating(), SGD(G.params), SGD(D.params), None, terms=terms)
        _, grads, _ = game.g_gradients(real, draw(G, z))
        derivative_of(lambda game=game: game.g_gradients(real, draw(G, z))[0].loss, G, grads)


SINGLE = {
    "residual": judge,
    "one layer with a rectifier": lambda rng: off(Dense(12, 1, slope=0.3, rng=rng), rng),
    "one maxout": lambda rng: off(MaxoutDense(12, 1, 3, rng=rng), rng),
    "bare branches": lambda rng: off(
        Sequential(
            Flatten(), Sum(Dense(12, 2, slope=0.2, rng=rng), MaxoutDense(12, 2, 2, rng=rng)), Dense(2, 1, rng=rng)
        ),
        rng,
    ),
}


@pytest.mark.parametrize("loss, optimizer", [(NonSaturating(), "sgd"), (Minimax(0.9), "adam")])
@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("one", [True, False])
def test_the_whole_unrolled_objective(name, loss, optimizer, one, rng, monkeypatch):
    """Its gradient by G, where real and fake images go through D as one batch or apart, of two sizes then."""
    for module in (unrolled, gan_fused):
        monkeypatch.setattr(module, "as_one", lambda D, real: one)
    D = SINGLE[name](rng)
    flat = name.startswith("one")
    G = off(Sequential(Dense(2, 4, rng=rng), Tanh(), Dense(4, 12, rng=rng), *([] if flat else [Reshape(*SHAPE)])), rng)
    real, z = batches(rng, 4)[0], rng.standard_normal((5, 2))
    real = Batch(real.x.reshape(4, 12)) if flat else real
    make = {"sgd": lambda p: SGD(p, lr=0.3), "adam": lambda p: Adam(p, lr=0.05, beta1=0.5)}[optimizer]
    d_optimizer = make(D.params)
    game = Unrolled(G, D, loss, SGD(G.params), d_optimizer, None, steps=2)

    def value():
        fake = G.forward(z)[0]
        E, moving = copy.deepcopy((D, d_optimizer))
        for _ in range(2):
            (r, r_cache), (f, f_cache) = E.apply(real.x), E.apply(fake)
            _, d_real, d_fake = loss.discriminator(r, f)
            moving.step(gan.added(E.param_grads(d_real, r_cache), E.param_grads(d_fake, f_cache)))
        r, f = E.apply(real.x)[0], E.apply(fake)[0]
        return -loss.discriminator(r, f)[0] if type(loss) is Minimax else loss.generator(f)[0]

    step, grads, _ = game.g_gradients(real, draw(G, z))
    assert step.loss == pytest.approx(value(), rel=1e-12)
    smooth = []
    for key, p in G.params.items():
        numeric = differences(value, p, list(np.ndindex(p.shape)), guess=grads[key].ravel())
        error = relative_error(grads[key].ravel(), numeric.gradient, noise=1e-6, floor=1e-2)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, (key, error.max())
        smooth += list(numeric.smooth)
    assert np.mean(smooth) > 0.8


def test_what_cannot_be_unrolled_is_named_in_its_branch(rng):
    D = Sequential(
        Flatten(), ("block", Sum(("body", Sequential(Dense(12, 12, rng=rng), ("curve", Tanh()))), Identity()))
    )
    with pytest.raises(ValueError, match="layer 'block.body.curve' is Tanh"):
        check_unrolled(D, NonSaturating(), SGD(D.params), 2)
