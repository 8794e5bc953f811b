"""Dense layers with a mistake: y = x w + b, dx = dy w^T, dw = x^T dy, db = sum of dy over the batch."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import DENSE, SQUARE, Dense, Residual, checked


@mutant("dense-dw-twice", kind="layer", cause="factor", check=checked(4, 3, shape=DENSE),
        mistake="dw is twice what it should be")  # fmt: skip
class DoubledWeightGradient(Dense):
    def backward(self, dy, x):
        dw = 2 * x.T @ dy
        return dy @ self.params["w"].T, {"w": dw, "b": dy.sum(axis=0)}


@mutant("dense-dw-averaged", kind="layer", cause="factor", check=checked(4, 3, shape=DENSE),
        mistake="dw is divided by the batch size: the loss's gradient dy holds that 1/N already")  # fmt: skip
class AveragedWeightGradient(Dense):
    def backward(self, dy, x):
        dw = x.T @ dy / len(x)
        return dy @ self.params["w"].T, {"w": dw, "b": dy.sum(axis=0)}


@mutant("dense-dw-negative", kind="layer", cause="sign", check=checked(4, 3, shape=DENSE),
        mistake="dw has the wrong sign")  # fmt: skip
class NegativeWeightGradient(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": -(x.T @ dy), "b": dy.sum(axis=0)}


@mutant("dense-dw-transposed", kind="layer", cause="transposed", check=checked(3, 3, shape=SQUARE),
        mistake="dw is dy^T x, the transpose, which fits only because the layer is square")  # fmt: skip
class TransposedWeightGradient(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": dy.T @ x, "b": dy.sum(axis=0)}


@mutant("dense-dx-weight-not-transposed", kind="layer", cause="weight-transposed", check=checked(3, 3, shape=SQUARE),
        mistake="dx is dy w, not dy w^T")  # fmt: skip
class WeightNotTransposed(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"], {"w": x.T @ dy, "b": dy.sum(axis=0)}


@mutant("dense-db-averaged", kind="layer", cause="factor", check=checked(4, 3, shape=DENSE),
        mistake="db is the mean over the batch, not the sum")  # fmt: skip
class AveragedBiasGradient(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ dy, "b": dy.mean(axis=0)}


@mutant("dense-db-not-summed", kind="layer", cause="not-summed", check=checked(4, 3, shape=DENSE),
        mistake="db is dy itself, one row for each sample: the sum over the batch is missing")  # fmt: skip
class BiasGradientNotSummed(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ dy, "b": dy}


@mutant("dense-db-one-sample", kind="layer", cause="one-sample", check=checked(4, 3, shape=DENSE),
        mistake="db is the first sample's dy alone")  # fmt: skip
class BiasGradientOfOneSample(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ dy, "b": dy[0].copy()}


@mutant("dense-dw-last-sample", kind="layer", cause="one-sample", check=checked(4, 3, shape=DENSE),
        mistake="the loop over the batch writes dw = ..., so that only the last sample counts")  # fmt: skip
class LastSampleAlone(Dense):
    def backward(self, dy, x):
        for n in range(len(x)):
            dw = np.outer(x[n], dy[n])
        return dy @ self.params["w"].T, {"w": dw, "b": dy.sum(axis=0)}


@mutant("dense-upstream-ignored", kind="layer", cause="upstream-ignored", check=checked(4, 3, shape=DENSE),
        mistake="dw is computed for an upstream gradient of ones")  # fmt: skip
class UpstreamIgnored(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ np.ones_like(dy), "b": dy.sum(axis=0)}


@mutant("dense-upstream-twice", kind="layer", cause="upstream-twice", check=checked(4, 3, shape=DENSE),
        mistake="dw holds dy twice")  # fmt: skip
class UpstreamTwice(Dense):
    def backward(self, dy, x):
        delta = dy * dy
        return dy @ self.params["w"].T, {"w": x.T @ delta, "b": dy.sum(axis=0)}


@mutant("dense-update-before-dx", kind="layer", cause="updated-first", check=checked(4, 3, shape=DENSE),
        mistake="backward updates w, and computes dx with the new one")  # fmt: skip
class UpdateBeforeDx(Dense):
    def backward(self, dy, x):
        dw, db = x.T @ dy, dy.sum(axis=0)
        self.params["w"] -= 0.1 * dw
        return dy @ self.params["w"].T, {"w": dw, "b": db}


@mutant("dense-weight-decay-in-dw", kind="layer", cause="penalty", check=checked(4, 3, shape=DENSE),
        mistake="dw holds the gradient of a weight decay, which is no part of this layer")  # fmt: skip
class WeightDecayInside(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ dy + 0.01 * self.params["w"], "b": dy.sum(axis=0)}


@mutant("dense-dx-zero", kind="layer", cause="zero", check=checked(4, 3, shape=DENSE),
        mistake="dx is an array of zeros that was never filled")  # fmt: skip
class NeverFilled(Dense):
    def backward(self, dy, x):
        dx = np.zeros_like(x)
        return dx, {"w": x.T @ dy, "b": dy.sum(axis=0)}


@mutant("dense-relu-in-backward", kind="layer", cause="upstream-changed", check=checked(4, 3, shape=DENSE),
        mistake="backward has a ReLU that forward has not: db is the sum of dy where y is positive")  # fmt: skip
class ActivationInBackwardOnly(Dense):
    def forward(self, x):
        y = x @ self.params["w"] + self.params["b"]
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        dz = dy * (y > 0)
        return dy @ self.params["w"].T, {"w": x.T @ dy, "b": dz.sum(axis=0)}


@mutant("dense-db-before-activation", kind="layer", cause="activation-skipped", check=checked(4, 3, shape=DENSE),
        mistake="db is taken of dy, not of dz = dy tanh'(z): before dy has passed the activation")  # fmt: skip
class BiasBeforeActivation(Dense):
    def forward(self, x):
        y = np.tanh(x @ self.params["w"] + self.params["b"])
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        dz = dy * (1 - y * y)
        return dz @ self.params["w"].T, {"w": x.T @ dz, "b": dy.sum(axis=0)}


@mutant("dense-gradients-swapped", kind="layer", cause="keys-swapped", check=checked(3, shape=SQUARE),
        mistake="the gradients of scale and shift are returned under each other's name")  # fmt: skip
class KeysSwapped:
    def __init__(self, features):
        self.params = {"scale": np.ones(features), "shift": np.zeros(features)}

    def forward(self, x):
        return x * self.params["scale"] + self.params["shift"], x

    def backward(self, dy, x):
        dscale, dshift = (dy * x).sum(axis=0), dy.sum(axis=0)
        return dy * self.params["scale"], {"scale": dshift, "shift": dscale}


@mutant("residual-branch-forgotten", kind="layer", cause="term-missing", check=checked(3, shape=SQUARE),
        mistake="dx lacks the path past the layer: y = x + h(x), so dx = dy + ...")  # fmt: skip
class BranchForgotten(Residual):
    def backward(self, dy, cache):
        x, h = cache
        dz = (1 - h * h) * dy
        return dz @ self.params["w"].T, {"w": x.T @ dz}


@mutant("dense-float32", kind="layer", cause="float32", check=checked(40, 30, shape=(5, 40)),
        mistake="nothing in the formula: dw is computed in float32, and its last digits are noise")  # fmt: skip
class InFloat32(Dense):
    def backward(self, dy, x):
        dw = np.zeros(self.params["w"].shape, np.float32)
        for n in range(len(x)):
            dw += 1000 * np.outer(x[n], dy[n])
        return dy @ self.params["w"].T, {"w": dw.astype(float) / 1000, "b": dy.sum(axis=0)}
