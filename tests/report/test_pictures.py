"""Pictures: the right pixels in the right places, and files that other programs open."""

import numpy as np
import pytest
from PIL import Image

from minigan.report import pictures

NUMBERS = ("d_loss", "g_loss", "d_real", "d_fake")  # of a GAN


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


def test_labels_stand_below_their_images():
    images = np.zeros((3, 8, 8, 1))
    plain, named = pictures.grid(images, columns=3), pictures.grid(images, columns=3, labels=["cat", 7, "a" * 99])
    height = plain.shape[0]
    assert named.shape == (height + pictures.LETTERS + 2, plain.shape[1], 3)
    strips = named[2 + 64 : -2]
    cells = [strips[:, 2 + 66 * n : 2 + 66 * n + 64] for n in range(3)]
    assert all(cell.max() > 200 and cell.min() == 0 for cell in cells)  # white letters on black
    assert not np.array_equal(cells[0], cells[1]) and (strips[:, 66:68] == 128).all()  # nothing in the gap
    np.testing.assert_array_equal(named[:66], plain[:66])


def panels(monkeypatch, columns):
    """The axes of the loss curves of these columns, 8 numbers each."""
    monkeypatch.setattr(pictures, "rendered", lambda figure: figure)
    return pictures.loss_curves(np.arange(8), {name: np.linspace(0, 2, 8) for name in columns}).axes


def legends(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_losses_above_and_other_columns_below(monkeypatch):
    upper, lower = panels(monkeypatch, NUMBERS)
    assert legends(upper) == ["discriminator", "generator"] and legends(lower) == ["D(real)", "D(fake)"]
    assert lower.get_ylim() == (0, 1) and upper.get_ylabel() == "loss"
    upper, lower = panels(monkeypatch, ("kl", "reconstruction_loss", "d_real"))
    assert legends(upper) == ["reconstruction_loss"] and legends(lower) == ["kl", "D(real)"]
    assert lower.get_ylim()[1] > 1.5
    (single,) = panels(monkeypatch, ("a_loss", "b_loss"))
    assert legends(single) == ["a_loss", "b_loss"] and single.get_xlabel() == "step"


@pytest.mark.parametrize("save, frames", [(lambda p, x: pictures.save_png(p, x[0]), 1), (pictures.save_gif, 3)])
def test_files_open(tmp_path, save, frames, rng):
    images = rng.integers(0, 255, (3, 20, 30, 3)).astype(np.uint8)
    save(tmp_path / "picture", images)
    with Image.open(tmp_path / "picture") as file:
        assert file.size == (30, 20) and getattr(file, "n_frames", 1) == frames


def test_plots_draw_something(rng):
    plots = [
        pictures.scatter(rng.standard_normal((50, 2)), rng.standard_normal((20, 2)), "title"),
        pictures.loss_curves(np.arange(1, 9), dict(zip(NUMBERS, rng.uniform(0, 1, (4, 8)), strict=True))),
        pictures.before_after([rng.uniform(0, 1, (4, 8, 8, 1)), rng.uniform(0, 1, (4, 16, 16, 3))], ["one", "two"]),
    ]
    for plot in plots:
        assert plot.ndim == 3 and len(np.unique(plot.reshape(-1, 3), axis=0)) > 10
