"""What nothing explains is at least located, and both gradients are kept for a picture."""

import numpy as np

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.whereabouts import in_words
from minigan.lessons.clinic.zoo.plain import Conv2D


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
