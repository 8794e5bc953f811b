"""Weight clipping: after each step, every parameter is cut to an interval around 0.

Arjovsky et al. 2017, "Wasserstein GAN", arXiv:1701.07875, algorithm 1, line 7:

    w <- clip(w, -c, c)

Small weights bound the slope of the critic, which the loss of WGAN needs.
"""

import numpy as np

from minigan.checks import positive
from minigan.optim.base import Optimizer, Wrapper


class Clipped(Wrapper):
    """Another optimizer, with all parameters (biases too) cut to [-limit, limit] after each of its steps.

        Clipped(RMSProp(D.params, lr=5e-5, rho=0.99), 0.01)          # the critic of WGAN

    limit: > 0. The moving averages are not cut. The first step starts from parameters that are not cut yet, as in the
    paper's algorithm; the authors' code cuts them before the critic looks.
    """

    def __init__(self, optimizer: Optimizer, limit: float):
        super().__init__(optimizer)
        self.limit = positive("limit, the largest size of a weight,", limit)

    def step(self, grads: dict[str, np.ndarray]) -> None:
        self.optimizer.step(grads)
        for p in self.params.values():
            np.clip(p, -self.limit, self.limit, out=p)
