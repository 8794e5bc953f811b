"""The fast game against the plain one: the same numbers and gradients for every D, loss and penalty, and the same
trainings."""

import copy
import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import gan, gan_fused
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
    MaxoutDense,
    MinibatchDiscrimination,
    Pack,
    Reshape,
    Sequential,
    Sum,
    Tanh,
    spectral_normalised,
)
from minigan.losses import LOSSES
from minigan.models import Noise
from minigan.models.conditional import judging_jointly, projecting
from minigan.objectives import Gan
from minigan.optim import Adam
from minigan.penalties import DRAGAN, R1, R2, WGANGP
from minigan.training import Trainer

number = st.integers
SHAPE, CLASSES = (4, 3, 2), 5


class LabelShift(Layer):
    """A student's conditional layer: y = x + the vector of the label. x (N, n), table (classes, n)."""

    per_sample = True

    def __init__(self, n, rng):
        self.params = {"table": rng.standard_normal((CLASSES, n))}

    def forward(self, x, training=True, given=None):
        labels = labels_of(given, len(x), CLASSES, "LabelShift")
        return x + self.params["table"][labels], self.seal(labels, shape=x.shape)

    def backward(self, dy, cache, param_grads=True):
        (labels,) = self.unseal(cache, dy)
        table = np.zeros_like(self.params["table"])
        np.add.at(table, labels, dy)
        return dy, {"table": table} if param_grads else {}

    def double_backward(self, ddx, dy, cache):
        return ddx, {"table": np.zeros_like(self.params["table"])}


def chain(rng, channels=2, between=()):
    return Sequential(Conv2D(channels, 3, (3, 2), stride=(2, 1), slope=0.2, rng=rng), Flatten(), *between,
                      Dense(18, 6, slope=0.3, rng=rng), ("logit", Dense(6, 1, rng=rng)))  # fmt: skip


def residual(rng):
    body = Sequential(Conv2D(2, 3, (3, 2), stride=(2, 1), slope=0.2, rng=rng), Conv2D(3, 3, 1, bias=False, rng=rng))
    block = Sum(("body", body), ("skip", Conv2D(2, 3, 1, stride=(2, 1), slope=0.4, rng=rng)))
    wide = Concat(MaxoutDense(18, 2, 2, rng=rng), Sequential(Dense(18, 3, rng=rng), LeakyReLU(0.1)), Identity())
    return Sequential(("block", block), Flatten(), ("wide", wide), ("logit", Dense(23, 1, rng=rng)))


DISCRIMINATORS = {
    "chain": chain,
    "residual": residual,
    "single": lambda rng: Sequential(Flatten(), Dense(24, 1, rng=rng)),
    "spectral norm": lambda rng: spectral_normalised(residual(rng), rng=rng),
    "packed": lambda rng: Sequential(Pack(2), *chain(rng, 4).parts()),
    "conditional": lambda rng: chain(rng, between=[LabelShift(18, rng)]),
    "concat": lambda rng: judging_jointly(chain(rng), CLASSES, rng),
    "projection": lambda rng: projecting(residual(rng), CLASSES, rng),
    "projection, spectral norm": lambda rng: spectral_normalised(projecting(chain(rng), CLASSES, rng), rng=rng),
    "batch norm": lambda rng: chain(rng, between=[BatchNorm(18, slope=0.5)]),
    "minibatch": lambda rng: Sequential(Flatten(), MinibatchDiscrimination(24, 2, 2, rng=rng), Dense(26, 1, rng=rng)),
}
PENALISED = [name for name in DISCRIMINATORS if name not in ("batch norm", "minibatch")]
PENALTIES = {
    "r1": lambda: [R1(1.3)],
    "r2": lambda: [R2(0.6)],
    "both": lambda: [R1(1.3), R2(0.4)],
    "wgan-gp": lambda: [WGANGP(2.0, target=0.7)],
    "dragan": lambda: [DRAGAN(2.0, target=0.3, spread=0.4)],
    "all, some lazy": lambda: [WGANGP(0.5), R1(0.6, every=2), R2(0.2, every=3), DRAGAN(0.7, every=2)],
}


