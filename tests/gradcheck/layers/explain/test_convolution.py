"""Products with the wrong partner, followed from where they come to where they go."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.convolution import NOTHING, UNKNOWN, looked_up
from minigan.lessons.clinic.zoo.images import Conv2D


def test_values_are_looked_up():
    partner = np.array([[3.0, -1.0], [2.0, 5.0]])
    found = looked_up(np.array([5.0, 0.0, -1.0, 2.0000001, 2.1]), partner)
    assert list(found) == [3, NOTHING, 1, 2, UNKNOWN]


def patches(step, flip=(), shift=(0, 0)):
    """A convolution whose dx is painted patch by patch, `step` apart, with a flipped kernel or a shift."""

    class Painted(Conv2D):
        def input_grad(self, dy, x):
            (KH, KW), w = self.kernel, np.flip(self.params["w"], flip)
            dx = np.zeros((len(x), 40, 40, x.shape[-1]))
            for i, j in np.ndindex(dy.shape[1:3]):
                top, left = i * step[0] + shift[0], j * step[1] + shift[1]
                dx[:, top : top + KH, left : left + KW] += np.einsum("nf,pqcf->npqc", dy[:, i, j], w)
            return self.crop(dx[:, : x.shape[1], : x.shape[2]])

    return Painted


@pytest.mark.parametrize("stride", [(2, 1), (3, 2), (1, 3)])
def test_the_right_steps_pass(stride):
    assert check_layer(patches(stride)(2, 3, stride=stride), input_shape=(3, 8, 7, 2)).ok


@pytest.mark.parametrize(
    "stride, options, cause, said",
    [
        ((3, 2), {"step": (2, 2)}, "height-width-swapped", "1 too short along the height"),
        ((3, 2), {"step": (2, 3)}, "height-width-swapped", "1 too far along the width"),
        ((3, 2), {"step": (1, 2)}, "stride", "2 too short along the height"),
        ((3, 3), {"step": (2, 2)}, "stride", "1 too short along the height and 1 too short along the width"),
        ((2, 1), {"step": (2, 1), "shift": (0, 1)}, "shifted", "+1 along the width"),
        ((2, 1), {"step": (2, 1), "flip": (1,)}, "flipped", "along width"),
        ((2, 1), {"step": (2, 1), "flip": (0, 1)}, "flipped", "along height and width"),
    ],
)
def test_wrong_steps(stride, options, cause, said):
    (finding,) = check_layer(patches(**options)(2, 3, stride=stride), input_shape=(3, 9, 7, 2)).findings
    assert finding.cause == cause and said in finding.hint, finding


class Dilated:
    """A convolution along one axis, whose taps are `dilation` apart; backward's are `step` apart, and some left out."""

    def __init__(self, step=2, first=0):
        self.params = {"w": np.random.default_rng(0).standard_normal((3, 2, 3))}
        self.dilation, self.step, self.first = 2, step, first

    def forward(self, x):
        T = x.shape[1] - 2 * self.dilation
        return sum(x[:, self.dilation * i :][:, :T] @ self.params["w"][i] for i in range(3)), x

    def backward(self, dy, x):
        dx, dw, T = np.zeros_like(x), np.zeros_like(self.params["w"]), dy.shape[1]
        for i in range(3):
            dw[i] = np.einsum("ntc,ntf->cf", x[:, self.step * i :][:, :T], dy)
            if i >= self.first:
                dx[:, self.step * i :][:, :T] += dy @ self.params["w"][i].T
        return dx, {"w": dw}


def test_a_dilation_that_is_forgotten():
    assert check_layer(Dilated(), input_shape=(3, 9, 2)).ok
    report = check_layer(Dilated(step=1), input_shape=(3, 9, 2))
    assert [(f.where, f.cause) for f in report.findings] == [("dx", "dilation"), ("w", "dilation")], report
    assert "1 too short along the axis 1" in report.findings[0].hint


def test_taps_that_are_left_out():
    (finding,) = check_layer(Dilated(first=1), input_shape=(3, 9, 2)).findings
    assert finding.cause == "taps-left-out" and "6 of 18 entries of w are never used (axis 0 index 0)" in finding.hint
