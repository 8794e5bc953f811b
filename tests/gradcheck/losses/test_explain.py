"""Explanations of a wrong gradient of a loss."""

import numpy as np
import pytest

from minigan.gradcheck.losses.explain import explain, misshapen
from minigan.losses import sigmoid

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
    found = explain(S, said, RIGHT, [3], P / 5)
    assert found.get("cause") == cause
    assert cause is None or (found["hint"] and found["evidence"])


def test_logits_that_the_value_does_not_depend_on():
    assert explain(S, RIGHT, 0 * RIGHT)["cause"] == "unused"


def test_what_cannot_be_explained_is_described():
    found = explain(S, RIGHT * np.exp(np.sin(S)), RIGHT)
    assert set(found) == {"evidence"} and "runs from" in found["evidence"]


def test_shapes():
    column = np.zeros((5, 1))
    assert misshapen(column, np.zeros((5, 5)), [np.zeros((3, 1))])["cause"] == "broadcast"
    assert misshapen(column, np.zeros((3, 1)), [np.zeros((3, 1))])["cause"] == "swapped"
    assert misshapen(column, 0.0, [np.zeros((3, 1))])["cause"] == "shape"


T = np.array([-6.0, -2.0, -0.4, 0.6, 0.8, 3.0])
HINGE = np.where(T < 1, -1 / 6, 0)  # of mean max(0, 1 - s)
SQUARES = (T - 1) / 6  # of mean (s - 1)^2 / 2


@pytest.mark.parametrize("said, right, cause", [
    (np.where(T < 0, -1 / 6, 0), HINGE, "kink"),
    (np.full(6, -1 / 6), HINGE, "one-side"),
    (np.where(T < 1, 0, -1 / 6), HINGE, "mask-inverted"),
    (np.where(T < -1, -1 / 6, 0), HINGE, "kink"),
    (np.where(T == -0.4, 0, HINGE), HINGE, "kink"),  # which only a loss with two slopes can have
    (np.where(T == -0.4, 0, SQUARES), SQUARES, "one-sample"),
    (T / 6, SQUARES, "target"),
    (-(T + 1) / 6, SQUARES, None),  # wrong sign and wrong target; nothing in it is a sigmoid
    (1 / 6 - SQUARES, SQUARES, None),
    (np.full(6, -1.0), np.full(6, -1 / 6), "sum-for-mean"),
    (np.full(6, -1 / 4), np.full(6, -1 / 6), "other-batch-size"),
])  # fmt: skip
def test_explanations_of_losses_that_are_no_logarithms(said, right, cause):
    found = explain(T, said, right, [4])
    assert found.get("cause") == cause


def test_batches_of_one_size_are_not_mistaken_for_one_another():
    assert explain(T, SQUARES * (1 + 8e-6), SQUARES, [6])["cause"] == "factor"
