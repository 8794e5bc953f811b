"""RMSProp: each number of a parameter is moved by its gradient over the usual size of that gradient.

Tieleman & Hinton 2012, "Neural networks for machine learning", Coursera, lecture 6e.
"""

import numpy as np

from minigan.checks import fraction, positive
from minigan.optim.base import Optimizer


class RMSProp(Optimizer):
    """s is a moving average of the squared gradients. Its root is the usual size of a gradient (root mean square):

        s <- rho s + (1 - rho) g^2
        p <- p - lr g / (sqrt(s) + eps)

    s starts at 0, and eps stands outside the root, as in PyTorch and so in the code of WGAN. rho: in [0, 1); 0.9 as in
    the lecture, PyTorch's default is 0.99. eps: > 0, keeps the division finite.
    TensorFlow 1 starts s at 1 and puts eps inside the root: its first steps are shorter.
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
