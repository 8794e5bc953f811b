"""The signs: each is there where it should be, and nowhere else; the looks change nothing."""

import numpy as np
import pytest

from minigan.losses import LOSSES, AuxiliaryClassifier, NonSaturating
from minigan.training.signs import SIGNS, SIGNS_OF_CODE, History, all_well, bounds, found, wave


def history(d_loss=1.2, g_loss=0.8, loss=None, steps=400, looks=10, **looked):
    """A History of so many steps. The losses are numbers or functions of the step; a little noise is added."""
    rng, h = np.random.default_rng(0), History(loss or NonSaturating())
    for step in range(1, steps + 1):
        row = {
            name: value(step) if callable(value) else value
            for name, value in {"d_loss": d_loss, "g_loss": g_loss}.items()
        }
        h.steps.append(
            {"step": step} | {name: value + 0.01 * abs(rng.standard_normal()) for name, value in row.items()}
        )
    for k in range(looks):
        usual = {"spread": 1.0, "alike": 0.01, "moved": 0.3, "push": 1.0} | looked
        h.looks.append({"step": k} | {name: value[k] if np.ndim(value) else value for name, value in usual.items()})
    return h


def words(h):
    return [sign.word for sign, _ in found(h)]


def test_a_healthy_game_has_no_sign():
    assert words(history()) == []


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "wasserstein"])
def test_d_has_won_whatever_the_loss(name):
    loss = LOSSES[name]()
    least, ignorant = bounds(loss)
    assert words(history(least, loss=loss)) == ["D has won"]
    assert words(history(least + 0.1 * (ignorant - least), loss=loss)) == []
    assert loss.discriminator(np.zeros((3, 1)), np.zeros((3, 1)))[0] == pytest.approx(ignorant)


def test_a_smoothed_target_is_taken_into_account():
    least, _ = bounds(NonSaturating(smooth=0.9))
    assert least == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1), abs=1e-2)  # the entropy of the target


def test_a_wasserstein_loss_has_no_least_value_and_no_winner():
    loss = LOSSES["wasserstein"]()
    assert bounds(loss)[0] == -np.inf
    assert all(words(history(d_loss, loss=loss)) == [] for d_loss in (0.0, -5.0, -1e4, 1e4))


def test_a_vanished_gradient_is_told_beside_the_victory():
    push = np.geomspace(1, 1e-6, 10)
    ((sign, numbers),) = found(history(0.0, push=push))
    assert "has vanished: it is 1e-06 of its largest" in sign.sentences(numbers)
    ((sign, numbers),) = found(history(0.0))
    assert "G still gets a gradient, 100% of its largest" in sign.sentences(numbers)


def test_samples_all_alike():
    assert words(history(spread=0.05)) == words(history(alike=0.4)) == ["all alike"]
    falling = [1.0] * 8 + [0.05] * 2  # a G that was narrow twice only
    assert words(history(spread=falling)) == [] and words(history(spread=[*falling[1:], 0.05])) == ["all alike"]
    assert words(history(spread=np.geomspace(0.01, 0.09, 10))) == []  # on its way out


def test_g_stands_still_only_while_d_is_not_deceived():
    assert words(history(0.05, moved=0.001)) == ["G stands still"]
    assert words(history(1.3, moved=0.001)) == []  # it has arrived
    assert words(history(0.05, moved=[0.2] * 5 + [0.001] * 5)) == ["G stands still"]


@pytest.mark.parametrize("period", [20, 60])
def test_losses_that_oscillate(period):
    def swinging(step):
        return 1 + 0.1 * np.sin(2 * np.pi * step / period)

    ((sign, numbers),) = found(history(swinging, swinging))
    assert sign.word == "oscillates" and numbers["period"] == pytest.approx(period, rel=0.1)
    assert words(history(swinging)) == []  # one player alone does not go round
    assert words(history(swinging, swinging, steps=399)) == []  # it may settle yet


def test_noise_drift_and_two_swings_are_no_wave():
    rng, t = np.random.default_rng(3), np.arange(600)
    for seed in range(30):
        walk = np.random.default_rng(seed).standard_normal(600)
        assert wave(walk) == 0, seed
    assert wave(0.01 * t + rng.standard_normal(600)) == wave(np.exp(-t / 100)) == wave(np.zeros(600)) == 0
    assert wave(np.sin(2 * np.pi * t / 300)) == wave(np.sin(2 * np.pi * t / 220)) == 0
    assert wave(np.sin(2 * np.pi * t / 100)) > 0


@pytest.mark.parametrize("few", [dict(steps=99), dict(looks=4), dict(steps=0)])
def test_nothing_is_said_too_early(few):
    h = history(0.0, spread=0.0, moved=0.0, **few)
    assert h.early and words(h) == []


def test_numbers_that_are_missing_give_no_sign():
    h = history(np.nan, np.nan, spread=np.nan, alike=np.nan, moved=np.nan, push=np.nan)
    assert words(h) == [] and bounds(None) == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_each_sign_says_what_is_seen_what_it_means_and_what_to_try():
    numbers = dict(share=0.01, window=50, push="", most=0.01, spread=0.1, alike=0.2, period=60.0, kl=0.01)
    for sign in (*SIGNS, *SIGNS_OF_CODE):
        text = sign.sentences(numbers)
        assert text.startswith(f"{sign.word}: ") and "Try " in text and "{" not in text and text.endswith(".")


def test_the_bounds_of_a_loss_with_class_scores_are_those_of_its_logits():
    assert bounds(AuxiliaryClassifier(NonSaturating(), 10)) == bounds(NonSaturating())


def autoencoder(kl, spread=0.8, alike=0.01):
    """The History of an autoencoder whose last steps have this KL."""
    h = History(None)
    for t in range(1, 301):
        h.steps.append({"step": t, "loss": 100.0, "reconstruction": 90.0, "kl": kl if t > 200 else 10.0})
    h.looks += [{"step": 60 * t, "spread": spread, "alike": alike, "moved": 0.0, "push": np.nan} for t in range(6)]
    return h


def test_an_autoencoder_has_signs_of_its_own():
    assert words(autoencoder(12.0)) == [] and words(autoencoder(0.05)) == ["code unused"]
    assert words(autoencoder(12.0, spread=0.02)) == ["all alike"]
    ((sign, numbers),) = found(autoencoder(0.05))
    said = sign.sentences(numbers)
    assert "the KL was 0.05 nats per sample over the last 50 steps" in said and "Try --free-bits 0.1" in said
    assert all("--penalty" not in one.advice and " D " not in one.sentences(
        {"kl": 0.1, "window": 50, "spread": 0.1, "alike": 0.3}) for one in SIGNS_OF_CODE)  # fmt: skip
    assert all_well(autoencoder(12.0)) == ("no alarm: the code is used (12.0 nats per sample), and G's samples are not "
                                           "all alike (their mean distance is 80% of that of real ones).")  # fmt: skip
