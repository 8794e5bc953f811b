"""Momentum against a path worked out by hand."""

import pytest

from minigan.optim import SGD, Momentum


def test_by_hand(walk):
    # v = 1, then 0.5 * 1 - 2 = -1.5
    assert walk(Momentum, [1.0, -2.0], lr=0.1, momentum=0.5) == pytest.approx([0.9, 1.05])


def test_without_momentum_it_is_sgd(walk):
    assert walk(Momentum, [1.0, -2.0, 0.5], momentum=0.0) == walk(SGD, [1.0, -2.0, 0.5])
