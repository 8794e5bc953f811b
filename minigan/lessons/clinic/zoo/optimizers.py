"""Wrong optimizers: a rule of a few lines, and one of them is not the textbook's."""

from collections.abc import Callable

import numpy as np

from minigan.gradcheck.optimizers.check import check_optimizer
from minigan.lessons.clinic.zoo import mutant


def optimizer(name: str, cause: str, mistake: str, rule: str = "adam") -> Callable:
    """Decorator: put a wrong optimizer into the zoo. rule: the one that it should be."""
    return mutant(f"optimizer-{name}", kind="optimizer", cause=cause, mistake=mistake,
                  check=lambda kind: check_optimizer(kind, rule))  # fmt: skip


def zeros(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: np.zeros_like(p) for key, p in params.items()}


class PlainSGD:
    """Gradient descent: what the wrong ones below begin with."""

    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * grads[key]


@optimizer("sgd-ascent", "ascent", "the gradient is added", rule="sgd")
class Ascent(PlainSGD):
    def step(self, grads):
        for key, p in self.params.items():
            p += self.lr * grads[key]


@optimizer("sgd-weight-decay", "weight-decay", "each step also shrinks the parameters", rule="sgd")
class Shrinking(PlainSGD):
    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * (grads[key] + 0.01 * p)


@optimizer("sgd-first-only", "parameter-skipped", "a return inside the loop: only the first parameter moves",
           rule="sgd")  # fmt: skip
class FirstOnly(PlainSGD):
    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * grads[key]
            return


@optimizer("sgd-not-in-place", "not-in-place", "the dict gets new arrays; the layers keep the old ones", rule="sgd")
class NotInPlace(PlainSGD):
    def step(self, grads):
        for key in self.params:
            self.params[key] = self.params[key] - self.lr * grads[key]


@optimizer("sgd-grads-scaled", "grads-changed", "the gradients are multiplied by lr in place", rule="sgd")
class GradsScaled(PlainSGD):
    def step(self, grads):
        for key, p in self.params.items():
            grads[key] *= self.lr
            p -= grads[key]


@optimizer("sgd-rate-decays", "rate-changes", "the learning rate is halved after each step", rule="sgd")
class RateDecays(PlainSGD):
    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * grads[key]
        self.lr *= 0.5


@optimizer("momentum-dampened", "dampened", "the gradient enters the velocity by 1 - momentum", rule="momentum")
class Dampened:
    def __init__(self, params, lr=0.1, momentum=0.9):
        self.params, self.lr, self.momentum, self.v = params, lr, momentum, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.v[key] = self.momentum * self.v[key] + (1 - self.momentum) * grads[key]
            p -= self.lr * self.v[key]


@optimizer("momentum-unused", "first-step-again", "the velocity is kept, and the step uses the gradient",
           rule="momentum")  # fmt: skip
class Unused:
    def __init__(self, params, lr=0.1, momentum=0.9):
        self.params, self.lr, self.momentum, self.v = params, lr, momentum, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.v[key] = self.momentum * self.v[key] + grads[key]
            p -= self.lr * grads[key]


@optimizer("momentum-class-state", "state-shared-by-optimizers", "v is a class attribute: all optimizers share it",
           rule="momentum")  # fmt: skip
