"""What a fitted model has learnt, drawn."""

import numpy as np

from minigan.baselines import Portrait
from minigan.report.portrait import draw


def test_images_stand_in_their_rows_and_columns():
    samples = np.full((2, 3, 4, 4, 1), -1.0)
    samples[1, 2] = 5.0  # outside: white
    picture = draw(Portrait(samples), np.zeros((9, 4, 4, 1)))
    h, w, _ = picture.shape
    assert w > h and (picture[h // 2 + 5 : h - 5, 2 * w // 3 + 5 : w - 5] == 255).all()
    assert (picture[5 : h // 2 - 5, 5 : w // 3 - 5] == 0).all()


def test_points_have_a_net_where_they_are_linked():
    grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0), indexing="ij"), axis=-1)
    real = grid.reshape(-1, 2)
    net, dots = (draw(Portrait(grid, linked), real).astype(int) for linked in (True, False))
    dark = [int((picture.sum(axis=2) < 300).sum()) for picture in (net, dots)]
    assert net.shape == dots.shape and dark[0] > dark[1] + 500


def test_what_cannot_be_drawn_is_none():
    assert draw(None, np.zeros((3, 2))) is None
    assert draw(Portrait(np.zeros((2, 2, 5))), np.zeros((3, 5))) is None
    assert draw(Portrait(np.zeros((2, 2, 9, 3))), np.zeros((3, 9, 3))) is None
