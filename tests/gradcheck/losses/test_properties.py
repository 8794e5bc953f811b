"""The properties of a right value of a loss."""

import numpy as np
import pytest

from minigan.gradcheck.core.subject import Broken
from minigan.gradcheck.losses.properties import directions, overflows, properties
from minigan.losses import NonSaturating


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


@pytest.mark.parametrize("a, b, c, wrong", [
    (0, 1, 1, False), (-1, 1, 0, False), (-1, 1, -0.5, False), (2, 3, 3, False), (-3, -2, -2, False), (0, 1, 0, True),
    (-1, 1, -1, True), (0.1, 1, 0.1, True), (0, 1, -1, True), (2, 3, 2, True),
])  # fmt: skip
def test_codes_of_least_squares(a, b, c, wrong):
    """D wants fakes at a and real logits at b; G's code c must lie from a on towards b, on whatever side of 0."""

    def value(player, *logits):
        codes = (b, a) if player == "discriminator" else (c,)
        return float(sum(np.mean((s - code) ** 2) for s, code in zip(logits, codes, strict=True)))

    found = list(directions(value))
    assert [(finding.where, finding.cause) for finding in found] == [("generator", "direction")] * wrong


def test_g_has_a_direction_also_where_d_has_a_wrong_one_or_none():
    for d in (-1, 0):
        for g in (-1, 1):
            found = directions(lambda player, *s, d=d, g=g: value_of()(player, *s) * (d if len(s) == 2 else g))
            wanted = ["discriminator"] * (d < 0) + ["generator"] * (g < 0)
            assert [finding.where for finding in found] == wanted


def paired_value(player, *logits):
    first, second = logits if player == "generator" else logits[::-1]
    return float(np.mean(np.logaddexp(0, second - first if player == "generator" else first - second)))


@pytest.mark.parametrize("change, cause", [
    (lambda v, *s: v, None),
    (lambda v, *s: v * s[0].size, "summed"),
    (lambda v, *s: v * s[0].ndim, "broadcast"),
    (lambda v, *s: -v, "direction"),
])  # fmt: skip
def test_properties_of_a_paired_value(change, cause):
    found = list(properties(lambda player, *s: change(paired_value(player, *s), *s), paired=True))
    assert {finding.cause for finding in found} == {cause} - {None}


def test_what_overflows_in_pairs():
    """In both players' values it is the difference that is large."""

    def naive(player, *logits):
        first, second = logits if player == "generator" else logits[::-1]
        return 0.0, np.exp(np.abs(first - second))

    with np.errstate(over="ignore"):
        assert [f.cause for f in overflows(naive, paired=True)] == ["overflow"] * 2


def test_what_overflows():
    def raises(player, *logits):
        raise Broken(player, "the value must be a finite number, got inf")

    assert list(overflows(lambda player, *logits: getattr(NonSaturating(), player)(*logits))) == []
    assert [f.cause for f in overflows(lambda player, *logits: (0.0, logits[0] * np.inf))] == ["overflow"] * 2
    assert ["got inf" in f.message for f in overflows(raises)] == [True, True]
