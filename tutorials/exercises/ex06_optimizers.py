"""Exercise 06: Momentum and Adam, as a network needs them, and one step of a game.

Fill in the methods and functions, and have them marked as often as you like:

    minigan exercise check ex06 work        (work: the folder that this file is in)

An optimizer holds `params`, a dict of arrays, and changes these arrays in place, because the layers hold the same ones.
step(grads) gets a dict with the same keys. Each parameter has its own memory. See tutorial 06.
"""

import numpy as np  # noqa: F401  (you will need it)


class Momentum:
    """v <- momentum v + g;    p <- p - lr v        v starts at 0."""

    def __init__(self, params, lr=0.01, momentum=0.9):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.v = {key: np.zeros_like(p) for key, p in params.items()}

    def step(self, grads):
        """Move every parameter once."""
        raise NotImplementedError("Momentum.step")


class Adam:
    """m <- beta1 m + (1 - beta1) g            mhat = m / (1 - beta1^t)
    v <- beta2 v + (1 - beta2) g^2          vhat = v / (1 - beta2^t)
    p <- p - lr mhat / (sqrt(vhat) + eps)

    m and v start at 0; t is 1 in the first step.
    """

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.beta1, self.beta2, self.eps = params, lr, beta1, beta2, eps
        # What must Adam remember from one step to the next?

    def step(self, grads):
        """Move every parameter once."""
        raise NotImplementedError("Adam.step")


def simultaneous(x, y, lr):
    """One step of the game V(x, y) = x y. x wants V small, y wants it large; both move at the same time.

    -> the new x and y.
    """
    raise NotImplementedError("both players at the same time")


def alternating(x, y, lr):
    """The same, but in turn: first x moves, then y, which uses the new x. -> the new x and y."""
    raise NotImplementedError("the players in turn")
