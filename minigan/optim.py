"""Optimizers: gradients in, new parameters out, in place.

    optimizer = Adam(net.params, lr=2e-4, beta1=0.5)
    optimizer.step(grads)                 # grads has the keys of net.params

An optimizer owns its state: one dict of arrays for each moving average, and the number of steps t. Every rule is
written twice as long as it could be, so that it reads like its paper. All arithmetic is in the parameters' dtype.

Every rule takes `clip`: after each step all parameters, biases too, are cut to [-clip, clip]. So Arjovsky et al. 2017
(arXiv:1701.07875, algorithm 1, line 7) bound the slope of their critic, with

    RMSProp(D.params, lr=5e-5, rho=0.99, clip=0.01)

Their code clips before the critic looks, so that its first look is with clipped weights too; the algorithm, and this,
after each update.
"""

import numpy as np

from minigan import kernels
from minigan.checks import fraction, positive


class Optimizer:
    """What all rules share: they hold the parameters, check the gradients, count the steps, save and restore.

    params: dict (or read-only view) of float arrays, changed in place by `step`. lr: learning rate, > 0; it may be set
    anew between steps. clip: None, or c > 0: every parameter is cut to [-c, c] after each step.
    A subclass lists its moving averages in `slots` and writes `update(key, p, g)`.
    """

    slots = ()

    def __init__(self, params, lr, clip=None):
        self.params, self.lr, self.t = params, positive("lr, the learning rate,", lr), 0
        self.clip = None if clip is None else positive("clip, the largest size of a weight,", clip)
        self.state = {slot: {key: np.zeros_like(p) for key, p in params.items()} for slot in self.slots}

    def step(self, grads):
        """Update every parameter once. Raises ValueError, before anything changes, that names a gradient which is
        missing, unknown, of the wrong shape, or not finite."""
        self._check(grads)
        self.t += 1
        for key, p in self.params.items():
            self.update(key, p, grads[key])
            if self.clip is not None:
                np.clip(p, -self.clip, self.clip, out=p)

    def update(self, key, p, g):
        raise NotImplementedError

    def _check(self, grads):
        """Raise ValueError as `step` does, and change nothing."""
        missing, extra = self.params.keys() - grads.keys(), grads.keys() - self.params.keys()
        if missing or extra:
            raise ValueError(
                f"gradients must have the keys of the parameters; missing: {sorted(missing) or 'none'}, "
                f"unknown: {sorted(extra) or 'none'}; did backward run with param_grads=False, or on another network?"
            )
        for key, p in self.params.items():
            if np.shape(grads[key]) != p.shape:
                raise ValueError(f"the gradient of {key} must have its shape {p.shape}, got {np.shape(grads[key])}")
            if getattr(grads[key], "dtype", np.dtype(object)).kind != "f":
                raise ValueError(f"the gradient of {key} must be an array of floats, got {type(grads[key]).__name__}")
            if not kernels.finite(grads[key]):
                raise NonFiniteError(f"the gradient of {key} holds a NaN or an infinity; nothing was updated")

    def state_arrays(self):
        """Everything to be saved, as a flat dict of arrays: "t", and "slot/key" for each moving average."""
        flat = {f"{slot}/{key}": a for slot, arrays in self.state.items() for key, a in arrays.items()}
        return {"t": np.array(self.t, np.int64), **flat}

    def load_state_arrays(self, arrays):
        """Restore what `state_arrays` gave. Raises ValueError, before anything changes, if keys or shapes differ."""
        check_state(self.state_arrays(), arrays)
        self.t = int(arrays["t"])
        for slot, kept in self.state.items():
            for key, array in kept.items():
                array[...] = arrays[f"{slot}/{key}"]


class NonFiniteError(ValueError):
    """A NaN or an infinity where a finite number is needed."""


class SGD(Optimizer):
    """p <- p - lr g: one step down the slope (Robbins & Monro 1951)."""

    def __init__(self, params, lr=0.01, *, clip=None):
        super().__init__(params, lr, clip)

    def update(self, key, p, g):
        p -= self.lr * g


class Momentum(Optimizer):
    """v <- momentum v + g;  p <- p - lr v: the heavy ball (Polyak 1964), in PyTorch's and Keras's scaling."""

    slots = ("v",)

    def __init__(self, params, lr=0.01, momentum=0.9, *, clip=None):
        super().__init__(params, lr, clip)
        self.momentum = fraction("momentum", momentum)

    def update(self, key, p, g):
        v = self.state["v"][key]
        v *= self.momentum
        v += g
        p -= self.lr * v