def made(name, seed, N=4, M=4):
    """D in float64, off its initial values, and both batches with their labels."""
    rng = np.random.default_rng(seed)
    D = DISCRIMINATORS[name](rng).astype(np.float64)
    for p in D.params.values():
        p += 0.2 * rng.standard_normal(p.shape)
    labels = rng.integers(CLASSES, size=max(N, M))
    real, fake = (Batch(rng.standard_normal((n, *SHAPE)), {"labels": labels[:n]}) for n in (N, M))
    return D, real, fake


def same_game(D, loss, real, fake, penalties=list, steps=1):
    """Both ways, step by step, on copies; the numbers and gradients are equal to rounding, and so is what is kept."""
    ways = [(rules, copy.deepcopy(D), penalties(), np.random.default_rng(3)) for rules in (gan, gan_fused)]
    for _ in range(steps):
        results = [rules.d_gradients(E, loss, real, fake, penalties=own, rng=rng) for rules, E, own, rng in ways]
        (plain, grads), (fast, fast_grads) = results
        assert fast.loss == pytest.approx(plain.loss, rel=1e-12, abs=1e-12)
        for one, two in zip(plain[1:], fast[1:], strict=True):
            np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-12)
        assert grads.keys() == fast_grads.keys() == D.params.keys()
        for key, grad in grads.items():
            scale = 1 + np.abs(grad).max()
            np.testing.assert_allclose(fast_grads[key], grad, rtol=0, atol=1e-12 * scale, err_msg=key)
    (_, E, own, _), (_, F, others, _) = ways
    for key, array in E.state.items():
        np.testing.assert_array_equal(F.state[key], array)
    assert [int(p.state["calls"]) for p in own] == [int(p.state["calls"]) for p in others] == [steps] * len(own)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_every_discriminator_and_loss(name, loss):
    M = 4 if loss == "relativistic" else 6
    D, real, fake = made(name, 1, M=M)
    same_game(D, LOSSES[loss](), real, fake)


@pytest.mark.parametrize("penalties", PENALTIES)
@pytest.mark.parametrize("name", PENALISED)
def test_every_discriminator_and_penalty(name, penalties):
    D, real, fake = made(name, 2)
    same_game(D, LOSSES["non-saturating"](), real, fake, PENALTIES[penalties], steps=3)


@settings(max_examples=25)
@given(
    name=st.sampled_from(PENALISED),
    loss=st.sampled_from(sorted(LOSSES)),
    penalties=st.sampled_from(list(PENALTIES)),
    N=number(1, 3),
    seed=number(0, 999),
)
def test_any_of_them_together(name, loss, penalties, N, seed):
    D, real, fake = made(name, seed, 2 * N, 2 * N)
    same_game(D, LOSSES[loss](), real, fake, PENALTIES[penalties])


def test_batches_of_two_sizes():
    D, real, fake = made("residual", 5, N=3, M=5)
    same_game(D, LOSSES["hinge"](), real, fake, lambda: [R1(1.0), R2(2.0)])


@pytest.mark.parametrize("rules", [gan, gan_fused])
def test_both_refuse_alike(rules):
    loss = LOSSES["minimax"]()
    D, real, fake = made("batch norm", 1)
    with pytest.raises(ValueError, match="layer 'batchnorm1': a gradient penalty needs"):
        rules.d_gradients(D, loss, real, fake, penalties=[R1(1.0)])
    with pytest.raises(ValueError, match="real images are float64, G's are float32"):
        rules.d_gradients(D, loss, real, Batch(fake.x.astype(np.float32), fake.given))
    with pytest.raises(ValueError, match="real images have shape"):
        rules.d_gradients(D, loss, real, Batch(fake.x[:, 1:], fake.given))
    D, real, fake = made("packed", 1, N=3, M=4)
    with pytest.raises(ValueError, match=r"layer 'pack1': Pack\(2\) joins 2 samples"):
        rules.d_gradients(D, loss, real, fake)
    D, real, fake = made("conditional", 1)
    with pytest.raises(ValueError, match="layer 'labelshift1': LabelShift needs labels"):
        rules.d_gradients(D, loss, Batch(real.x), Batch(fake.x))
    with pytest.raises(ValueError, match="WGANGP draws random points"):
        rules.d_gradients(D, loss, real, fake, penalties=[WGANGP()])


