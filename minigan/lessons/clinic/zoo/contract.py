"""Layers whose numbers are right, once: but something is changed, kept or added up in secret."""

import numpy as np

from minigan.lessons.clinic.zoo import mutant
from minigan.lessons.clinic.zoo.plain import DENSE, Dense, LeakyReLU, Tanh, checked

PLAIN = checked(4, 3, shape=DENSE)


@mutant("cache-on-self", kind="layer", cause="stale-cache", check=PLAIN,
        mistake="x is kept on self: a second forward overwrites it before the first backward")  # fmt: skip
class CacheOnSelf(Dense):
    def forward(self, x):
        self.x = x
        return x @ self.params["w"] + self.params["b"], None

    def backward(self, dy, cache):
        return dy @ self.params["w"].T, {"w": self.x.T @ dy, "b": dy.sum(axis=0)}


@mutant("cache-on-the-class", kind="layer", cause="stale-cache", check=checked(shape=(5, 6)),
        mistake="y is kept on the class, where all layers of this kind share it")  # fmt: skip
class CacheOnTheClass(Tanh):
    def forward(self, x):
        CacheOnTheClass.y = np.tanh(x)
        return CacheOnTheClass.y.copy(), None

    def backward(self, dy, cache):
        return (1 - self.y**2) * dy, {}


@mutant("gradients-accumulated", kind="layer", cause="repeat", check=PLAIN,
        mistake="gradients are added up on self, from one backward to the next")  # fmt: skip
class Accumulated(Dense):
    def __init__(self, n_in, n_out):
        self.params = {"w": np.random.default_rng(0).standard_normal((n_in, n_out)), "b": np.zeros(n_out)}
        self.dw = np.zeros((n_in, n_out))

    def backward(self, dy, x):
        self.dw += x.T @ dy
        return dy @ self.params["w"].T, {"w": self.dw, "b": dy.sum(axis=0)}


@mutant("upstream-changed-in-place", kind="layer", cause="dy-changed", check=checked(shape=(5, 6)),
        mistake="backward multiplies dy in place: the caller's array is changed")  # fmt: skip
class UpstreamInPlace(LeakyReLU):
    def backward(self, dy, x):
        dy[x <= 0] *= self.slope
        return dy, {}


@mutant("input-changed-in-place", kind="layer", cause="input-changed", check=checked(shape=(5, 6)),
        mistake="forward writes y into x")  # fmt: skip
class InputInPlace(LeakyReLU):
    def forward(self, x):
        positive = x > 0
        x[~positive] *= self.slope
        return x, positive

    def backward(self, dy, positive):
        return np.where(positive, dy, self.slope * dy), {}


@mutant("parameters-stepped-in-backward", kind="layer", cause="params-changed", check=PLAIN,
        mistake="backward makes the optimizer's step")  # fmt: skip
class StepsInBackward(Dense):
    def backward(self, dy, x):
        dx, dw = dy @ self.params["w"].T, x.T @ dy
        self.params["w"] -= 0.01 * dw
        return dx, {"w": dw, "b": dy.sum(axis=0)}


@mutant("bias-gradient-forgotten", kind="layer", cause="keys", check=PLAIN,
        mistake="the gradient of b is not returned")  # fmt: skip
class BiasForgotten(Dense):
    def backward(self, dy, x):
        return dy @ self.params["w"].T, {"w": x.T @ dy}


@mutant("output-in-float32", kind="layer", cause="dtype", check=PLAIN,
        mistake="y is float32, whatever x is")  # fmt: skip
class OutputInFloat32(Dense):
    def forward(self, x):
        y = x @ self.params["w"] + self.params["b"]
        return y.astype(np.float32), x


@mutant("input-rounded-to-float32", kind="layer", cause="dtype", check=PLAIN,
        mistake="x is rounded to float32 on the way in: y has float64's name and float32's digits")  # fmt: skip
class InputRounded(Dense):
    def forward(self, x):
        x = x.astype(np.float32).astype(np.float64)
        return x @ self.params["w"] + self.params["b"], x


@mutant("dropout-without-a-seed", kind="layer", cause="random", check=checked(shape=(5, 6)),
        mistake="each forward makes a new Generator: nothing can be repeated")  # fmt: skip
class Unseeded:
    def forward(self, x):
        mask = np.random.default_rng().random(x.shape) > 0.5
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask, {}
