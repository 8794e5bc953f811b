"""Adam: a step along the average of the gradients, divided by their usual size.

Kingma & Ba 2015, "Adam: a method for stochastic optimization", arXiv:1412.6980, algorithm 1.
"""

import numpy as np

from minigan import kernels
from minigan.checks import fraction, positive
from minigan.kernels.machine.addresses import Addresses
from minigan.optim.base import Optimizer


class Adam(Optimizer):
    """m is a moving average of the gradient g, and v is a moving average of g^2. In step t = 1, 2, 3, ...:

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        mhat = m / (1 - beta1^t)
        vhat = v / (1 - beta2^t)
        p <- p - lr mhat / (sqrt(vhat) + eps)

    m and v start at 0, so they are too small in the first steps. mhat and vhat correct this (section 3). In step 1,
    mhat = g and vhat = g^2, so each number of p moves by lr, however large or small its gradient is (far above eps).

    lr: learning rate, > 0. beta1, beta2: in [0, 1). eps: > 0, so that nothing is divided by 0.
    For GANs, beta1 = 0.5 is usual (Radford et al. 2016, arXiv:1511.06434, section 4).
    """

    slots = ("m", "v")

    def __init__(self, params: dict[str, np.ndarray], lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999,
                 eps: float = 1e-8):  # fmt: skip
        super().__init__(params, lr)
        self.beta1, self.beta2, self.eps = fraction("beta1", beta1), fraction("beta2", beta2), positive("eps", eps)

    def begin(self, params: dict[str, np.ndarray]) -> None:
        super().begin(params)
        self.known = Addresses()  # where the arrays lie, for `update_all`

    def plain_update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The algorithm, line by line."""
        m, v, t = self.state["m"][key], self.state["v"][key], self.steps[key]
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        mhat = m / (1 - self.beta1**t)
        vhat = v / (1 - self.beta2**t)
        p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The same, fast: one kernel does all five lines in one pass over the arrays."""
        m, v, t = self.state["m"][key], self.state["v"][key], self.steps[key]
        kernels.adam(p, g, m, v, self.lr, self.beta1, self.beta2, self.eps, t)

    def update_all(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        """`update` for each parameter, faster still: one call for all of them."""
        if getattr(self.update, "__func__", None) is not Adam.update:  # somebody's own: a subclass, or set from outside
            return super().update_all(params, grads)
        slots, steps = (params, grads, self.state["m"], self.state["v"]), [self.steps[key] for key in params]
        arrays = [[slot[key] for key in params] for slot in slots]
        kernels.adam_all(*arrays, self.lr, self.beta1, self.beta2, self.eps, steps, self.known)
