"""Historical averaging: a player also pays for being far from the mean of its own past.

Salimans et al. 2016, "Improved techniques for training GANs", arXiv:1606.03498, section 3.3.
The player adds to its objective

    weight * ||theta - mean||^2,        mean = (theta[1] + ... + theta[t]) / t

where theta[i] is what the parameters were when step i began. So theta[t] is theta itself, and in step 1 the term is 0.
The mean counts as a constant, so the gradient gets 2 weight (theta - mean).

Every step has the same weight in this mean. A moving average forgets, so it would follow a player that moves in
circles.
"""

import numpy as np

from minigan import kernels
from minigan.checks import at_least_0
from minigan.optim.base import Optimizer, Wrapper


class HistoricalAveraging(Wrapper):
    """Another optimizer: before each of its steps, the gradient of the term above is added to the gradients.

    optimizer: takes the steps; it has taken none yet. weight: of the term, at least 0.
    The mean is kept in float64: after 100,000 steps, a step changes it by less than float32 can show.
    """

    def __init__(self, optimizer: Optimizer, weight: float):
        super().__init__(optimizer)
        self.weight = at_least_0("weight, of the historical average,", weight)
        self.mean = zeros(self.params)
        if any(self.steps.values()):
            raise ValueError("a historical average begins with the first step; wrap the optimizer before it")
        if optimizer.state_arrays().keys() & {f"mean/{key}" for key in self.mean}:
            raise ValueError("this optimizer has a historical average already; use one, with the sum of both weights")

    def value(self) -> float:
        """The term for the parameters as they are now, and the mean of the steps so far."""
        return self.weight * sum(float(((p - self.mean[key]) ** 2).sum()) for key, p in self.params.items())

    def step(self, grads: dict[str, np.ndarray]) -> None:
        self.check_gradients(grads)  # before the mean changes
        self.optimizer.step({key: self.pulled(key, p, grads[key]) for key, p in self.params.items()})

    def plain_pulled(self, key: str, p: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Take p into its mean -> g + the gradient of the term, with the shape and dtype of p. g stays as it is."""
        mean, t = self.mean[key], self.steps[key] + 1
        mean += (p - mean) / t
        return (g + 2 * self.weight * (p - mean)).astype(p.dtype)

    def pulled(self, key: str, p: np.ndarray, g: np.ndarray) -> np.ndarray:
        """The same, fast: one pass over the arrays."""
        return kernels.pull_to_mean(p, g, self.mean[key], self.weight, self.steps[key] + 1)

    def fresh(self, params: dict[str, np.ndarray]) -> "HistoricalAveraging":
        new = super().fresh(params)
        new.mean = zeros(params)
        return new

    def state_arrays(self) -> dict[str, np.ndarray]:
        """Those of the optimizer inside, and "mean/<key>" for each parameter."""
        return super().state_arrays() | {f"mean/{key}": mean for key, mean in self.mean.items()}


def zeros(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A float64 array of zeros for each parameter, of its shape."""
    return {key: np.zeros(p.shape) for key, p in params.items()}
