"""The tutorials' pictures show what they say."""

import matplotlib

matplotlib.use("Agg")

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from minigan.lessons import pictures


@pytest.fixture
def axes():
    with plt.rc_context():  # the style goes again
        figure, axes = pictures.panels()
        yield axes
        plt.close(figure)


def test_panels_have_the_style_and_the_size(axes):
    assert axes.figure.get_size_inches().tolist() == [pictures.WIDTH, 2.6]
    assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == list(pictures.COLOURS)


def test_a_matrix_has_its_numbers_in_its_cells(axes):
    pictures.draw_matrix(axes, [[1, 2.5], [-3, 4]], "a", highlight=[(0, 1, 2, 1), (0, 0, 1, 1)])
    assert [(t.get_text(), t.get_position()) for t in axes.texts] == [
        ("1", (0, 0)), ("2.5", (1, 0)), ("-3", (0, 1)), ("4", (1, 1))]  # fmt: skip
    frame = axes.patches[0]
    assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (0.5, -0.5, 1, 2) and len(axes.patches) == 2
    assert [t.get_color() for t in axes.texts] == ["black", "white", "black", "white"]


def test_a_matrix_of_one_value_without_numbers_or_colour(axes):
    pictures.draw_matrix(axes, np.ones((2, 3)), format="", colours=None)
    assert not axes.texts and (axes.images[0].get_array() == 1).all()


@pytest.mark.parametrize("column", [True, False])
def test_the_decision_surface_is_ds_probability(axes, column):
    shades = pictures.decision_surface(axes, lambda p: 100 * p[:, :1] if column else 100 * p[:, 0], (-1, 1, -2, 2))
    assert shades.zmin < 1e-6 and shades.zmax > 1 - 1e-6
    boundary = axes.collections[1].get_paths()[0].vertices
    assert np.allclose(boundary[:, 0], 0, atol=1e-6) and axes.get_ylim() == (-2, 2)


def test_arrows_point_down_the_gradient_and_the_longest_is_as_long_as_asked(axes):
    pictures.gradient_arrows(axes, [[0, 0], [1, 1]], [[3, 4], [0, -1]], length=0.5)
    (arrows,) = axes.collections
    assert np.allclose(arrows.U, [-0.3, 0]) and np.allclose(arrows.V, [-0.4, 0.1])
    pictures.gradient_arrows(axes, [[0, 0]], [[0, 0]])
    assert np.all(axes.collections[1].U == 0)


def test_boxes_and_arrows(axes):
    pictures.box(axes, 1, 2, "D", width=2, height=1)
    assert axes.patches[0].get_xy() == (0, 1.5) and axes.texts[0].get_text() == "D"
    pictures.arrow(axes, (0, 0), (2, 1), "x", above=0.5)
    assert axes.texts[-1].get_position() == (1, 1)


def test_paths_on_a_surface(axes):
    paths = {"sgd": [[-1, 1], [0, 0]], "adam": [[1, 1], [0.5, 0.5], [0, 0]]}
    pictures.descent_paths(axes, lambda x, y: x**2 + y**2, (-2, 2, -1, 1), paths)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["sgd", "adam"]
    assert axes.lines[0].get_xydata().tolist() == paths["sgd"]


def test_a_film_has_all_frames(axes):
    pytest.importorskip("IPython")
    figures = []
    for k in range(3):
        figure, panel = pictures.panels(height=1, width=1)
        panel.plot([0, k])
        figures.append(figure)
    film = Image.open(io.BytesIO(pictures.film(figures).data))
    assert film.n_frames == 3 and not any(plt.fignum_exists(figure.number) for figure in figures)
