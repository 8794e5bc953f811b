"""The right gradient for another dy."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.lessons.clinic.zoo.images import Conv2D
from minigan.lessons.clinic.zoo.plain import Dense


class TanhDense(Dense):
    """y = tanh(x w + b), with a hook for what becomes of dy."""

    def __init__(self, n_in, n_out, change):
        super().__init__(n_in, n_out)
        self.params["w"] *= 0.3
        self.change = change

    def forward(self, x):
        y = np.tanh(x @ self.params["w"] + self.params["b"])
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        dz = dy * (1 - y * y)
        return dz @ self.params["w"].T, {"w": x.T @ self.change(dy, y), "b": dz.sum(axis=0)}


@pytest.mark.parametrize(
    "change, cause",
    [
        (lambda dy, y: dy, "activation-skipped"),
        (lambda dy, y: dy * (1 - y * y) ** 2, "activation-twice"),
        (lambda dy, y: np.abs(dy) * (1 - y * y), "upstream-changed"),
        (lambda dy, y: np.clip(dy, -0.5, 0.5) * (1 - y * y), "upstream-changed"),
        (lambda dy, y: dy[::-1] * (1 - y * y), "samples-mixed"),
        (lambda dy, y: 1 - y * y, "upstream-ignored"),
        (lambda dy, y: np.broadcast_to(dy.mean(axis=0), dy.shape) * (1 - y * y), "upstream-averaged"),
        (lambda dy, y: np.broadcast_to(dy.sum(axis=1, keepdims=True), dy.shape) * (1 - y * y), "upstream-averaged"),
    ],
)
def test_what_became_of_dy(change, cause):
    report = check_layer(TanhDense(4, 3, change), input_shape=(5, 4))
    assert [(f.where, f.cause) for f in report.findings] == [("w", cause)], report
    assert report.findings[0].evidence


def test_the_right_one_passes():
    assert check_layer(TanhDense(4, 3, lambda dy, y: dy * (1 - y * y)), input_shape=(5, 4)).ok


@pytest.mark.parametrize("place, word", [((slice(None), 0), "first"), ((slice(None), -1), "last")])
def test_one_row_of_positions(place, word):
    class OneRow(Conv2D):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "b": dy[place].sum(axis=(0, 1))}

    (finding,) = check_layer(OneRow(2, 3), input_shape=(3, 7, 6, 2)).findings
    assert finding.cause == "one-position" and f"the {word} position along axis 1" in finding.hint
