"""The kinds of samples, and their pictures."""

import numpy as np
import pytest

from minigan.report.pictures import zoom_to
from minigan.report.samples import PROJECTOR, draw, kind_of


def test_kinds():
    assert kind_of((8, 8, 1)).key == "images" and kind_of((2,)).key == "points"
    assert kind_of((2, 3)).key == "signals" and kind_of((5,)).key == "table"
    with pytest.raises(ValueError, match=r"expected samples of shape .*, got \(\)"):
        kind_of(())


@pytest.mark.parametrize("shape", [(64, 28, 28, 1), (64, 16, 16, 3), (64, 8, 8, 1), (1, 28, 28, 1), (30, 8, 20, 1)])
def test_a_result_is_about_1000_pixels_on_its_longer_side(shape):
    picture = draw(np.zeros(shape), side=PROJECTOR)
    assert 850 <= max(picture.shape) <= 1150
    assert picture.shape[2] == 3 and picture.dtype == np.uint8


def test_zoom_is_the_nearest_and_at_least_one():
    assert zoom_to(1000, (64, 28, 28, 1)) == 4  # 914 pixels; 5: 1,138
    assert zoom_to(1000, (64, 16, 16, 1)) == 8  # 1,042 pixels; 7: 914
    assert zoom_to(1000, (10_000, 64, 64, 3)) == 1
    assert zoom_to(1000, (2, 10, 2, 1)) == 100  # one row of two: the height is the longer side


def test_look(rng):
    images = rng.uniform(0, 1, (4, 5, 7, 1))
    assert draw(images, zoom=3, gap=0).shape == (30, 42, 3)
    assert draw(images, zoom=3, texts=["a"] * 4).shape[0] > draw(images, zoom=3).shape[0]
    points = rng.standard_normal((50, 2))
    assert draw(points, side=800).shape == (800, 800, 3)
    assert not np.array_equal(draw(points, real=points + 1), draw(points))
    assert not np.array_equal(draw(points, within=10 * points), draw(points))
    assert draw(points[:1]).shape == (500, 500, 3)  # one point has no width
