"""Every broken promise is a finding of its own, with a code and a sentence; none is a traceback."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.contract import through_float32
from minigan.layers import BatchNorm, Dense, Dropout, Layer, Tanh


class Twice(Layer):
    """y = 2 x: the right one, of which those below are bad copies."""

    def forward(self, x, training=True):
        return 2 * x, x

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        return 2 * dy, {}


class DyInPlace(Twice):
    def backward(self, dy, cache):
        dy *= 2
        return dy, {}


class WrongWithoutParamGrads(Dense):
    def backward(self, dy, cache, param_grads=True, input_grad=True):
        dx, grads = super().backward(dy, cache, param_grads, input_grad)
        return (dx if param_grads else 2 * dx), grads


class WrongWithoutInputGrad(Dense):
    def backward(self, dy, cache, param_grads=True, input_grad=True):
        dx, grads = super().backward(dy, cache, param_grads, input_grad)
        return dx, (grads if input_grad else {k: 2 * g for k, g in grads.items()})


class RaisesWithoutParamGrads(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {"w": grads["w"], "b": grads["b"]}


class Accumulates(Dense):
    total = 0

    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        self.total = self.total + grads["w"]
        return dx, {**grads, "w": self.total}


class AccumulatesInPlace(Dense):
    total = None

    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        if self.total is None:
            self.total = np.zeros_like(grads["w"])
        self.total += grads["w"]
        return dx, {**grads, "w": self.total}


class Consumes(Twice):
    def forward(self, x):
        return x**2, [x]

    def backward(self, dy, cache):
        return 2 * cache.pop() * dy, {}


class KeepsOnSelf(Twice):
    def forward(self, x):
        self.x = x
        return x**2, None

    def backward(self, dy, cache):
        return 2 * self.x * dy, {}


class RedrawsMask(Dropout):
    def backward(self, dy, cache):
        return dy * (self.rng.random(dy.shape) >= self.rate) / (1 - self.rate), {}


class TracksInEvaluation(BatchNorm):
    def forward(self, x, training=True):
        if not training:
            self._track(x.mean(axis=0), x.var(axis=0), len(x))
        return super().forward(x, training)


class TracksInBackward(BatchNorm):
    def backward(self, dy, cache, param_grads=True):
        self.state["mean"] += 1
        return super().backward(dy, cache, param_grads)


class StepsInBackward(Dense):
    def backward(self, dy, cache):
        result = super().backward(dy, cache)
        self.params["w"] -= 0.1 * result[1]["w"]
        return result


class ShortY(Twice):
    def forward(self, x):
        return (2 * x).astype(np.float32), None


class ThroughShort(Twice):
    def forward(self, x):
        return (2 * x).astype(np.float32).astype(np.float64), None


class ShortDx(Twice):
    def backward(self, dy, cache):
        return (2 * dy).astype(np.float32), {}


class ShortDw(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "w": grads["w"].astype(np.float32)}


class ThroughShortDx(Twice):
    def backward(self, dy, cache):
        return (2 * dy).astype(np.float32).astype(np.float64), {}


class ReadsStateInBackward(BatchNorm):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        if not self.unseal(cache)[3]:
            dx = dy * self.params["gamma"] / np.sqrt(self.state["var"] + self.eps)
        return dx, grads


class RoundsX(Twice):
    def forward(self, x):
        x = x.astype(np.float32).astype(np.float64)
        return np.tanh(x), None


class LosesSamples(Twice):
    def forward(self, x):
        return 2 * x[1:], None


class PromisesTooMuch(Twice):
    def output_shape(self, input_shape):
        return (*input_shape, 1)


class DrawsInBackward(Dropout):
    def backward(self, dy, cache):
        self.rng.random()
        return super().backward(dy, cache)


class WrongShape(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "b": grads["b"][None]}


class Nan(Twice):
    def forward(self, x):
        return np.sqrt(x - 100), None


class NanGradient(Twice):
    def backward(self, dy, cache):
        return 2 * dy + np.nan, {}


class ForgetsCache(Twice):
    def forward(self, x):
        self.x = x
        return 2 * x


class ForgetsGrads(Twice):
    def backward(self, dy, cache):
        return 2 * dy


class ForgetsReturn(Twice):
    def backward(self, dy, cache):
        dx = 2 * dy  # noqa: F841


class NoneForDx(Twice):
    def backward(self, dy, cache):
        return None, {}


class ListOfGrads(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, list(grads.values())


class NumberForBias(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return dx, {**grads, "b": None}


class BackwardWithoutCache(Twice):
    def backward(self, dy):
        return 2 * dy, {}


class ForwardWithoutX(Twice):
    def forward(self):
        return None


class Raises(Twice):
    def forward(self, x):
        return x @ np.ones((77, 3)), None


class RaisesInBackward(Twice):
    def backward(self, dy, cache):
        return dy * self.undefined, {}


class ParamsAsList(Twice):
    def __init__(self):
        self.params = [np.ones(3)]


class ParamsOfNumbers(Twice):
    def __init__(self):
        self.params = {"w": 1.0}


class NotALayer:
    def forward(self, x):
        return 2 * x, None


@pytest.mark.parametrize(
    "layer, where, cause",
    [
        (DyInPlace(), "dy", "dy-changed"),
        (WrongWithoutParamGrads(3, 2), "backward", "option"),
        (WrongWithoutInputGrad(3, 2), "backward", "option"),
        (RaisesWithoutParamGrads(3, 2), "backward", "option"),
        (Accumulates(3, 2), "backward", "repeat"),
        (AccumulatesInPlace(3, 2), "backward", "repeat"),
        (Consumes(), "backward", "repeat"),
        (KeepsOnSelf(), "backward", "stale-cache"),
        (RedrawsMask(0.4), "backward", "repeat"),
        (TracksInEvaluation(3), "state", "state-changed"),
        (TracksInBackward(3), "state", "state-changed"),
        (StepsInBackward(3, 2), "params", "params-changed"),
        (ShortY(), "y", "dtype"),
        (ThroughShort(), "y", "dtype"),
        (ShortDx(), "dx", "dtype"),
        (ShortDw(3, 2), "w", "dtype"),
        (ThroughShortDx(), "dx", "dtype"),
        (RoundsX(), "y", "dtype"),
        (LosesSamples(), "y", "shape"),
        (PromisesTooMuch(), "y", "output-shape"),
        (DrawsInBackward(0.4), "backward", "mask-redrawn"),
        (ReadsStateInBackward(3), "backward", "stale-cache"),
        (WrongShape(3, 2), "b", "shape"),
        (Nan(), "forward", "nan"),
        (NanGradient(), "dx", "nan"),
        (ForgetsCache(), "forward", "returns"),
        (ForgetsGrads(), "backward", "returns"),
        (ForgetsReturn(), "backward", "returns"),
        (NoneForDx(), "dx", "returns"),
        (ListOfGrads(3, 2), "backward", "returns"),
        (NumberForBias(3, 2), "b", "returns"),
        (BackwardWithoutCache(), "backward", "signature"),
        (ForwardWithoutX(), "forward", "signature"),
        (Raises(), "forward", "raises"),
        (RaisesInBackward(), "backward", "raises"),
        (ParamsAsList(), "params", "params"),
        (ParamsOfNumbers(), "params", "params"),
        (NotALayer(), "backward", "signature"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_each_broken_promise_is_named(layer, where, cause):
    report = check_layer(layer, input_shape=(4, 3))
    assert (where, cause) in [(f.where, f.cause) for f in report.findings], report
    assert report.verdict == "WRONG" and where in str(report)


@pytest.mark.parametrize("layer", [Twice(), Dense(3, 2), BatchNorm(3), Dropout(0.4), Tanh()])
def test_right_layers_break_none(layer):
    report = check_layer(layer, input_shape=(4, 3))
    assert report.ok, report


class Plain:
    """No subclass of Layer, no modes, an array under two names."""

    def __init__(self):
        self.w = np.array([1.0, 2.0, 3.0], np.float32)
        self.params = {"w": self.w}

    def forward(self, x):
        return x * self.w, x

    def backward(self, dy, cache):
        return dy * self.w, {"w": (dy * cache).sum(axis=0)}


def test_any_object_with_the_two_methods_can_be_checked():
    report = check_layer(Plain(), input_shape=(4, 3))
    assert report.ok and set(report.errors) == {"dx", "w"}, report


def test_the_evidence_quotes_the_line_that_raised():
    (finding,) = check_layer(Raises(), input_shape=(4, 3)).findings
    assert "np.ones((77, 3))" in finding.evidence and "evidence" in str(check_layer(Raises(), input_shape=(4, 3)))


def test_numbers_of_few_digits_are_not_taken_for_rounded_ones():
    x = np.random.default_rng(0).standard_normal(2)
    assert not through_float32(np.array([0.5, 2.0]), x)  # sigmoid(0) is 0.5
    assert through_float32(x.astype(np.float32).astype(np.float64), x) and not through_float32(x, x)
