"""The zoo's wrong losses, optimizers, games and double backwards: every one is found, and called by its name. And what
is right is called right, over many random configurations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gan import d_step, g_step
from minigan.gradcheck import check_gan_step, check_loss, check_optimizer
from minigan.gradcheck.glossary import glossary
from minigan.layers import BatchNorm, Conv2D, Conv2DTranspose, Dense, Dropout, Flatten, LeakyReLU, Reshape, Sequential
from minigan.lessons.clinic import zoo
from minigan.losses import LOSSES, LeastSquares, Minimax, NonSaturating, sigmoid, softplus
from minigan.optim import OPTIMIZERS

KINDS = {"loss": 10, "optimizer": 12, "game": 14, "double-backward": 5}
WRONG = [m for m in zoo.load().values() if m.kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_enough_of_each_kind(kind):
    assert sum(m.kind == kind for m in WRONG) >= KINDS[kind]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda m: m.name)
def test_every_wrong_one_is_found_and_named(wrong):
    report = wrong.check()
    assert report.verdict == "WRONG", report
    first = report.findings[0]
    assert first.cause == wrong.cause and first.hint, report
    if wrong.kind != "double-backward":  # whose causes may be any of a layer's
        assert all(
            finding.cause is None or finding.cause is glossary(wrong.kind)[finding.cause.name]
            for finding in report.findings
        )
    assert wrong.mistake and wrong.source.startswith(("class ", "def ")) and wrong.source.count("\n") <= 30


class WithLabels:
    """Binary cross-entropy with labels, as most courses write it."""

    def discriminator(self, real_logits, fake_logits):
        (one, d_real), (two, d_fake) = self.bce(real_logits, 1.0), self.bce(fake_logits, 0.0)
        return one + two, d_real, d_fake

    def generator(self, fake_logits):
        return self.bce(fake_logits, 1.0)

    def bce(self, s, label):
        return float(np.mean(softplus(s) - label * s)), (sigmoid(s) - label) / len(s)


RIGHT_LOSSES = [*(kind() for kind in LOSSES.values()), Minimax(0.9), NonSaturating(0.7), LeastSquares(-1, 1, 0),
                WithLabels()]  # fmt: skip
UNPAIRED = [name for name, kind in LOSSES.items() if not getattr(kind, "paired", False)]
GAME_LOSSES = [*(LOSSES[name]() for name in UNPAIRED), Minimax(0.9), LeastSquares(-1, 1, 0), WithLabels()]


@given(which=st.sampled_from(range(len(RIGHT_LOSSES))), seed=st.integers(0, 999))
def test_right_losses_pass(which, seed):
    report = check_loss(RIGHT_LOSSES[which], rng=np.random.default_rng(seed))
    assert report.ok, report


@given(rule=st.sampled_from(list(OPTIMIZERS)), lr=st.sampled_from([1e-5, 1e-3, 0.1, 1.0]), seed=st.integers(0, 999),
       beta=st.floats(0, 0.99), eps=st.sampled_from([1e-8, 1e-3, 1.0]))  # fmt: skip
def test_right_optimizers_pass(rule, lr, seed, beta, eps):
    options = {"momentum": {"momentum": beta}, "rmsprop": {"rho": beta, "eps": eps},
               "adam": {"beta1": beta, "beta2": 0.999, "eps": eps}}.get(rule, {})  # fmt: skip
    kind = OPTIMIZERS[rule]
    report = check_optimizer(lambda params: kind(params, lr=lr, **options), rng=np.random.default_rng(seed))
    assert report.ok, report


def players(rng, width, norm, rate):
    """Two networks with or without batch norm and dropout."""
    G = Sequential(
        Dense(2, 2 * 3 * width, rng=rng), *([BatchNorm(2 * 3 * width)] if norm else []), LeakyReLU(0.2),
        Reshape(2, 3, width), Conv2DTranspose(width, 1, (2, 3), stride=(2, 1), rng=rng),
    )  # fmt: skip
    D = Sequential(
        Conv2D(1, width, 3, stride=(1, 2), rng=rng), *([BatchNorm(width, slope=0.2)] if norm else []),
        Dropout(rate, rng=rng), Flatten(), Dense(8 * width, 1, rng=rng),
    )  # fmt: skip
    return G, D


def both(G, D, loss, g_optimizer, d_optimizer, real, z):
    d = d_step(G, D, loss, d_optimizer, real, z)
    return d.loss, g_step(G, D, loss, g_optimizer, z).loss


@given(width=st.integers(1, 3), norm=st.booleans(), rate=st.sampled_from([0.0, 0.3]), seed=st.integers(0, 999),
       which=st.sampled_from(range(len(GAME_LOSSES))))  # fmt: skip
def test_right_games_pass(width, norm, rate, seed, which):
    rng = np.random.default_rng(seed)
    options = {"networks": players(rng, width, norm, rate), "z_shape": (2,), "loss": GAME_LOSSES[which], "rng": rng}
    for report in (check_gan_step(d_step, g_step, **options), check_gan_step(step=both, **options)):
        assert report.ok and report.checked > 0, report


@given(seed=st.integers(0, 999), name=st.sampled_from(UNPAIRED))
def test_right_games_pass_with_the_small_players(seed, name):
    report = check_gan_step(d_step, g_step, loss=LOSSES[name](), rng=np.random.default_rng(seed))
    assert report.ok and {label[0] for label in report.errors} == {"D", "G"}, report
