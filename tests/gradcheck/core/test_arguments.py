"""Words to values; and what does not fit, in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck.core.arguments import made, needed, parse_kwargs, parse_shape


@pytest.mark.parametrize(
    "text, values",
    [
        ("", {}),
        ("stride=2 padding=valid", {"stride": 2, "padding": "valid"}),
        ("stride = (3, 2), padding=((1, 0), (2, 1))", {"stride": (3, 2), "padding": ((1, 0), (2, 1))}),
        ("rate=0.5 bias=False on=true name='a b' none=None n=-1", {"rate": 0.5, "bias": False, "on": True,
                                                                   "name": "a b", "none": None, "n": -1}),
        ("init=he,kernel=3", {"init": "he", "kernel": 3}),
    ],
)  # fmt: skip
def test_kwargs(text, values):
    assert parse_kwargs(text) == values


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
                       st.integers() | st.booleans() | st.tuples(st.integers(), st.floats(-9, 9))))  # fmt: skip
def test_kwargs_back_from_their_text(values):
    assert parse_kwargs(" ".join(f"{name}={value!r}" for name, value in values.items())) == values


@pytest.mark.parametrize("text", ["2", "stride", "2 stride=2", "stride=", "stride=2..", "stride=__import__('os')",
                                  "kernel=(3,", "kernel=" + "(" * 500])  # fmt: skip
def test_wrong_kwargs(text):
    with pytest.raises(ValueError, match="--kwargs expected"):
        parse_kwargs(text)


def test_shapes():
    assert parse_shape("3,7,6,2") == parse_shape("(3, 7, 6, 2)") == parse_shape("3x7x6x2") == (3, 7, 6, 2)
    assert parse_shape("5") == (5,)
    for text in ("", "3,0", "3,-1", "a", "3,7.5"):
        with pytest.raises(ValueError, match="--input expected the sizes of x"):
            parse_shape(text)
    with pytest.raises(ValueError, match="makes 1,000,000,000,000 entries"):
        parse_shape("1000000,1000000")


class Part:
    def __init__(self, size, depth, *, rate=0.5, rng=None):
        if size > 9:
            raise OverflowError("too large")
        self.size, self.rng = size, rng


class Shape:
    def __init__(self, *shape):
        self.shape = shape


def test_making():
    assert needed(Part) == ["size", "depth"] and made(Part, {"size": 1, "depth": 2}, rng="dice").rng == "dice"
    assert made(Shape, {"shape": (2, 3)}).shape == ((2, 3),)
    for kwargs, words in [
        ({"size": 1}, "Part needs a value for depth; give it with --kwargs 'depth=...'"),
        ({"size": 1, "depth": 2, "rat": 3}, "Part has no argument 'rat'; did you mean rate?"),
        ({"size": 10, "depth": 2}, r"Part\(size=10, depth=2\) could not be made: OverflowError: too large \(.*line"),
    ]:
        with pytest.raises(ValueError, match=words):
            made(Part, kwargs)
