"""check_optimizer passes the library's rules, and names the classic slips."""

import numpy as np
import pytest

from minigan.gradcheck import check_optimizer
from minigan.optim import OPTIMIZERS, SGD, Adam, Momentum


class Slow:
    """Adam, plainly, with a switch for each slip."""

    def __init__(self, params, slip=""):
        self.params, self.slip, self.t = params, slip, 0
        self.lr, self.beta1, self.beta2, self.eps = 0.01, 0.5, 0.9, 1e-4
        self.m, self.v = ({key: np.zeros_like(p) for key, p in params.items()} for _ in range(2))

    def step(self, grads):
        self.t += self.slip != "t stays"
        for key, g in grads.items():
            self.t += self.slip == "t in the loop"
            if self.slip == "grads changed":
                g *= 0.5
            m, v, t = self.m[key], self.v[key], 1 if self.slip == "no power" else self.t
            m[...] = self.beta1 * m + (1 - self.beta1) * g
            v[...] = self.beta2 * v + (1 - self.beta2) * g * g
            if self.slip != "no correction":
                m, v = m / (1 - self.beta1 ** max(t, 1)), v / (1 - self.beta2 ** max(t, 1))
            root = np.sqrt(v + self.eps) if self.slip == "eps inside" else np.sqrt(v) + self.eps
            step = self.lr * m / root * (-1 if self.slip == "ascent" else 1)
            if self.slip == "not in place":
                self.params[key] = self.params[key] - step
            else:
                self.params[key] -= step


class Shared(Momentum):
    """One v for all optimizers ever made."""

    kept = {}

    def update(self, key, p, g):
        v = self.kept[key] = self.momentum * self.kept.get(key, 0) + g
        p -= self.lr * v


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_right_rules_pass(kind):
    report = check_optimizer(kind)
    assert report.ok and set(report.errors) == {"a", "b", "c"}, report
    assert check_optimizer(lambda params: kind(params, lr=0.1)).ok


def test_a_plain_adam_passes_by_its_rule_name():
    assert check_optimizer(Slow, "adam").ok


@pytest.mark.parametrize(
    "slip, cause",
    [
        ("ascent", "ascent"),
        ("no power", "no-power"),
        ("t stays", "no-power"),
        ("no correction", "no-correction"),
        ("eps inside", "eps-inside"),
        ("grads changed", "grads-changed"),
        ("not in place", "not-in-place"),
    ],
)
def test_slips_of_adam_are_named(slip, cause):
    report = check_optimizer(lambda params: Slow(params, slip), "adam")
    assert report.findings and report.findings[0].cause == cause, report
    assert report.findings[0].hint


def test_a_step_counted_once_for_each_parameter():
    class PerParameter(Adam):
        t = 0

        def update(self, key, p, g):
            self.t += 1
            self.steps[key] = self.t
            super().update(key, p, g)

    report = check_optimizer(PerParameter)
    assert {finding.cause for finding in report.findings} == {"t-per-parameter"}, report


def test_a_state_that_two_optimizers_share_is_found():
    assert not check_optimizer(Shared).ok


def test_what_cannot_be_made_or_stepped_gets_a_sentence():
    def raises(params):
        raise KeyError("lr")

    assert [f.cause for f in check_optimizer(raises).findings] == ["raises"]
    assert [f.cause for f in check_optimizer(lambda params: object(), "sgd").findings] == ["signature"]


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="rule=..."):
        check_optimizer(Slow)
    with pytest.raises(ValueError, match="sgd, momentum"):
        check_optimizer(SGD, "lion")
