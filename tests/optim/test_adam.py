"""Adam against a path worked out by hand, and its two forms against each other."""

import numpy as np
import pytest

from minigan.optim import Adam


def test_by_hand(walk):
    # t = 1: m = 0.2, v = 0.4 -> mhat = 2, vhat = 4.  t = 2: m = 0.08, v = 0.46 -> mhat = 0.08/0.19, vhat = 0.46/0.19
    p1 = 1 - 0.1 * 2 / (2 + 0.5)
    p2 = p1 - 0.1 * (0.08 / 0.19) / ((0.46 / 0.19) ** 0.5 + 0.5)
    path = walk(Adam, [2.0, -1.0], lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    assert path == pytest.approx([p1, p2], rel=1e-12)


def test_the_first_step_is_lr_whatever_the_gradient(walk):
    for g in (1e-3, 1.0, -1e3):
        assert walk(Adam, [g], lr=0.1) == pytest.approx([1 - 0.1 * np.sign(g)], rel=1e-4)


def test_the_second_parameter_moves_as_it_would_alone(walk):
    """A step counts once for each parameter."""
    params, options = {"a": np.array([1.0]), "b": np.array([1.0])}, dict(lr=0.1, beta1=0.9, beta2=0.9, eps=0.5)
    optimizer = Adam(params, **options)
    for g in (2.0, -1.0):
        optimizer.step({"a": np.array([5.0]), "b": np.array([g])})
    assert params["b"].item() == pytest.approx(walk(Adam, [2.0, -1.0], **options)[-1], rel=1e-14)
    assert optimizer.steps == {"a": 2, "b": 2}


def test_a_parameter_that_came_later_is_corrected_by_its_own_count(walk):
    """The old parameter goes on as if nothing had happened, the new one begins as if it were alone."""
    options = dict(lr=0.1, beta1=0.9, beta2=0.99, eps=1e-3)
    old, new = np.array([1.0]), np.array([1.0])
    optimizer = Adam({"old": old}, **options)
    for g in (2.0, -1.0):
        optimizer.step({"old": np.array([g])})
    optimizer = optimizer.replaced({"old": old, "new": new})
    for g in (0.5, 3.0):
        optimizer.step({"old": np.array([g]), "new": np.array([g])})
    assert old.item() == walk(Adam, [2.0, -1.0, 0.5, 3.0], **options)[-1]
    assert new.item() == walk(Adam, [0.5, 3.0], **options)[-1]
    assert optimizer.steps == {"old": 4, "new": 2}
