"""The right numbers in the wrong places, or in another shape."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.places import in_words
from minigan.lessons.clinic.zoo.images import Conv2D
from minigan.lessons.clinic.zoo.plain import Dense


def conv(change_dx=lambda dx: dx, change_dw=lambda dw: dw):
    class Wrong(Conv2D):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return np.ascontiguousarray(change_dx(dx)), {**grads, "w": np.ascontiguousarray(change_dw(grads["w"]))}

    return Wrong(2, 2, kernel=(3, 3), stride=(1, 1), padding=((1, 1), (1, 1)))


@pytest.mark.parametrize(
    "changes, where, cause, said",
    [
        ({"change_dx": lambda dx: np.roll(dx, 1, axis=2)}, "dx", "shifted", "shifted by 1 along axis 2 (width)"),
        ({"change_dx": lambda dx: dx[..., ::-1]}, "dx", "channels-swapped", "reverse order"),
        ({"change_dx": lambda dx: dx[::-1]}, "dx", "samples-mixed", "sample"),
        ({"change_dw": lambda dw: dw[::-1]}, "w", "flipped", "axis 0 (height)"),
        ({"change_dw": lambda dw: dw.swapaxes(0, 1)}, "w", "height-width-swapped", "height and width"),
        ({"change_dw": lambda dw: dw.transpose(2, 3, 0, 1).reshape(dw.shape)}, "w", "order", "(2, 3, 0, 1)"),
        ({"change_dx": lambda dx: dx[:, :, :, 0]}, "dx", "shape", ""),
        ({"change_dx": lambda dx: np.pad(dx, ((0, 0), (1, 0), (0, 2), (0, 0)))}, "dx", "not-cropped", "1 before"),
        ({"change_dw": lambda dw: dw.transpose(3, 2, 0, 1)}, "w", "transposed", ".transpose(2, 3, 1, 0)"),
        ({"change_dw": lambda dw: dw.reshape(9, 4)}, "w", "shape", ".reshape(3, 3, 2, 2)"),
    ],
)
def test_moved_numbers(changes, where, cause, said):
    (finding,) = check_layer(conv(**changes), input_shape=(3, 6, 5, 2)).findings
    assert (finding.where, finding.cause) == (where, cause) and said in finding.hint, finding


def test_any_other_order_is_seen_as_one():
    order = np.random.default_rng(5).permutation(12)

    class Shuffled(Dense):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "w": grads["w"].ravel()[order].reshape(4, 3)}

    (finding,) = check_layer(Shuffled(4, 3), input_shape=(5, 4)).findings
    assert finding.cause == "order" and "holds what belongs to" in finding.hint


def test_a_sum_over_an_axis_too_few():
    class NotSummed(Conv2D):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "b": dy.sum(axis=2)}

    (finding,) = check_layer(NotSummed(2, 3), input_shape=(3, 7, 6, 2)).findings
    assert finding.cause == "not-summed" and ".sum(axis=(0, 1))" in finding.hint and "it is right" in finding.evidence


def noisy(place):
    class Noisy(Conv2D):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            dx = dx.copy()
            dx[place] += np.sin(37 * dx[place])
            return dx, grads

    return check_layer(Noisy(2, 3), input_shape=(3, 7, 6, 2))


def test_the_place_is_said():
    (finding,) = noisy((slice(None), 3)).findings
    assert finding.cause in (None, "upstream-changed") and finding.analytic.shape == finding.numeric.shape == (
        3,
        7,
        6,
        2,
    )
    wrong = np.abs(finding.analytic - finding.numeric) > 1e-6
    assert wrong[:, 3].any() and not wrong[:, [0, 1, 2, 4, 5, 6]].any()


def test_places_in_words():
    mask = np.zeros((3, 7, 6, 2), bool)
    mask[:, 3] = True
    assert in_words(mask, "dx") == "at row 3"
    mask[:] = False
    mask[..., 1] = True
    assert in_words(mask, "dx") == "at the last channel"
    mask[:] = False
    mask[1] = True
    assert in_words(mask, "dx") == "at sample 1"
    mask[:] = True
    assert in_words(mask, "dx") == ""
    taps = np.zeros((5, 5, 2, 2), bool)
    taps[1] = True
    assert in_words(taps, "w") == "at kernel row 1"
