"""Functions that return several things."""

import numpy as np
import pytest

from minigan.lessons.marking import Wrong
from minigan.lessons.marking.returned import dx_and_grads, several, with_keys


def seen(check, *args):
    with pytest.raises(Wrong) as caught:
        check(*args)
    assert "?" in caught.value.question
    return caught.value.seen


def test_as_many_as_the_names():
    assert several((1, 2), ("y", "cache"), "forward") == (1, 2) == several([1, 2], ("y", "cache"), "forward")
    assert seen(several, np.zeros((2, 3)), ("y", "cache"), "forward") == "expected y, cache; got one ndarray"
    assert seen(several, (1, 2, 3), ("y", "cache"), "forward") == "expected y, cache; got 3 things"
    assert seen(several, None, ("y", "cache"), "forward") == "expected y, cache; got None"


def test_dx_and_a_dict():
    assert dx_and_grads((1, {"w": 2, "b": 3}), "backward") == (1, {"w": 2, "b": 3})
    assert dx_and_grads((1, {}), "backward", keys=()) == (1, {})
    assert "got one int" in seen(dx_and_grads, 1, "backward")
    assert (
        seen(dx_and_grads, ({"w": 2, "b": 3}, 1), "backward") == "the second thing that backward returns is of type int"
    )
    assert seen(dx_and_grads, (1, {"dw": 2, "b": 3}), "backward") == "the keys of the dict are dw, b, expected w, b"
    assert seen(dx_and_grads, (1, {}), "backward") == "the keys of the dict are none, expected w, b"


def test_a_dict_with_its_keys():
    assert with_keys({"b": 1, "w": 2}, ["w", "b"], "it") == {"b": 1, "w": 2}
    assert seen(with_keys, [1], ["w"], "what averaged returns") == "what averaged returns is of type list"
    assert seen(with_keys, {"v": 1}, ["w"], "it") == "the keys of the dict are v, expected w"
