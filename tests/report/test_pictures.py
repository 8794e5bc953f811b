"""Pictures: the right pixels in the right places, and files that other programs open."""

import numpy as np
import pytest
from PIL import Image

from minigan.report import pictures


def test_grid_places_and_enlarges(rng):
    images = np.stack([np.full((4, 6, 1), v) for v in (0.0, 0.5, 1.0)])
    picture = pictures.grid(images, columns=2, gap=1, cell=12)
    assert picture.shape == (2 * (4 * 2 + 1) + 1, 2 * (6 * 2 + 1) + 1, 3) and picture.dtype == np.uint8
    assert (
        (picture[1:9, 1:13] == 0).all() and (picture[1:9, 14:26] == 128).all() and (picture[10:18, 1:13] == 255).all()
    )


def test_grid_keeps_colours(rng):
    images = rng.uniform(0, 1, (1, 3, 2, 3))
    picture = pictures.grid(images, gap=0, cell=1)
    np.testing.assert_array_equal(picture, np.round(images[0] * 255).astype(np.uint8))


@pytest.mark.parametrize("save, frames", [(lambda p, x: pictures.save_png(p, x[0]), 1), (pictures.save_gif, 3)])
def test_files_open(tmp_path, save, frames, rng):
    images = rng.integers(0, 255, (3, 20, 30, 3)).astype(np.uint8)
    save(tmp_path / "picture", images)
    with Image.open(tmp_path / "picture") as file:
        assert file.size == (30, 20) and getattr(file, "n_frames", 1) == frames


def test_plots_draw_something(rng):
    plots = [
        pictures.scatter(rng.standard_normal((50, 2)), rng.standard_normal((20, 2)), "title"),
        pictures.loss_curves(np.arange(1, 9), *rng.uniform(0, 1, (4, 8))),
        pictures.before_after([rng.uniform(0, 1, (4, 8, 8, 1)), rng.uniform(0, 1, (4, 16, 16, 3))], ["one", "two"]),
    ]
    for plot in plots:
        assert plot.ndim == 3 and len(np.unique(plot.reshape(-1, 3), axis=0)) > 10
