"""Batch norm that each sample scales and shifts in its own way: by its class, or by a condition that is learnt."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.batch import memberships
from minigan.checks import generator, whole
from minigan.layers.base import expect, param
from minigan.layers.initialisers import initial_weight
from minigan.layers.norm import BatchNorm


class SampleScaledNorm(BatchNorm):
    """The base of both: y[n] = f z[n], z[n] = gain[n] xhat[n] + shift[n], with f = 1 where z > 0, else slope; xhat, the
    running statistics, momentum, eps and slope are those of `BatchNorm`; gain and shift (N, C) are of each sample.

    A subclass writes `gain_and_shift(given, x)` -> gain, shift, and what its backward needs; and
    `condition_grads(dgain, dshift, kept)` -> the gradients of its parameters.

    x (N, ..., C), M values in each channel over the whole batch. With r = 1 / sqrt(var + eps) and g[n] = gain[n] f dy,
    the derivation of `BatchNorm` holds with g in place of gamma f dy:
        dshift[n] = sum of f dy,      dgain[n] = sum of f dy xhat,      both over the positions of sample n
        dx = r g  -  r xhat sum(g xhat) / M  -  r sum(g) / M         in evaluation the first part only
    and the sums over the batch are sums over its samples: sum(g) = sum_n gain[n] dshift[n],
    sum(g xhat) = sum_n gain[n] dgain[n].

    There is no double_backward: in training a sample's dx depends on the whole batch, as in every batch norm.
    """

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None, channels=self.channels)
        gain, shift, kept = self.gain_and_shift(given, x)
        values = np.ascontiguousarray(x).reshape(len(x), -1, self.channels)  # (N, P, C)
        mean, r = self.statistics(values.reshape(-1, self.channels), training)
        mean = np.tile(mean, (len(x), 1))  # (N, C): the same for all samples
        y = kernels.normalise_samples(values, mean, gain * r, shift, self.slope)
        return y.reshape(x.shape), self.seal(values, mean, r, gain, shift, kept, training, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        values, mean, r, gain, shift, kept, training = self.unseal(cache, dy)
        dy_values = np.ascontiguousarray(dy).reshape(values.shape)  # (N, P, C)
        scale = gain * r  # y = leaky(scale (x - mean) + shift)
        # over the positions of each sample: sum of f dy, sum of f dy (x - mean), (N, C) both
        dshift, dgain = kernels.sample_sums(dy_values, values, mean, scale, shift, self.slope)
        dgain *= r
        through_var = through_mean = np.zeros_like(gain)
        if training:
            M = values.dtype.type(len(values) * values.shape[1])
            through_var = np.tile(r * r * (gain * dgain).sum(axis=0) / M, (len(values), 1))
            through_mean = np.tile(r * (gain * dshift).sum(axis=0) / M, (len(values), 1))
        dx = kernels.normalise_samples_grad(
            dy_values, values, mean, scale, shift, self.slope, through_var, through_mean
        )  # fmt: skip
        return dx.reshape(dy.shape), (self.condition_grads(dgain, dshift, kept) if param_grads else {})

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        raise NotImplementedError(
            f"{type(self).__name__} has no double_backward: in training dx depends on the whole batch, and a gradient "
            "penalty needs each image's score to depend on that image alone (Gulrajani et al. 2017, arXiv:1704.00028, "
            "section 4); it belongs in G, and D is told the class by AtLabel or Embedding"
        )

    def gain_and_shift(self, given: dict | None, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        """-> gain, shift (N, C) in x's dtype, and what `condition_grads` needs."""
        raise NotImplementedError(f"{type(self).__name__} must write gain_and_shift(self, given, x)")

    def condition_grads(self, dgain: np.ndarray, dshift: np.ndarray, kept: Any) -> dict[str, np.ndarray]:
        """The gradients of what made gain and shift, from dgain and dshift (N, C)."""
        raise NotImplementedError(f"{type(self).__name__} must write condition_grads(self, dgain, dshift, kept)")


