"""Numbers drawn: every kind gives one picture of a size that does not change from step to step."""

import numpy as np
import pytest

from minigan.report import numbers, pictures

SHAPES = [(2,), (1,), (3,), (20, 5), (1, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pictures_of_a_run_have_one_size(rng, shape):
    real = rng.standard_normal((50, *shape)) * 100
    first = numbers.draw(np.zeros((60, *shape)), real, "step 0")
    later = numbers.draw(rng.standard_normal((60, *shape)) * 1e4, real, "step 1000")
    assert first.shape == later.shape and first.dtype == np.uint8 and first.std() > 0
    assert not np.array_equal(first, later)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_alone_and_as_a_thumbnail(rng, shape):
    x = rng.standard_normal((12, *shape))
    assert numbers.draw(x).ndim == 3 and numbers.draw_real(x, "mine").ndim == 3
    figure, axes = pictures.new_figure(2, 2)
    numbers.thumbnail(axes, x, x + 1)
    assert pictures.rendered(figure).std() > 0


def test_of_many_columns_the_first_are_drawn(rng):
    x = rng.standard_normal((20, 9))
    np.testing.assert_array_equal(numbers.draw(x, x), numbers.draw(x[:, :4], x[:, :4]))


def test_columns_that_never_change(rng):
    x = np.full((20, 3), 5.0)
    assert numbers.draw(x, x).std() > 0 and numbers.limits_of(x) == pytest.approx((4.5, 5.5))


def test_two_columns_of_other_units_are_no_scatter_plot_with_one_scale(rng):
    x = rng.standard_normal((30, 2))
    assert numbers.alike(x) and not numbers.alike(x * [1, 1000])
    y = x * [1, 1000]
    np.testing.assert_array_equal(numbers.draw(y, y), numbers.table(y, y, "", 560, y))
    np.testing.assert_array_equal(numbers.draw(x, x), pictures.scatter(x, x))
