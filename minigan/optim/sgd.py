"""Gradient descent, the simplest rule. SGD: stochastic, since each gradient comes from a random batch.

Robbins & Monro 1951, "A stochastic approximation method".
"""

import numpy as np

from minigan.optim.base import Optimizer


class SGD(Optimizer):
    """p <- p - lr g: one step down the slope."""

    def __init__(self, params: dict[str, np.ndarray], lr: float = 0.01):
        super().__init__(params, lr)

    def update(self, key: str, p: np.ndarray, g: np.ndarray) -> None:
        p -= self.lr * g