class ConditionalBatchNorm(SampleScaledNorm):
    """Batch norm with a gamma and a beta for each class: y[n] = gamma[k] xhat[n] + beta[k], k the label of sample n.

    x (N, C) or (N, ..., C) -> y of the same shape; gamma, beta (classes, C), which begin at 1 and 0. With the one-hot
    labels m (N, classes) from given["labels"] (`minigan.batch.memberships`):
        gain = m gamma,  shift = m beta      dgamma = m^T dgain,  dbeta = m^T dshift
    so row k is the sum over the samples with label k. See `SampleScaledNorm` for the rest.
    Source: Dumoulin et al. 2017, arXiv:1610.07629, eq. 5; de Vries et al. 2017, arXiv:1707.00683, section 3; in G of
    the projection GAN, Miyato & Koyama 2018, arXiv:1802.05637.

    momentum, eps, slope: as in `BatchNorm`. Raises ValueError as `BatchNorm`, and for missing or unknown labels.
    """

    def __init__(
        self, channels: int, classes: int, *, momentum: float = 0.9, eps: float = 1e-5, slope: float | None = None
    ) -> None:
        super().__init__(channels, momentum=momentum, eps=eps, slope=slope)
        self.classes = whole("classes", classes)
        self.params = {key: np.tile(row, (classes, 1)) for key, row in self.params.items()}

    def gain_and_shift(self, given: dict | None, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        m = memberships(given, len(x), self.classes, "ConditionalBatchNorm", x.dtype)
        return kernels.matmul(m, param(self, "gamma", x)), kernels.matmul(m, param(self, "beta", x)), m

    def condition_grads(self, dgain: np.ndarray, dshift: np.ndarray, kept: Any) -> dict[str, np.ndarray]:
        return {"gamma": kernels.matmul(kept.T, dgain), "beta": kernels.matmul(kept.T, dshift)}


class ModulatedBatchNorm(SampleScaledNorm):
    """Batch norm whose gain and shift are linear in a condition: gain = 1 + c w_gain, shift = c w_shift.

    x (N, C) or (N, ..., C); c (N, n), the `columns` of given["condition"] (N, width), which `SharedCondition` makes of
    an embedded label and the noise; w_gain, w_shift (n, C), "gain" and "shift" in params:
        dw_gain = c^T dgain,  dw_shift = c^T dshift,  dc = dgain w_gain^T + dshift w_shift^T
    The condition is learnt, so unlike a label it has a gradient: backward returns it among the others, as
    grads["condition"] (N, width), 0 in the columns that are not this layer's. See `SampleScaledNorm` for the rest.
    Source: Brock et al. 2019, arXiv:1809.11096, section 3 ("shared embedding") and appendix B.1, figure 15.

    columns: (start, stop) pairs. init: of the weights. Raises ValueError as `BatchNorm`, and without a condition.
    """

    def __init__(
        self, channels: int, columns: tuple[tuple[int, int], ...], *, momentum: float = 0.9, eps: float = 1e-5,
        slope: float | None = None, init: str = "orthogonal", rng: np.random.Generator | None = None,
    ) -> None:  # fmt: skip
        super().__init__(channels, momentum=momentum, eps=eps, slope=slope)
        self.columns, rng = np.concatenate([np.arange(start, stop) for start, stop in columns]), generator(rng)
        n = len(self.columns)
        self.params = {key: initial_weight(init, rng, (n, channels), n, channels) for key in ("gain", "shift")}

    def gain_and_shift(self, given: dict | None, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        condition = (given or {}).get("condition")
        if condition is None or condition.ndim != 2 or condition.shape[0] != len(x):
            raise ValueError('ModulatedBatchNorm needs given["condition"], a row of numbers for each sample; put the '
                             "network into a SharedCondition")  # fmt: skip
        if condition.shape[1] <= self.columns.max():
            raise ValueError(f"ModulatedBatchNorm was made for a condition of at least {self.columns.max() + 1} "
                             f"numbers, got {condition.shape[1]}")  # fmt: skip
        c = np.ascontiguousarray(condition[:, self.columns], x.dtype)
        gain, shift = (kernels.matmul(c, param(self, key, x)) for key in ("gain", "shift"))
        return 1 + gain, shift, (c, condition.shape)

    def condition_grads(self, dgain: np.ndarray, dshift: np.ndarray, kept: Any) -> dict[str, np.ndarray]:
        c, shape = kept
        dcondition = np.zeros(shape, c.dtype)
        dcondition[:, self.columns] = kernels.matmul(dgain, param(self, "gain", c).T)
        dcondition[:, self.columns] += kernels.matmul(dshift, param(self, "shift", c).T)
        grads = {"gain": kernels.matmul(c.T, dgain), "shift": kernels.matmul(c.T, dshift)}
        return grads | {"condition": dcondition}
