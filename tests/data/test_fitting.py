"""Which size pictures are brought to, and where each goes in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.data.fitting import PLACES, choose, note

SIZES = st.tuples(st.integers(1, 400), st.integers(1, 400))


@pytest.mark.parametrize(
    "sizes, size, fit, chosen",
    [
        ([(28, 28)] * 3, None, None, ("frame", (28, 28))),
        ([(24, 20)] * 3, None, None, ("frame", (24, 20))),
        ([(30, 30)] * 3, None, None, ("frame", (30, 30))),
        ([(28, 28)] * 3, 32, None, ("frame", (32, 32))),
        ([(28, 28)] * 3, 32, "crop", ("crop", (32, 32))),
        ([(28, 28), (27, 28)], 32, None, ("crop", (32, 32))),
        ([(28, 28)] * 3, 64, None, ("crop", (64, 64))),
        ([(480, 640)] * 3, None, None, ("crop", (32, 32))),
        ([(30, 40), (31, 90), (10, 10)], None, None, ("crop", (28, 28))),
        ([(5, 40), (300, 300), (400, 400)], None, None, ("crop", (32, 32))),
        ([(10, 40), (10, 30)], None, "pad", ("pad", (28, 28))),
        ([(480, 640)], (32, 48), None, ("crop", (32, 48))),
        ([(480, 640)], [32, 48], "stretch", ("stretch", (32, 48))),
    ],
)
def test_the_size_of_all(sizes, size, fit, chosen):
    assert choose(sizes, size, fit) == chosen


@given(SIZES, st.tuples(st.integers(1, 64), st.integers(1, 64)), st.sampled_from(["crop", "pad", "stretch"]))
def test_places_are_inside_and_keep_proportions(size, target, fit):
    (H, W), (h, w) = size, target
    (left, top, right, bottom), (inner_h, inner_w) = PLACES[fit](size, target)
    assert -1e-9 <= left < right <= W + 1e-9 and -1e-9 <= top < bottom <= H + 1e-9
    assert 1 <= inner_h <= h and 1 <= inner_w <= w
    assert left == pytest.approx(W - right, abs=1e-6) and top == pytest.approx(H - bottom, abs=1e-6)  # the middle
    if fit == "crop":
        assert (bottom - top) * w == pytest.approx((right - left) * h)
        assert bottom - top == pytest.approx(H) or right - left == pytest.approx(W)
    else:
        assert (left, top, right, bottom) == (0, 0, W, H)
    if fit == "pad":
        scale = min(h / H, w / W)
        assert abs(inner_h - max(1, H * scale)) <= 0.5 + 1e-9 and abs(inner_w - max(1, W * scale)) <= 0.5 + 1e-9


def test_what_is_done_is_said():
    photos = [(640, 480), (3024, 4032), (20, 20)]
    assert note(photos, "crop", (32, 32), "black") == (
        "20 x 20 to 3024 x 4032 (height x width), cropped to squares (--fit pad keeps all of each), "
        "brought to 32 x 32, 1 of them enlarged"
    )
    assert note(photos, "pad", (32, 32), "#ff8800").split(", ")[1] == "padded with #ff8800 to squares"
    assert "(--image-size 32x44 or --fit pad" in note([(600, 800), (3000, 4000)], "crop", (32, 32), "black")
    assert "(--image-size 64x32 or --fit pad" in note([(800, 400)], "crop", (32, 32), "black")
    assert note([(64, 64)], "crop", (32, 32), "black") == "64 x 64, brought to 32 x 32"
    assert note([(28, 28)] * 9, "frame", (28, 28), "black") == ""
