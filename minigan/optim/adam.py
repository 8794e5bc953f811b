"""Adam: the step of momentum, divided by the usual size of the gradient as in RMSProp.

Kingma & Ba 2015, "Adam: a method for stochastic optimization", arXiv:1412.6980, algorithm 1.
"""

import numpy as np

from minigan import kernels
from minigan.checks import fraction, positive
from minigan.optim.base import Optimizer


class Adam(Optimizer):
    """m is a moving average of the gradient g, and v of its square. In the step number t = 1, 2, ... of a parameter p:

        m <- beta1 m + (1 - beta1) g
        v <- beta2 v + (1 - beta2) g^2
        mhat = m / (1 - beta1^t)
        vhat = v / (1 - beta2^t)
        p <- p - lr mhat / (sqrt(vhat) + eps)

    m and v start at 0, so in the first steps they are too small. mhat and vhat correct this (section 3): in step 1,
    mhat is g and vhat is g^2, and p moves by almost exactly lr.
    beta1, beta2: in [0, 1). GANs mostly use beta1 = 0.5 (Radford et al. 2016, arXiv:1511.06434, section 4).
    eps: > 0, keeps the division finite.
    """

    slots = ("m", "v")

    def __init__(self, params: dict[str, np.ndarray], lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999,
                 eps: float = 1e-8):  # fmt: skip
        super().__init__(params, lr)
        self.beta1, self.beta2, self.eps = fraction("beta1", beta1), fraction("beta2", beta2), positive("eps", eps)

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The lines of `plain_update`, in one loop over the numbers of p: it reads and writes each array once."""
        m, v, t = self.state["m"][key], self.state["v"][key], self.steps[key]
        kernels.adam(p, g, m, v, self.lr, self.beta1, self.beta2, self.eps, t)

    def plain_update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        """The algorithm, line by line."""
        m, v, t = self.state["m"][key], self.state["v"][key], self.steps[key]
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        mhat = m / (1 - self.beta1**t)
        vhat = v / (1 - self.beta2**t)
        p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)
