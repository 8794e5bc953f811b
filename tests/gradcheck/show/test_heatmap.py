"""The pictures show the right numbers in the right places."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from minigan.gradcheck.show import heatmap
from minigan.gradcheck.show.heatmap import BLOCK, GAP, GREY, chosen, picture, squares, tiled


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("shape", [(3,), (1, 1), (4, 3), (200, 2), (2, 90), (3, 9, 4), (3, 7, 6, 2), (2, 3, 4, 5, 2)])
@pytest.mark.parametrize("where", ["dx", "w"])
def test_any_shape_is_drawn(where, shape, rng):
    drawn = pixels(picture(where, rng.standard_normal(shape), rng.standard_normal(shape)))
    assert 100 < drawn.shape[0] < 1200 and 200 < drawn.shape[1] < 1500 and drawn.std() > 10


def test_what_cannot_be_drawn_is_refused():
    for one, two in [(np.ones(3), np.ones(4)), (np.ones(()), np.ones(())), (np.ones((3, 0)), np.ones((3, 0)))]:
        with pytest.raises(ValueError, match="two arrays of one shape"):
            picture("w", one, two)


def test_images_and_kernels_are_laid_out_by_their_channels():
    x = np.arange(3 * 5 * 4 * 2.0).reshape(3, 5, 4, 2)
    assert squares("hidden: dx", x).shape == (3, 2, 5, 4) and (squares("dx", x)[2, 1] == x[2, :, :, 1]).all()
    assert squares("w", x).shape == (4, 2, 3, 5) and (squares("w", x)[3, 1] == x[:, :, 3, 1]).all()
    assert (squares("w", x[0, 0]) == x[0, 0]).all() and squares("b", np.ones(4)).shape == (1, 1, 1, 4)


def test_of_many_squares_those_with_the_largest_errors_are_shown(rng):
    grid = np.zeros((40, 50, 8, 16))
    grid[33, 7, 2, 2], grid[5, 49, 0, 0], grid[1, 1, 0, 0] = 5.0, np.inf, np.nan
    grids, rows, columns, names = chosen([grid] * 3, ("a", "b"))
    assert grids[0].shape == (8, 4, 8, 16) and {33, 5} <= set(rows) and {7, 49} <= set(columns)
    assert names == ["a (8 of 40 shown)", "b (4 of 50 shown)"] and np.nanmax(grids[2]) == np.inf
    assert (grids[1] == 5.0).sum() == 1, "what is beside it comes along, at its own place"


def test_colours():
    grid = np.array([[[[1.0, -1.0, 0.0, np.nan, np.inf]]], [[[2.0, -2.0, 0.0, 0.0, 0.0]]]])
    drawn = tiled(grid, 1.0)
    assert drawn.shape == (2 * BLOCK + GAP, 5 * BLOCK, 4)
    red, blue, white, nan, infinite = (drawn[0, k * BLOCK] for k in range(5))
    assert red[0] > 2 * red[2] and blue[2] > 2 * blue[0] and white[:3].min() > 0.95
    assert tuple(nan) == tuple(infinite) == GREY and (drawn[BLOCK] == 1).all()
    assert (drawn[-1, :BLOCK] == red).all(), "beyond the scale the colour stays at its end"


def test_the_first_two_panels_share_a_scale(monkeypatch):
    scales = []
    monkeypatch.setattr(heatmap, "tiled", lambda grid, scale: scales.append(scale) or tiled(grid, scale))
    picture("w", np.array([[1.0, 3.0]]), np.array([[1.0, np.nan]]))
    assert scales == [3.0, 3.0, 1.0]
    picture("w", np.array([[1.0, 3.0]]), np.array([[1.5, -7.0]]))
    assert scales[3:] == [7.0, 7.0, 10.0]


def test_gradcheck_needs_no_matplotlib_before_a_picture_is_drawn():
    code = "import sys, minigan.gradcheck, minigan.gradcheck.show.heatmap; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
