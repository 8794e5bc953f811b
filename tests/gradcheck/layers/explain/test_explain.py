"""A wrong gradient gets the cause that makes it right, and none where nothing does."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.layers import Conv2D, Dense, Layer, Tanh


def changed_dense(change_w=lambda w, x, dy: w, change_b=lambda b, x, dy: b, dx=None):
    class Wrong(Dense):
        def backward(self, dy, cache):
            x, _ = self.unseal(cache)
            right, grads = super().backward(dy, cache)
            right = right if dx is None else dx(dy, self.params["w"])
            return right, {"w": change_w(grads["w"], x, dy), "b": change_b(grads["b"], x, dy)}

    return Wrong


@pytest.mark.parametrize(
    "change, sizes, where, cause, said",
    [
        ({"change_w": lambda w, x, dy: 2 * w}, (4, 3), "w", "factor", "times 2"),
        ({"change_w": lambda w, x, dy: -w}, (4, 3), "w", "sign", "sign"),
        ({"change_w": lambda w, x, dy: w / 5}, (4, 3), "w", "factor", "1 / (N = 5)"),
        ({"change_w": lambda w, x, dy: 0.37 * w}, (4, 3), "w", "factor", "0.37"),
        ({"change_w": lambda w, x, dy: 0 * w}, (4, 3), "w", "zero", "zeros"),
        ({"change_w": lambda w, x, dy: w.T}, (4, 4), "w", "transposed", "transposed"),
        ({"change_w": lambda w, x, dy: w.T}, (4, 3), "w", "transposed", "transpose"),
        ({"change_w": lambda w, x, dy: x.T @ np.ones_like(dy)}, (4, 3), "w", "upstream-ignored", "ignored"),
        ({"change_w": lambda w, x, dy: x.T @ dy**2}, (4, 3), "w", "upstream-twice", "twice"),
        ({"change_w": lambda w, x, dy: x[:1].T @ dy[:1]}, (4, 3), "w", "one-sample", "first"),
        ({"change_w": lambda w, x, dy: x[-1:].T @ dy[-1:]}, (4, 3), "w", "one-sample", "last"),
        ({"change_b": lambda b, x, dy: dy.mean(axis=0)}, (4, 3), "b", "factor", "1 / (N = 5)"),
        ({"change_b": lambda b, x, dy: dy}, (4, 3), "b", "not-summed", "sum over the batch"),
        ({"dx": lambda dy, w: dy @ w}, (4, 4), "dx", "weight-transposed", "transpose"),
        ({"change_w": lambda w, x, dy: w * (1 + 5e-6)}, (4, 3), "w", "slight", "eps"),
        ({"change_w": lambda w, x, dy: w + 0.1 * np.sin(w)}, (4, 3), "w", "upstream-changed", "linear in dy"),
        ({"change_w": lambda w, x, dy: w * np.sqrt(np.arange(1, 13).reshape(4, 3))}, (4, 3), "w", None, ""),
    ],
)
def test_wrong_dense_layers(change, sizes, where, cause, said):
    report = check_layer(changed_dense(**change)(*sizes), input_shape=(5, sizes[0]))
    (finding,) = report.findings
    assert (finding.where, finding.cause) == (where, cause), report
    assert said in finding.hint and (finding.evidence or cause in (None, "not-summed", "transposed"))
    assert finding.hint in str(report)


class Flipped(Conv2D):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "w": grads["w"][::-1, ::-1]}


class ChannelsSwapped(Conv2D):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "w": grads["w"].swapaxes(2, 3)}


class PositionsAveraged(Conv2D):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "b": dy.mean(axis=(1, 2)).sum(axis=0)}


@pytest.mark.parametrize(
    "kind, where, cause", [(Flipped, "w", "flipped"), (ChannelsSwapped, "w", "channels-swapped"),
                           (PositionsAveraged, "b", "factor")],
)  # fmt: skip
def test_wrong_convolutions(kind, where, cause):
    report = check_layer(kind(2, 2, (3, 2)), input_shape=(3, 5, 4, 2))
    assert [(f.where, f.cause) for f in report.findings] == [(where, cause)], report


class UpstreamIgnored(Tanh):
    def backward(self, dy, cache):
        return super().backward(np.ones_like(dy), cache)


def test_an_activation_without_its_upstream():
    (finding,) = check_layer(UpstreamIgnored(), input_shape=(5, 4)).findings
    assert finding.cause == "upstream-ignored"


class Unused(Layer):
    """A parameter that forward does not read, with a gradient all the same."""

    def __init__(self):
        self.params = {"w": np.ones(3, np.float32)}

    def forward(self, x):
        return 2 * x, x

    def backward(self, dy, cache):
        return 2 * dy, {"w": dy.sum(axis=0)}


def test_a_parameter_that_forward_does_not_read():
    (finding,) = check_layer(Unused(), input_shape=(5, 3)).findings
    assert (finding.where, finding.cause) == ("w", "unused")
