"""Layers whose numbers are right, once: but something is changed, kept or added up in secret."""

import numpy as np

from minigan.gradcheck.zoo import mutant
from minigan.gradcheck.zoo.plain import DENSE, Dense, LeakyReLU, Tanh, checked

PLAIN = checked(4, 3, shape=DENSE)


@mutant("cache-on-self", kind="layer", cause="stale-cache", check=PLAIN,
        mistake="x is kept on self: a second forward overwrites it before the first backward")  # fmt: skip
class CacheOnSelf(Dense):
    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dy, cache):
        return super().backward(dy, self.x)


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
        super().__init__(n_in, n_out)
        self.dw = np.zeros((n_in, n_out))

    def backward(self, dy, x):
        dx, grads = super().backward(dy, x)
        self.dw += grads["w"]
        return dx, {**grads, "w": self.dw}


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
        dx, grads = super().backward(dy, x)
        self.params["w"] -= 0.01 * grads["w"]
        return dx, grads


@mutant("bias-gradient-forgotten", kind="layer", cause="keys", check=PLAIN,
        mistake="the gradient of b is not returned")  # fmt: skip
class BiasForgotten(Dense):
    def backward(self, dy, x):
        dx, grads = super().backward(dy, x)
        return dx, {"w": grads["w"]}


@mutant("output-in-float32", kind="layer", cause="dtype", check=PLAIN,
        mistake="y is float32, whatever x is")  # fmt: skip
class OutputInFloat32(Dense):
    def forward(self, x):
        y, cache = super().forward(x)
        return y.astype(np.float32), cache


@mutant("input-rounded-to-float32", kind="layer", cause="dtype", check=PLAIN,
        mistake="x is rounded to float32 on the way in: y has float64's name and float32's digits")  # fmt: skip
class InputRounded(Dense):
    def forward(self, x):
        return super().forward(x.astype(np.float32).astype(np.float64))


@mutant("dropout-without-a-seed", kind="layer", cause="random", check=checked(shape=(5, 6)),
        mistake="each forward makes a new Generator: nothing can be repeated")  # fmt: skip
class Unseeded:
    def forward(self, x):
        mask = np.random.default_rng().random(x.shape) > 0.5
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask, {}
