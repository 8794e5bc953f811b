"""SGD against a path worked out by hand."""

import pytest

from minigan.optim import SGD


def test_by_hand(walk):
    assert walk(SGD, [1.0, -2.0], lr=0.1) == pytest.approx([0.9, 1.1])
