"""The marking's own convolutions are those of the library, and each mistake differs from what is right."""

import numpy as np
import pytest

from minigan import kernels
from minigan.lessons.marking import convolutions as conv
from minigan.lessons.marking import normal

CASES = [((2, 3), ((2, 1), (1, 3)), (3, 2)), ((1, 1), ((0, 0), (0, 0)), (2, 4)), ((3, 2), ((0, 2), (1, 0)), (1, 3))]


@pytest.mark.long
@pytest.mark.parametrize(("stride", "pads", "kernel"), CASES)
def test_right_ones_agree_with_the_library(stride, pads, kernel):
    x, w = normal(0, 2, 6, 10, 3), normal(1, *kernel, 3, 5)
    y = conv.convolved(x, w, stride, pads)
    assert np.allclose(y, kernels.conv2d(x, w, stride, pads))
    dy = normal(2, *y.shape)
    assert np.allclose(
        conv.weight_grad(x, dy, w, stride, pads), kernels.conv2d_weight_grad(x, dy, w.shape, stride, pads)
    )
    assert np.allclose(
        conv.input_grad(dy, w, x.shape, stride, pads), kernels.conv2d_input_grad(dy, w, x.shape, stride, pads)
    )


@pytest.mark.parametrize(("stride", "pads", "kernel"), CASES[:1])
def test_mistakes_are_mistakes(stride, pads, kernel):
    x, w = normal(0, 2, 6, 10, 7), normal(1, *kernel, 7, 7)
    cols = conv.columns(x, kernel, stride, pads)
    for right, mistakes in (
        (conv.convolved(x, w, stride, pads), conv.conv_mistakes(x, w, stride, pads)),
        (cols, conv.column_mistakes(x, kernel, stride, pads)),
        (conv.folded(cols, x.shape, kernel, stride, pads), conv.fold_mistakes(cols, x.shape, kernel, stride, pads)),
    ):
        assert len(mistakes) >= 11
        for asked, wrong in mistakes:
            assert "?" in asked and (wrong.shape != right.shape or not np.allclose(wrong, right)), asked


def test_with_assignment_one_copy_of_a_pixel_is_left():
    cols = np.arange(1.0, 7.0).reshape(3, 2)  # a row of 4 pixels, kernel (1, 2), stride 1: the windows 12, 34, 56
    how = (cols, (1, 1, 4, 1), (1, 2), (1, 1), conv.NO_PADS)
    assert conv.folded(*how).ravel().tolist() == [1, 2 + 3, 4 + 5, 6]
    assert conv.folded(*how, kept="last tap").ravel().tolist() == [1, 2, 4, 6]
    assert conv.folded(*how, kept="last window").ravel().tolist() == [1, 3, 5, 6]
