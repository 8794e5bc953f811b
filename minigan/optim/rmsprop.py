"""RMSProp: each number of a parameter moves by its gradient, divided by the usual size of that gradient.

Tieleman & Hinton 2012, "Neural networks for machine learning", Coursera, lecture 6e.
"""

import numpy as np

from minigan.checks import fraction, positive
from minigan.optim.base import Optimizer


class RMSProp(Optimizer):
    """s is a moving average of g^2. Its root, the root mean square, is the usual size of the gradient g:

        s <- rho s + (1 - rho) g^2
        p <- p - lr g / (sqrt(s) + eps)

    s starts at 0, and eps is outside the root. PyTorch does the same, and so does the code of WGAN. TensorFlow 1 starts
    s at 1 and has eps inside the root, so its first steps are shorter.
    rho: in [0, 1). The lecture has 0.9, PyTorch 0.99. eps: > 0, so that nothing is divided by 0.
    """

    slots = ("s",)

    def __init__(self, params: dict[str, np.ndarray], lr: float = 1e-3, rho: float = 0.9, eps: float = 1e-8):
        super().__init__(params, lr)
        self.rho, self.eps = fraction("rho", rho), positive("eps", eps)

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        s = self.state["s"][key]
        s *= self.rho
        s += (1 - self.rho) * g * g
        p -= self.lr * g / (np.sqrt(s) + self.eps)
