"""Dense layers with a mistake: y = x w + b, dx = dy w^T, dw = x^T dy, db = sum of dy over the batch."""

from functools import partial

import numpy as np

from minigan.lessons.clinic.zoo import checked, mutant, wrong
from minigan.lessons.clinic.zoo.plain import DENSE, SQUARE, Dense, Embedding, Residual

W_T = 'self.params["w"].T'
dense = partial(wrong, Dense, check=checked(4, 3, shape=DENSE))
square = partial(wrong, Dense, check=checked(3, 3, shape=SQUARE))

# fmt: off
dense("dense-dw-twice", "factor", "dw is twice what it should be", {"x.T @ dy": "2 * x.T @ dy"})
dense("dense-dw-averaged", "factor", "dw is divided by the batch size: the loss's gradient dy holds that 1/N already",
      {"x.T @ dy": "x.T @ dy / len(x)"})
dense("dense-dw-negative", "sign", "dw has the wrong sign", {"x.T @ dy": "-(x.T @ dy)"})
square("dense-dw-transposed", "transposed", "dw is dy^T x, the transpose, which fits only because the layer is square",
       {"x.T @ dy": "dy.T @ x"})
square("dense-dx-weight-not-transposed", "weight-transposed", "dx is dy w, not dy w^T", {W_T: 'self.params["w"]'})
dense("dense-db-averaged", "factor", "db is the mean over the batch, not the sum", {"dy.sum(": "dy.mean("})
dense("dense-db-not-summed", "not-summed",
      "db is dy itself, one row for each sample: the sum over the batch is missing", {"dy.sum(axis=0)": "dy"})
dense("dense-db-one-sample", "one-sample", "db is the first sample's dy alone", {"dy.sum(axis=0)": "dy[0].copy()"})
dense("dense-dw-last-sample", "one-sample",
      "the loop over the batch writes dw = ..., so that only the last sample counts",
      {"dw = x.T @ dy": "for n in range(len(x)):\n    dw = np.outer(x[n], dy[n])"})
dense("dense-upstream-ignored", "upstream-ignored", "dw is computed for an upstream gradient of ones",
      {"x.T @ dy": "x.T @ np.ones_like(dy)"})
dense("dense-upstream-twice", "upstream-twice", "dw holds dy twice", {"x.T @ dy": "x.T @ (dy * dy)"})
dense("dense-update-before-dx", "updated-first", "backward updates w, and computes dx with the new one",
      {f"dx = dy @ {W_T}\ndw = x.T @ dy": f"dw = x.T @ dy\nself.params['w'] -= 0.1 * dw\ndx = dy @ {W_T}"})
dense("dense-weight-decay-in-dw", "penalty", "dw holds the gradient of a weight decay, which is no part of this layer",
      {"x.T @ dy": 'x.T @ dy + 0.01 * self.params["w"]'})
dense("dense-dx-zero", "zero", "dx is an array of zeros that was never filled", {f"dy @ {W_T}": "np.zeros_like(x)"})
dense("dense-relu-in-backward", "upstream-changed",
      "backward has a ReLU that forward has not: db is the sum of dy where y is positive",
      {"db = dy.sum(axis=0)": "y, _ = self.forward(x)\ndb = (dy * (y > 0)).sum(axis=0)"})
dense("dense-db-before-activation", "activation-skipped",
      "db is taken of dy, not of dz = dy tanh'(z): before dy has passed the activation",
      {'return x @ self.params["w"] + self.params["b"], x':
       'y = np.tanh(x @ self.params["w"] + self.params["b"])\nreturn y, (x, y)',
       "dy, x):": "dy, cache):\n    x, y = cache\n    dz = dy * (1 - y * y)", "dx = dy": "dx = dz",
       "x.T @ dy": "x.T @ dz"})
wrong(Dense, "dense-float32", "float32",
      "nothing in the formula: dw is computed in float32, and its last digits are noise",
      {"dw = x.T @ dy": "dw = np.zeros(self.params['w'].shape, np.float32)\n"
       "for n in range(len(x)):\n    dw += 1000 * np.outer(x[n], dy[n])\ndw = dw.astype(float) / 1000"},
      checked(40, 30, shape=(5, 40)))
wrong(Residual, "residual-branch-forgotten", "term-missing",
      "dx lacks the path past the layer: y = x + h(x), so dx = dy + ...", {"return dy + dz": "return dz"},
      checked(3, shape=SQUARE))
wrong(Embedding, "embedding-repeats-overwritten", "overwritten",
      "d[words] += g counts each word once, however often it occurs: np.add.at adds up",
      {"np.add.at(table, self.words, dy.sum(axis=0))": "table[self.words] += dy.sum(axis=0)"},
      checked(3, shape=(4, 5, 3)))
# fmt: on


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
