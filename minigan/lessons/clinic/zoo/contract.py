"""Layers whose numbers are right, once: but something is changed, kept or added up in secret."""

from functools import partial

import numpy as np

from minigan.lessons.clinic.zoo import checked, mutant, wrong
from minigan.lessons.clinic.zoo.plain import DENSE, Dense, LeakyReLU, Tanh

PLAIN = checked(shape=(5, 6))
RETURN_Y = 'return x @ self.params["w"] + self.params["b"], x'
dense = partial(wrong, Dense, check=checked(4, 3, shape=DENSE))

# fmt: off
dense("cache-on-self", "stale-cache", "x is kept on self: a second forward overwrites it before the first backward",
      {RETURN_Y: 'self.x = x\nreturn x @ self.params["w"] + self.params["b"], None', "dy, x):": "dy, cache):",
       "dw = x.T": "dw = self.x.T"})
wrong(Tanh, "cache-on-the-class", "stale-cache", "y is kept on the class, where all layers of this kind share it",
      {"y = np.tanh(x)\nreturn y, y": "Tanh.y = np.tanh(x)\nreturn Tanh.y.copy(), None", "dy, y):": "dy, cache):",
       "1 - y * y": "1 - self.y**2"}, PLAIN)
dense("gradients-accumulated", "repeat", "gradients are added up on self, from one backward to the next",
      {'"b": np.zeros(n_out)}': '"b": np.zeros(n_out)}\nself.dw = np.zeros((n_in, n_out))',
       "dw = x.T @ dy": "self.dw += x.T @ dy", '"w": dw': '"w": self.dw'})
wrong(LeakyReLU, "upstream-changed-in-place", "dy-changed",
      "backward multiplies dy in place: the caller's array is changed",
      {"return np.where(x > 0, dy, self.slope * dy)": "dy[x <= 0] *= self.slope\nreturn dy"}, PLAIN)
wrong(LeakyReLU, "input-changed-in-place", "input-changed", "forward writes y into x",
      {"return np.where(x > 0, x, self.slope * x), x":
       "positive = x > 0\nx[~positive] *= self.slope\nreturn x, positive", "dy, x):": "dy, positive):",
       "np.where(x > 0, dy": "np.where(positive, dy"}, PLAIN)
dense("parameters-stepped-in-backward", "params-changed", "backward makes the optimizer's step",
      {"db =": 'self.params["w"] -= 0.01 * dw\ndb ='})
dense("bias-gradient-forgotten", "keys", "the gradient of b is not returned", {', "b": db': ""})
dense("output-in-float32", "dtype", "y is float32, whatever x is",
      {RETURN_Y: 'y = x @ self.params["w"] + self.params["b"]\nreturn y.astype(np.float32), x'})
dense("input-rounded-to-float32", "dtype",
      "x is rounded to float32 on the way in: y has float64's name and float32's digits",
      {RETURN_Y: f"x = x.astype(np.float32).astype(np.float64)\n{RETURN_Y}"})
# fmt: on


@mutant("dropout-without-a-seed", kind="layer", cause="random", check=PLAIN,
        mistake="each forward makes a new Generator: nothing can be repeated")  # fmt: skip
class Unseeded:
    def forward(self, x):
        mask = np.random.default_rng().random(x.shape) > 0.5
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask, {}
