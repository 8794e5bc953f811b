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

    Backward in training. Let r = 1 / sqrt(var + eps) and g = gamma * dy. Each x_m is in mean and var, too, with
    d mean / d x_m = 1 / M and d var / d x_m = 2 (x_m - mean) / M. So dx is a sum of three terms:
        dvar  = sum_m g_m (x_m - mean) * (-1/2) r^3
        dmean = -r sum_m g_m                      (mean is in var, too; that part is 0, since sum_m (x_m - mean) = 0)
        dx    = g r                 +  dvar * 2 (x - mean) / M                  +  dmean / M
              = r gamma dy          -  r gamma xhat * sum(dy * xhat) / M        -  r gamma * sum(dy) / M
                direct                 through var                                 through mean
    Backward in evaluation: mean and var are constants, so dx = r gamma dy, the direct term alone.
    In both: dgamma = sum(dy * xhat), dbeta = sum dy.

    slope: if given, LeakyReLU(slope) follows in the same pass over memory: y = z where z > 0, else slope * z, with
    z = gamma * xhat + beta. Backward then begins with dy where z > 0, else slope * dy, in the place of dy above.

    momentum in [0, 1): close to 1 is slow. eps > 0. Raises ValueError otherwise, or in training for a single row,
    whose variance is zero.
    """

    def __init__(self, channels, *, momentum=0.9, eps=1e-5, slope=None):
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
        if training:
            if len(rows) < 2:
                raise ValueError("BatchNorm in training expected at least 2 values for each channel, got 1; use a "
                                 "larger batch, or training=False")  # fmt: skip
            mean, var = kernels.channel_moments(rows)
            self._track(mean, var, len(rows))
        else:
            mean, var = (self.state[key].astype(x.dtype) for key in ("mean", "var"))
        r = (1 / np.sqrt(var + self.eps)).astype(x.dtype)
        y = kernels.normalise(rows, mean, param(self, "gamma", x) * r, param(self, "beta", x), self.slope)
        return y.reshape(x.shape), self.seal(rows, mean, r, training, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        x, mean, r, training = self.unseal(cache, dy)
        dy_rows = np.ascontiguousarray(dy).reshape(x.shape)
        scale = param(self, "gamma", x) * r
        line = mean, scale, param(self, "beta", x), self.slope  # y = leaky(scale (x - mean) + beta)
        dbeta, dgamma = kernels.channel_sums(dy_rows, x, *line)  # sum of dy, sum of dy * (x - mean)
        dgamma *= r
        if training:
            M = np.asarray(len(x), x.dtype)
            through_var, through_mean = scale * r * dgamma / M, scale * dbeta / M
        else:
            through_var = through_mean = np.zeros_like(mean)
        # dx = scale * dy - through_var * (x - mean) - through_mean: the three terms, in one pass over memory
        dx = kernels.normalise_grad(dy_rows, x, *line, through_var, through_mean)
        return dx.reshape(dy.shape), ({"gamma": dgamma, "beta": dbeta} if param_grads else {})

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """In evaluation, with f = 1 where z > 0, else slope: dx = f r gamma dy. So, for ddx = dP/d(dx),
            ddy       = f r gamma ddx
            dP/dgamma = sum of f r dy ddx over all rows,      dP/dbeta = 0
        Raises NotImplementedError for a cache made in training, where dx depends on x through mean and var.
        """
        x, mean, r, training = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        if training:
            raise NotImplementedError(
                "BatchNorm has no double_backward in training: a gradient penalty needs each image's score to depend "
                "on that image alone (Gulrajani et al. 2017, arXiv:1704.00028, section 4); use forward(x, "
                "training=False), or a network without BatchNorm"
            )
        ddx_rows, dy_rows = (np.ascontiguousarray(a).reshape(x.shape) for a in (ddx, dy))
        scale = param(self, "gamma", x) * r
        z = kernels.normalise(x, mean, scale, param(self, "beta", x))
        f_dy = kernels.leaky_relu_grad(dy_rows, z, self.slope)
        grads = {"gamma": r * (f_dy * ddx_rows).sum(axis=0), "beta": np.zeros_like(r)}
        return kernels.leaky_relu_grad(scale * ddx_rows, z, self.slope).reshape(dy.shape), grads

    def _track(self, mean, var, M):
        """Move the running statistics towards this batch's."""
        keep, new = self.momentum, 1 - self.momentum
        self.state["mean"][...] = keep * self.state["mean"] + new * mean
        self.state["var"][...] = keep * self.state["var"] + new * var * M / (M - 1)
