"""Functions that return several things."""

import numpy as np
import pytest

from minigan.lessons.marking import Wrong
from minigan.lessons.marking.several import OneLoss, dx_and_grads, several


def seen(check, *args):
    with pytest.raises(Wrong) as caught:
        check(*args)
    assert "?" in caught.value.question
    return caught.value.seen


def test_as_many_as_the_names():
    assert several((1, 2), ("y", "cache"), "forward") == (1, 2)
    assert seen(several, np.zeros((2, 3)), ("y", "cache"), "forward") == "expected y, cache; got one ndarray"
    assert seen(several, (1, 2, 3), ("y", "cache"), "forward") == "expected y, cache; got 3 things"
    assert seen(several, None, ("y", "cache"), "forward") == "expected y, cache; got None"


def test_dx_and_a_dict():
    assert dx_and_grads((1, {"w": 2, "b": 3}), "backward") == (1, {"w": 2, "b": 3})
    assert dx_and_grads((1, {}), "backward", keys=()) == (1, {})
    assert "got one int" in seen(dx_and_grads, 1, "backward")
    assert seen(dx_and_grads, ({"w": 2, "b": 3}, 1), "backward") == "the second that backward returns is of type int"
    assert seen(dx_and_grads, (1, {"dw": 2, "b": 3}), "backward") == "the keys of the dict are dw, b"
    assert seen(dx_and_grads, (1, {}), "backward") == "the keys of the dict are none"


def test_one_players_loss_beside_the_other_of_minigan():
    def mine(fake_logits):
        return 1.0, fake_logits

    loss = OneLoss(generator=mine)
    assert loss.generator is mine and loss.discriminator(np.zeros((2, 1)), np.zeros((3, 1)))[1].shape == (2, 1)
    assert OneLoss(discriminator=mine).discriminator is mine
