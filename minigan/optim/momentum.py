"""Gradient descent with momentum: the parameter moves like a heavy ball that rolls down the slope.

Polyak 1964, "Some methods of speeding up the convergence of iteration methods", the heavy ball.
"""

import numpy as np

from minigan.checks import fraction
from minigan.optim.base import Optimizer


class Momentum(Optimizer):
    """The velocity v adds up the gradients, and forgets the old ones step by step:

        v <- momentum v + g
        p <- p - lr v

    v starts at 0. As in PyTorch, lr is not inside v: a new learning rate changes the whole next step.
    momentum: in [0, 1); with 0 the rule is SGD. Under a constant gradient g, v grows to g / (1 - momentum).
    """

    slots = ("v",)

    def __init__(self, params: dict[str, np.ndarray], lr: float = 0.01, momentum: float = 0.9):
        super().__init__(params, lr)
        self.momentum = fraction("momentum", momentum)

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        v = self.state["v"][key]
        v *= self.momentum
        v += g
        p -= self.lr * v