def test_they_are_called_alike():
    for name in ("d_gradients", "g_gradients"):
        assert inspect.signature(getattr(gan_fused, name)) == inspect.signature(getattr(gan, name))
    for step, more in ((gan.d_step, ["penalties", "rng"]), (gan.g_step, ["real", "terms"])):
        optional = {key for key, p in inspect.signature(step).parameters.items() if p.kind is p.KEYWORD_ONLY}
        assert optional == {"given", *more}
        assert {key for key, p in inspect.signature(step).parameters.items() if p.default is p.empty} == (
            {"G", "D", "loss", "optimizer", "z"} | ({"real"} if step is gan.d_step else set())
        )
    assert Gan.rules is gan_fused


def test_one_pass_of_d_where_that_is_the_same_and_two_where_it_is_not(monkeypatch):
    for name in DISCRIMINATORS:
        D, real, fake = made(name, 1)
        calls, apply = [], D.apply
        monkeypatch.setattr(D, "apply", lambda x, apply=apply, calls=calls, **o: calls.append(len(x)) or apply(x, **o))
        gan_fused.d_gradients(D, LOSSES["minimax"](), real, fake)
        assert calls == ([4, 4] if name in ("batch norm", "minibatch") else [8]), name


# --- Whole trainings -------------------------------------------------------------------------------------------------


class Fine(Noise):
    """Noise in float64."""

    def sample(self, n, rng):
        return rng.standard_normal((n, self.z_dim))


class Plain(Gan):
    rules = gan


def training(game, name, loss, penalties, k):
    rng = np.random.default_rng(4)
    D, data, _ = made(name, 6, N=12)
    G = Sequential(Dense(3, 24, rng=rng), *([LabelShift(24, rng)] if name == "conditional" else []), BatchNorm(24),
                   Tanh(), Reshape(*SHAPE)).astype(np.float64)  # fmt: skip
    options = {"lr": 1e-3, "beta1": 0.5}
    objective = game(G, D, LOSSES[loss](), Adam(G.params, **options), Adam(D.params, **options), Fine(3), k=k,
                     penalties=PENALTIES[penalties]() if penalties else ())  # fmt: skip
    trainer = Trainer(objective, data.x, batch_size=4, rng=rng, given=data.given)
    return [trainer.step() for _ in range(5)], trainer.arrays()


@pytest.mark.parametrize("name, loss, penalties, k", [
    ("chain", "non-saturating", "all, some lazy", 1), ("residual", "relativistic", "both", 2),
    ("spectral norm", "hinge", "r1", 1), ("packed", "wasserstein", "wgan-gp", 2),
    ("conditional", "least-squares", "both", 1), ("projection", "hinge", "r1", 1), ("batch norm", "minimax", None, 1),
])  # fmt: skip
def test_five_steps_of_either_game_are_the_same(name, loss, penalties, k):
    """Adam's step is blind to a gradient's size, so rounding grows, but not far in five steps."""
    numbers, arrays = training(Plain, name, loss, penalties, k)
    fast_numbers, fast_arrays = training(Gan, name, loss, penalties, k)
    for one, two in zip(numbers, fast_numbers, strict=True):
        for column in Gan.columns:
            assert two[column] == pytest.approx(one[column], rel=1e-9), column
    assert arrays.keys() == fast_arrays.keys()
    for key, array in arrays.items():
        if not key.endswith("fingerprint"):  # which tells rounding apart
            np.testing.assert_allclose(fast_arrays[key], array, rtol=1e-7, atol=1e-9, err_msg=key)
