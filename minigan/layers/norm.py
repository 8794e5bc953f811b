"""BatchNorm: each channel of a batch is brought to mean 0 and variance 1, then scaled and shifted."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import whole
from minigan.layers.base import Layer, expect, param


class BatchNorm(Layer):
    """y = gamma * xhat + beta, with xhat = (x - mean) / sqrt(var + eps), for each channel (the last axis).

    x (N, C) or (N, ..., C) -> y of the same shape; gamma, beta (C,). Training takes mean and var over all axes but the
    last, M values for each channel, and moves the running statistics towards them:
        running = momentum * running + (1 - momentum) * batch        (var times M / (M - 1), as in the paper)
    Evaluation uses the running statistics.
    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.

    slope: if given, LeakyReLU(slope) follows in the same pass over memory: y = f z with z = gamma * xhat + beta, and
    f = 1 where z > 0, else slope. None means slope 1: no rectifier, f = 1.

    Backward in training. Let r = 1 / sqrt(var + eps). mean and var depend on every x_m: d mean / d x_m = 1 / M, and
    d var / d x_m = 2 (x_m - mean) / M. So dx is a sum of three parts:
        dvar  = sum_m gamma f dy_m (x_m - mean) * (-1/2) r^3
        dmean = -r sum_m gamma f dy_m         (var also depends on mean; this part is 0, since sum_m (x_m - mean) = 0)
        dx    = r gamma f dy        +  dvar * 2 (x - mean) / M                  +  dmean / M
              = r gamma f dy        -  r gamma xhat * sum(f dy xhat) / M        -  r gamma * sum(f dy) / M
                direct                 through var                                 through mean
    Backward in evaluation: mean and var are constants, so dx = r gamma f dy, the direct part only.
    In both: dgamma = sum(f dy xhat), dbeta = sum(f dy).

    momentum in [0, 1): the closer to 1, the slower the running statistics change. eps > 0. Raises ValueError for other
    values, and in training if M = 1 (the variance would be 0).
    """

    def __init__(self, channels: int, *, momentum: float = 0.9, eps: float = 1e-5, slope: float | None = None) -> None:
        self.channels = whole("channels", channels)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {momentum}; did eps and momentum swap places?")
        if not 0 < eps <= 0.1:
            raise ValueError(f"eps must be in (0, 0.1], got {eps}; did eps and momentum swap places?")
        if slope is not None and not np.isfinite(slope):
            raise ValueError(f"slope must be None or a finite number, got {slope}")
        self.momentum, self.eps, self.slope = momentum, eps, 1.0 if slope is None else slope
        self.params = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}
        self.state = {"mean": np.zeros(channels, np.float32), "var": np.ones(channels, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None, channels=self.channels)
        rows = np.ascontiguousarray(x).reshape(-1, self.channels)  # (M, C)
        mean, r = self.statistics(rows, training)
        y = kernels.normalise(rows, mean, param(self, "gamma", x) * r, param(self, "beta", x), self.slope)
        return y.reshape(x.shape), self.seal(rows, mean, r, training, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        rows, mean, r, training = self.unseal(cache, dy)
        dy_rows = np.ascontiguousarray(dy).reshape(rows.shape)  # (M, C)
        scale, beta = param(self, "gamma", rows) * r, param(self, "beta", rows)  # y = leaky(scale (x - mean) + beta)
        # over the rows: sum of f dy, sum of f dy (x - mean)
        dbeta, dgamma = kernels.channel_sums(dy_rows, rows, mean, scale, beta, self.slope)
        dgamma *= r
        if training:
            M = np.asarray(len(rows), rows.dtype)
            through_var, through_mean = scale * r * dgamma / M, scale * dbeta / M
        else:
            through_var = through_mean = np.zeros_like(mean)
        # dx = scale * f dy - through_var * (x - mean) - through_mean: the three parts, in one pass over memory
        dx = kernels.normalise_grad(dy_rows, rows, mean, scale, beta, self.slope, through_var, through_mean)
        return dx.reshape(dy.shape), ({"gamma": dgamma, "beta": dbeta} if param_grads else {})

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """In evaluation, with f = 1 where z > 0, else slope: dx = f r gamma dy. So, for ddx = dP/d(dx),
            ddy       = f r gamma ddx
            dP/dgamma = sum of f r dy ddx over all rows,      dP/dbeta = 0
        Raises NotImplementedError for a cache made in training, where dx depends on x through mean and var.
        """
        rows, mean, r, training = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        if training:
            raise NotImplementedError(
                "BatchNorm has no double_backward in training: a gradient penalty needs each image's score to depend "
                "on that image alone (Gulrajani et al. 2017, arXiv:1704.00028, section 4); use forward(x, "
                "training=False), or a network without BatchNorm"
            )
        ddx_rows, dy_rows = (np.ascontiguousarray(a).reshape(rows.shape) for a in (ddx, dy))  # (M, C) both
        scale = param(self, "gamma", rows) * r
        z = kernels.normalise(rows, mean, scale, param(self, "beta", rows))
        f_dy = kernels.leaky_relu_grad(dy_rows, z, self.slope)
        grads = {"gamma": r * (f_dy * ddx_rows).sum(axis=0), "beta": np.zeros_like(r)}
        return kernels.leaky_relu_grad(scale * ddx_rows, z, self.slope).reshape(dy.shape), grads

    def statistics(self, rows: np.ndarray, training: bool) -> tuple[np.ndarray, np.ndarray]:
        """mean and r (C,): in training of the rows (M, C), which move the running statistics; else the running ones."""
        if training:
            if len(rows) < 2:
                raise ValueError("BatchNorm in training expected at least 2 values for each channel, got 1; use a "
                                 "larger batch, or training=False")  # fmt: skip
            mean, var = kernels.channel_moments(rows)
            self._track(mean, var, len(rows))
        else:
            mean, var = (self.state[key].astype(rows.dtype) for key in ("mean", "var"))
        return mean, (1 / np.sqrt(var + self.eps)).astype(rows.dtype)

    def _track(self, mean, var, M):
        """Move the running statistics towards those of this batch."""
        keep, new = self.momentum, 1 - self.momentum
        self.state["mean"][...] = keep * self.state["mean"] + new * mean
        self.state["var"][...] = keep * self.state["var"] + new * var * M / (M - 1)
