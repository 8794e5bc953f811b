"""The textbook's recurrences are the library's, and each slip is another path."""

from types import SimpleNamespace

import numpy as np
import pytest

from minigan.gradcheck.optimizers.explain import RULES, textbook
from minigan.gradcheck.optimizers.judge import SLIPS, alike
from minigan.optim import OPTIMIZERS

CONSTANTS = SimpleNamespace(lr=0.1, momentum=0.7, rho=0.8, beta1=0.6, beta2=0.9, eps=1e-2)
SHAPES = {"a": (2, 3), "b": (3,), "c": (2, 3)}
AT_LEAST = {"sgd": 3, "momentum": 11, "rmsprop": 19, "adam": 36}
SAME = [{"gradient-late", "old-state"}]  # two names for one path, where the gradient enters by an average alone


@pytest.fixture
def history(rng):
    return [{key: rng.standard_normal(shape) for key, shape in SHAPES.items()} for _ in range(4)]


@pytest.mark.parametrize("rule", RULES)
def test_without_a_slip_it_is_the_librarys(rule, history):
    params = {key: np.zeros(shape) for key, shape in SHAPES.items()}
    options = {"momentum": ["momentum"], "rmsprop": ["rho", "eps"], "adam": ["beta1", "beta2", "eps"]}.get(rule, [])
    optimizer = OPTIMIZERS[rule](params, lr=0.1, **{name: getattr(CONSTANTS, name) for name in options})
    for grads, step in zip(history, textbook(rule, CONSTANTS, history), strict=True):
        before = {key: p.copy() for key, p in params.items()}
        optimizer.step(grads)
        for key, p in params.items():
            np.testing.assert_allclose(before[key] - p, step[key], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rule", RULES)
def test_slips_that_the_rule_can_make_are_wrong_and_all_different(rule, history):
    right = textbook(rule, CONSTANTS, history)
    paths = {slip: textbook(rule, CONSTANTS, history, slip) for slip in SLIPS}
    made = [slip for slip, steps in paths.items() if not alike(steps, right, CONSTANTS.lr)]
    assert len(made) >= AT_LEAST[rule], made
    for k, slip in enumerate(made):
        for other in made[:k]:
            assert {slip, other} in SAME or not alike(paths[slip], paths[other], CONSTANTS.lr), (slip, other)


def test_every_slip_is_one_of_some_rule(history):
    for slip in SLIPS:
        assert any(
            not alike(textbook(rule, CONSTANTS, history, slip), textbook(rule, CONSTANTS, history), CONSTANTS.lr)
            for rule in RULES
        ), slip