class ClassState:
    v = None

    def __init__(self, params, lr=0.1, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum
        ClassState.v = {}

    def step(self, grads):
        for key, p in self.params.items():
            self.v[key] = self.momentum * self.v.get(key, 0) + grads[key]
            p -= self.lr * self.v[key]


@optimizer("momentum-forgets", "first-step-again", "the velocity is made anew in each step", rule="momentum")
class Forgets:
    def __init__(self, params, lr=0.1, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum

    def step(self, grads):
        v = zeros(self.params)
        for key, p in self.params.items():
            v[key] = self.momentum * v[key] + grads[key]
            p -= self.lr * v[key]


@optimizer("rmsprop-no-root", "no-root", "the root of the average is forgotten", rule="rmsprop")
class NoRoot:
    def __init__(self, params, lr=0.01, rho=0.9, eps=1e-4):
        self.params, self.lr, self.rho, self.eps, self.s = params, lr, rho, eps, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.s[key] = self.rho * self.s[key] + (1 - self.rho) * grads[key] ** 2
            p -= self.lr * grads[key] / (self.s[key] + self.eps)


@optimizer("rmsprop-adagrad", "no-decay", "the squares are added up and never forgotten", rule="rmsprop")
class Adagrad:
    def __init__(self, params, lr=0.01, rho=0.9, eps=1e-8):
        self.params, self.lr, self.rho, self.eps, self.s = params, lr, rho, eps, zeros(params)

    def step(self, grads):
        for key, p in self.params.items():
            self.s[key] += grads[key] ** 2
            p -= self.lr * grads[key] / (np.sqrt(self.s[key]) + self.eps)


class PlainAdam:
    """Adam as in the paper: what the wrong ones below begin with."""

    def __init__(self, params, lr=0.01, beta1=0.5, beta2=0.9, eps=1e-6):
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        self.m, self.v, self.t = self.nothing_yet(), self.nothing_yet(), 0

    def nothing_yet(self):
        return zeros(self.params)

    def averages(self, key, g):
        self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
        self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * g**2
        return self.m[key], self.v[key]

    def corrected(self, m, v):
        return m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)

    def step(self, grads):
        self.t += 1
        for key, p in self.params.items():
            mhat, vhat = self.corrected(*self.averages(key, grads[key]))
            p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


@optimizer("adam-no-power", "no-power", "1 - beta for 1 - beta^t")
class NoPower(PlainAdam):
    def corrected(self, m, v):
        return m / (1 - self.beta1), v / (1 - self.beta2)


@optimizer("adam-t-per-parameter", "t-per-parameter", "t is raised once for each parameter")
class TPerParameter(PlainAdam):
    def step(self, grads):
        for key, p in self.params.items():
            self.t += 1
            mhat, vhat = self.corrected(*self.averages(key, grads[key]))
            p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


@optimizer("adam-t-from-0", "t-from-0", "t is raised at the end of the step: the first division is by 0")
class TFromZero(PlainAdam):
    def step(self, grads):
        for key, p in self.params.items():
            mhat, vhat = self.corrected(*self.averages(key, grads[key]))
            p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)
        self.t += 1


@optimizer("adam-one-state", "state-shared", "m and v are one number array each, for all parameters")
class OneState(PlainAdam):
    def nothing_yet(self):
        return 0

    def averages(self, key, g):
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g**2
        return self.m, self.v


@optimizer("adam-state-by-shape", "state-shared", "the averages are found by shape: two alike parameters share them")
class StateByShape(PlainAdam):
    def nothing_yet(self):
        return {p.shape: 0 * p for p in self.params.values()}

    def averages(self, key, g):
        self.m[g.shape] = self.beta1 * self.m[g.shape] + (1 - self.beta1) * g
        self.v[g.shape] = self.beta2 * self.v[g.shape] + (1 - self.beta2) * g**2
        return self.m[g.shape], self.v[g.shape]


@optimizer("adam-eps-inside", "eps-inside", "eps is added under the root")
class EpsInside(PlainAdam):
    def step(self, grads):
        self.t += 1
        for key, p in self.params.items():
            mhat, vhat = self.corrected(*self.averages(key, grads[key]))
            p -= self.lr * mhat / np.sqrt(vhat + self.eps)


@optimizer("adam-no-correction", "no-correction", "m and v are used as they are")
class NoCorrection(PlainAdam):
    def corrected(self, m, v):
        return m, v


@optimizer("adam-correction-kept", "correction-kept", "the corrected averages are stored and corrected again")
class CorrectionKept(PlainAdam):
    def corrected(self, m, v):
        m /= 1 - self.beta1**self.t
        v /= 1 - self.beta2**self.t
        return m, v


@optimizer("adam-betas-swapped", "betas-swapped", "beta1 and beta2 have changed places")
class BetasSwapped(PlainAdam):
    def averages(self, key, g):
        self.m[key] = self.beta2 * self.m[key] + (1 - self.beta2) * g
        self.v[key] = self.beta1 * self.v[key] + (1 - self.beta1) * g**2
        return self.m[key], self.v[key]

    def corrected(self, m, v):
        return m / (1 - self.beta2**self.t), v / (1 - self.beta1**self.t)


@optimizer("adam-weights-swapped", "weights-swapped", "beta weighs the new gradient and 1 - beta the old average")
class WeightsSwapped(PlainAdam):
    def averages(self, key, g):
        self.m[key] = (1 - self.beta1) * self.m[key] + self.beta1 * g
        self.v[key] = (1 - self.beta2) * self.v[key] + self.beta2 * g**2
        return self.m[key], self.v[key]


@optimizer("adam-squares-the-average", "squared-late", "v averages m^2, not g^2")
class SquaresTheAverage(PlainAdam):
    def averages(self, key, g):
        self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
        self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * self.m[key] ** 2
        return self.m[key], self.v[key]


@optimizer("adam-l2", "l2", "a multiple of the parameter is added to the gradient")
class WithPenalty(PlainAdam):
    weight_decay = 0.02

    def averages(self, key, g):
        g = g + self.weight_decay * self.params[key]
        self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * g
        self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * g**2
        return self.m[key], self.v[key]