class RMSProp(Optimizer):
    """s <- rho s + (1 - rho) g^2;  p <- p - lr g / (sqrt(s) + eps) (Hinton 2012, Coursera lecture 6e).

    eps stands outside the root, s starts at 0, nothing is centred: PyTorch's conventions, and so those of WGAN's code,
    which has PyTorch's rho = 0.99; Hinton's 0.9 is the default here. TensorFlow 1 had eps inside the root, and s = 1 to
    begin with: its first steps are shorter.
    """

    slots = ("s",)

    def __init__(self, params, lr=1e-3, rho=0.9, eps=1e-8, *, clip=None):
        super().__init__(params, lr, clip)
        self.rho, self.eps = fraction("rho", rho), positive("eps", eps)

    def update(self, key, p, g):
        s = self.state["s"][key]
        s *= self.rho
        s += (1 - self.rho) * g * g
        p -= self.lr * g / (np.sqrt(s) + self.eps)


class Adam(Optimizer):
    """Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1. At step t = 1, 2, ...:

        m <- beta1 m + (1 - beta1) g            mhat = m / (1 - beta1^t)
        v <- beta2 v + (1 - beta2) g^2          vhat = v / (1 - beta2^t)
        p <- p - lr mhat / (sqrt(vhat) + eps)

    m and v start at 0, which pulls them towards 0; the division takes out just that. For GANs beta1 = 0.5 is usual
    (Radford et al. 2016).
    """

    slots = ("m", "v")

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, *, clip=None):
        super().__init__(params, lr, clip)
        self.beta1, self.beta2, self.eps = fraction("beta1", beta1), fraction("beta2", beta2), positive("eps", eps)

    def update(self, key, p, g):
        m, v = self.state["m"][key], self.state["v"][key]
        kernels.adam(p, g, m, v, self.lr, self.beta1, self.beta2, self.eps, self.t)


class HistoricalAveraging:
    """Another optimizer, whose player also pays for being far from where it has been on average (Salimans et al. 2016,
    arXiv:1606.03498, section 3.3): the term

        weight * ||theta - mean||^2,        mean = (theta[1] + ... + theta[t]) / t

    is added to its objective, and 2 weight (theta - mean) to its gradient, with the mean as a constant. theta[i] is
    what the parameters were when step i began, so theta[t] is theta itself, and in the first step the term is 0. It is
    the arithmetic mean over all steps, each of the same weight; one that forgets would follow a player who circles.

    optimizer: any of this module, which then takes the steps. weight: of the term, finite and at least 0.
    The mean is kept in float64: after 100,000 steps a new theta moves it by less than float32's last digits.
    """

    def __init__(self, optimizer, weight):
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"weight, of the historical average, must be a finite number of at least 0, got {weight}")
        self.optimizer, self.weight = optimizer, weight
        self.mean = {key: np.zeros(p.shape) for key, p in optimizer.params.items()}

    @property
    def params(self):
        return self.optimizer.params

    @property
    def t(self):
        return self.optimizer.t

    @property
    def lr(self):
        return self.optimizer.lr

    @lr.setter
    def lr(self, lr):
        self.optimizer.lr = lr

    def value(self):
        """The term at the parameters as they are, for the mean of the steps so far."""
        return self.weight * sum(float(((p - self.mean[key]) ** 2).sum()) for key, p in self.params.items())

    def step(self, grads):
        """As `Optimizer.step`, with the term's gradient added to `grads`, which are not changed."""
        self.optimizer._check(grads)
        both = {
            key: kernels.pull_to_mean(p, grads[key], self.mean[key], self.weight, self.t + 1)
            for key, p in self.params.items()
        }
        self.optimizer.step(both)

    def state_arrays(self):
        """Those of the optimizer inside, and "mean/key" for each parameter."""
        return self.optimizer.state_arrays() | {f"mean/{key}": mean for key, mean in self.mean.items()}

    def load_state_arrays(self, arrays):
        """As `Optimizer.load_state_arrays`."""
        check_state(self.state_arrays(), arrays)
        own = {f"mean/{key}": mean for key, mean in self.mean.items()}
        self.optimizer.load_state_arrays({key: array for key, array in arrays.items() if key not in own})
        for key, mean in own.items():
            mean[...] = arrays[key]


OPTIMIZERS = {"adam": Adam, "rmsprop": RMSProp, "momentum": Momentum, "sgd": SGD}


def check_state(own, arrays):
    """Raise ValueError unless `arrays` has the keys, shapes and kinds of `own`."""
    wrong = own.keys() ^ arrays.keys() or {k for k in own if not alike(np.asarray(arrays[k]), own[k])}
    if wrong:
        raise ValueError(f"this state belongs to another optimizer or network; entries that differ: {sorted(wrong)}")


def alike(one, two):
    """Whether two arrays have one shape and one kind of numbers."""
    return one.shape == two.shape and one.dtype.kind == two.dtype.kind
