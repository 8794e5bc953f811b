"""Wrong optimizers: a rule of a few lines, and one of them is not the textbook's."""

from collections.abc import Callable
from functools import partial

import numpy as np

from minigan.gradcheck.optimizers.check import check_optimizer
from minigan.lessons.clinic.edits import Edits
from minigan.lessons.clinic.zoo import wrong


def zeros(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: np.zeros_like(p) for key, p in params.items()}


class SGD:
    """p -= lr g."""

    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * grads[key]


class Momentum:
    """v = momentum v + g; p -= lr v."""

    def __init__(self, params, lr=0.1, momentum=0.9):
        self.params, self.lr, self.momentum, self.v = params, lr, momentum, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.v[key] = self.momentum * self.v[key] + grads[key]
            p -= self.lr * self.v[key]


class RMSProp:
    """s averages g^2; p -= lr g / (sqrt(s) + eps)."""

    def __init__(self, params, lr=0.01, rho=0.9, eps=1e-4):
        self.params, self.lr, self.rho, self.eps, self.s = params, lr, rho, eps, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.s[key] = self.rho * self.s[key] + (1 - self.rho) * grads[key] ** 2
            p -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


class Adam:
    """m averages g, v averages g^2; p -= lr mhat / (sqrt(vhat) + eps)."""

    def __init__(self, params, lr=0.01, beta1=0.5, beta2=0.9, eps=1e-6):
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m, self.v, self.t = zeros(params), zeros(params), 0

    def step(self, grads):
        self.t += 1
        for key, p in self.params.items():
            self.move(key, p, grads[key])

    def move(self, key, p, g):
        beta1, beta2 = self.beta1, self.beta2
        m = self.m[key] = beta1 * self.m[key] + (1 - beta1) * g
        v = self.v[key] = beta2 * self.v[key] + (1 - beta2) * g**2
        mhat, vhat = m / (1 - beta1**self.t), v / (1 - beta2**self.t)
        p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


def slip(right: Callable, name: str, cause: str, mistake: str, edits: Edits) -> None:
    """Put a wrong copy of an optimizer into the zoo; its class's name is the rule that it should be."""
    rule = right.__name__.lower()
    check = partial(check_optimizer, rule=rule)
    wrong(right, f"optimizer-{rule}-{name}", cause, mistake, edits, check, "optimizer")


# fmt: off
EACH = "for key, p in self.params.items():\n    "
MINUS, MOVE = "p -= self.lr * grads[key]", "self.move(key, p, grads[key])"
M, V = "self.m[key] = beta1 * self.m[key] + (1 - beta1) * g", "self.v[key] = beta2 * self.v[key] + (1 - beta2) * g**2"
CORRECTED = "m / (1 - beta1**self.t), v / (1 - beta2**self.t)"

slip(SGD, "ascent", "ascent", "the gradient is added", {"p -=": "p +="})
slip(SGD, "weight-decay", "weight-decay", "each step also shrinks the parameters",
     {"* grads[key]": "* (grads[key] + 0.01 * p)"})
slip(SGD, "first-only", "parameter-skipped", "a return inside the loop: only the first parameter moves",
     {MINUS: f"{MINUS}\nreturn"})
slip(SGD, "not-in-place", "not-in-place", "the dict gets new arrays; the layers keep the old ones",
     {MINUS: "self.params[key] = p - self.lr * grads[key]"})
slip(SGD, "grads-scaled", "grads-changed", "the gradients are multiplied by lr in place",
     {MINUS: "grads[key] *= self.lr\np -= grads[key]"})
slip(SGD, "rate-decays", "rate-changes", "the learning rate is halved after each step",
     {EACH + MINUS: f"{EACH}{MINUS}\nself.lr *= 0.5"})

slip(Momentum, "dampened", "dampened", "the gradient enters the velocity by 1 - momentum",
     {"+ grads[key]": "+ (1 - self.momentum) * grads[key]"})
slip(Momentum, "unused", "first-step-again", "the velocity is kept, and the step uses the gradient",
     {"self.lr * self.v[key]": "self.lr * grads[key]"})
slip(Momentum, "class-state", "state-shared-by-optimizers", "v is a class attribute: all optimizers share it",
     {"momentum, self.v = params, lr, momentum, zeros(params)": "momentum = params, lr, momentum\nMomentum.v = {}",
      "self.v[key] +": "self.v.get(key, 0) +"})
slip(Momentum, "forgets", "first-step-again", "the velocity is made anew in each step",
     {"for key, p": "self.v = zeros(self.params)\nfor key, p"})

slip(RMSProp, "no-root", "no-root", "the root of the average is forgotten", {"np.sqrt(self.s[key])": "self.s[key]"})
slip(RMSProp, "adagrad", "no-decay", "the squares are added up and never forgotten",
     {"= self.rho * self.s[key] + (1 - self.rho) *": "+=", "eps=1e-4": "eps=1e-8"})

slip(Adam, "no-power", "no-power", "1 - beta for 1 - beta^t", {CORRECTED: "m / (1 - beta1), v / (1 - beta2)"})
slip(Adam, "t-per-parameter", "t-per-parameter", "t is raised once for each parameter",
     {f"self.t += 1\n{EACH}{MOVE}": f"{EACH}self.t += 1\n    {MOVE}"})
slip(Adam, "t-from-0", "t-from-0", "t is raised at the end of the step: the first division is by 0",
     {f"self.t += 1\n{EACH}{MOVE}": f"{EACH}{MOVE}\nself.t += 1"})
slip(Adam, "one-state", "state-shared", "m and v are one number array each, for all parameters",
     {"zeros(params), zeros(params)": "0, 0", M: M.replace("[key]", ""), V: V.replace("[key]", "")})
slip(Adam, "state-by-shape", "state-shared", "the averages are found by shape: two alike parameters share them",
     {"zeros(params), zeros(params), 0": "{}, {}, 0\nfor p in params.values():\n"
      "    self.m[p.shape], self.v[p.shape] = np.zeros_like(p), np.zeros_like(p)", M: M.replace("key", "g.shape"),
      V: V.replace("key", "g.shape")})
slip(Adam, "eps-inside", "eps-inside", "eps is added under the root",
     {"(np.sqrt(vhat) + self.eps)": "np.sqrt(vhat + self.eps)"})
slip(Adam, "no-correction", "no-correction", "m and v are used as they are", {CORRECTED: "m, v"})
slip(Adam, "correction-kept", "correction-kept", "the corrected averages are stored and corrected again",
     {"mhat, vhat =": "mhat, vhat = self.m[key], self.v[key] ="})
slip(Adam, "betas-swapped", "betas-swapped", "beta1 and beta2 have changed places",
     {"= self.beta1, self.beta2": "= self.beta2, self.beta1"})
slip(Adam, "weights-swapped", "weights-swapped", "beta weighs the new gradient and 1 - beta the old average",
     {M: "self.m[key] = (1 - beta1) * self.m[key] + beta1 * g",
      V: "self.v[key] = (1 - beta2) * self.v[key] + beta2 * g**2"})
slip(Adam, "squares-the-average", "squared-late", "v averages m^2, not g^2", {"* g**2": "* m**2"})
slip(Adam, "l2", "l2", "a multiple of the parameter is added to the gradient",
     {"zeros(params), 0": "zeros(params), 0\nself.weight_decay = 0.02",
      "p, g):": "p, g):\n    g = g + self.weight_decay * p"})
