"""Explanations of a wrong gradient of a loss, and the properties of a right value."""

import numpy as np
import pytest

from minigan.gradcheck.loss_slips import CAUSES, directions, explain, misshapen, overflows, properties
from minigan.gradcheck.subject import Broken
from minigan.losses import NonSaturating, sigmoid

S = np.array([-6.0, -1.5, 0.3, 2.0, 5.0])
P = sigmoid(S)
RIGHT = (P - 1) / 5  # of mean softplus(-s)


@pytest.mark.parametrize("said, cause", [
    (0 * RIGHT, "zero"),
    (-RIGHT, "sign"),
    (5 * RIGHT, "sum-for-mean"),
    (RIGHT / 5, "divided-twice"),
    (5 / 3 * RIGHT, "other-batch-size"),
    (7 * RIGHT, "factor"),
    (P / 5, "other-player"),
    (-P / 5, "saturating"),
    (RIGHT / (P * (1 - P)), "by-probability"),
    (RIGHT * P * (1 - P), "sigmoid-slope-twice"),
    (RIGHT + 0.02, "target"),
    (0.1 - RIGHT, "reflected"),
    (RIGHT * (1 + 0.01 / P), "eps-in-log"),
    (np.where(np.abs(S) < 4, RIGHT, 0.1), "large-logits"),
    (np.where(S < 1, RIGHT, 0.1), "one-side"),
    (np.where(S == 0.3, RIGHT, 0), "one-sample"),
    (RIGHT + 0.01 * np.sin(9 * S), None),
])  # fmt: skip
def test_explanations(said, cause):
    found = explain("generator", "d_fake", S, said, RIGHT, {"d_fake": S, "d_real": S[:3]}, P / 5)
    assert found.get("cause") == cause
    assert cause is None or (cause in CAUSES and found["hint"] and found["evidence"])


def test_logits_that_the_value_does_not_depend_on():
    assert explain("discriminator", "d_real", S, RIGHT, 0 * RIGHT, {"d_real": S}, None)["cause"] == "unused"


def test_what_cannot_be_explained_is_described():
    found = explain("generator", "d_fake", S, RIGHT * np.exp(np.sin(S)), RIGHT, {"d_fake": S}, None)
    assert set(found) == {"evidence"} and "runs from" in found["evidence"]


def test_shapes():
    column = np.zeros((5, 1))
    assert misshapen("d_real", column, np.zeros((5, 5)), [np.zeros((3, 1))])["cause"] == "broadcast"
    assert misshapen("d_real", column, np.zeros((3, 1)), [np.zeros((3, 1))])["cause"] == "swapped"
    assert misshapen("d_real", column, 0.0, [np.zeros((3, 1))])["cause"] == "shape"


def value_of(change=lambda value, *logits: value):
    def value(player, *logits):
        return change(getattr(NonSaturating(), player)(*logits)[0], *logits)

    return value


@pytest.mark.parametrize("change, cause", [
    (lambda v, *s: v, None),
    (lambda v, *s: v * s[0].size, "summed"),
    (lambda v, *s: v * s[0].size**0.5, "batch-size"),
    (lambda v, *s: v + s[0].ravel()[0], "sample-order"),
    (lambda v, *s: v * s[0].ndim, "broadcast"),
    (lambda v, *s: -v, "direction"),
])  # fmt: skip
def test_properties_of_a_value(change, cause):
    found = list(properties(value_of(change)))
    assert {finding.cause for finding in found} - {"direction" if cause == "sample-order" else ""} == {cause} - {None}
    assert {finding.where for finding in found} == ({"discriminator", "generator"} if cause else set())
    assert all(finding.hint and finding.evidence for finding in found)


def test_samples_that_do_not_stand_for_themselves():
    def largest(player, *logits):
        return value_of()(player, *logits) if player == "discriminator" else float(-logits[0].min())

    def one_mean(player, *logits):
        both = [value_of()("generator", -logits[0]), value_of()("generator", logits[-1])]
        return float(np.average(both[-len(logits) :], weights=[a.size for a in logits]))

    assert [finding.cause for finding in properties(largest)] == ["not-a-mean"]
    assert "how many fake images" in next(properties(one_mean)).message


def test_each_player_has_a_direction_of_its_own():
    def only_g(player, *logits):
        return value_of()(player, *logits) * (-1 if player == "generator" else 1)

    assert [finding.where for finding in directions(only_g)] == ["generator"]


def test_what_overflows():
    def raises(player, *logits):
        raise Broken(player, "the value must be a finite number, got inf")

    assert list(overflows(lambda player, *logits: getattr(NonSaturating(), player)(*logits))) == []
    assert [f.cause for f in overflows(lambda player, *logits: (0.0, logits[0] * np.inf))] == ["overflow"] * 2
    assert ["got inf" in f.message for f in overflows(raises)] == [True, True]
