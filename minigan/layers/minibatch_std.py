"""MinibatchStdDev: one more channel, which says how much the samples of a group differ from each other."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from minigan.checks import positive, whole
from minigan.layers.base import Layer, expect


class MinibatchStdDev(Layer):
    """y = (x, s): behind the channels of x one more, which holds the same number s for all samples of a group.

    x (N, H, W, C) -> y (N, H, W, C + 1). A group is `group_size` samples, one after the other in the batch; the last
    one has what is left. For its samples x[m], m = 1 ... M, and each of the K = H W C numbers k of a sample
        mu[k]    = mean_m x[m, k],       sigma[k] = sqrt(mean_m (x[m, k] - mu[k])^2 + eps)
        s        = mean_k sigma[k]
    A G that draws one picture again and again has a small s, real images have a large one, so D finds it out: a
    minibatch discrimination without parameters (compare `MinibatchDiscrimination`).
    Source: Karras et al. 2018, arXiv:1710.10196, section 3; groups of 4 and eps 1e-8 are of their code.

    Backward. With q[m, k] = ds/dx[m, k] = (x[m, k] - mu[k]) / (M K sigma[k])   (mu adds nothing: sum_m (x - mu) = 0)
        dx[m, k] = dy[m, k] + ds q[m, k],    ds = the sum of dy's last channel over the samples and pixels of the group

    Second order. P depends on dx, with ddx = dP/d(dx) = t. For dy: dP/d(dy of x) = t, and each entry of dy's last
    channel is in ds once, so dP/d(that entry) = <t, q>, summed over the group. That is `double_backward`. But s is
    curved: q depends on x, so P does, too. With H = d^2 s / dx dx,
        dP/dx = ds H t,        (H t)[m, k] = (t - mean_m t) / (M K sigma) - (x - mu) mean_m(t (x - mu)) / (M K sigma^3)
    That is `bend`; the layers before this one get it as any gradient.

    D's score is then one of groups, not of single images: see `group_size` in `Layer`, and for what a gradient penalty
    means with it `minigan.penalties.gradient`.
    group_size: at least 2 (a single one has no deviation). Raises ValueError otherwise, or for an eps not above 0.
    """

    def __init__(self, group_size: int = 4, eps: float = 1e-8) -> None:
        self.group_size, self.eps = whole("group_size", group_size, least=2), positive("eps", eps)

    def groups(self, *arrays: np.ndarray) -> Iterator[tuple[slice, list[np.ndarray]]]:
        """(which samples, the arrays as (groups, M, ...)): of all whole groups at once, then of the rest."""
        N, M = len(arrays[0]), self.group_size
        cut = N - N % M
        for part, size in ((slice(0, cut), M), (slice(cut, N), N - cut)):
            if part.start < part.stop:
                yield part, [array[part].reshape(-1, size, *array.shape[1:]) for array in arrays]

    def deviations(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x (groups, M, H, W, C) -> x - mu of the same shape, and sigma (groups, 1, H, W, C)."""
        centred = x - x.mean(axis=1, keepdims=True)
        variance = np.einsum("gmhwc,gmhwc->ghwc", centred, centred)[:, None] / x.dtype.type(x.shape[1])
        return centred, np.sqrt(variance + x.dtype.type(self.eps))

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        y = np.empty((*x.shape[:3], x.shape[3] + 1), x.dtype)
        y[..., :-1] = x
        for part, (grouped,) in self.groups(x):
            _, sigma = self.deviations(grouped)
            y[part, :, :, -1] = per_sample(sigma.mean(axis=(1, 2, 3, 4)), grouped)
        return y, self.seal(x, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x,) = self.unseal(cache, dy)
        dx = dy[..., :-1].copy()
        for part, (grouped, group_dy) in self.groups(x, dy):
            ds = group_dy[..., -1].sum(axis=(1, 2, 3))
            dx[part] += flat(times(ds, self.slope(grouped)))
        return dx, {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """See the class: ddy = (t, <t, q> of the group)."""
        (x,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x.shape)
        ddy = np.empty_like(dy)
        ddy[..., :-1] = ddx
        for part, (grouped, t) in self.groups(x, ddx):
            along = np.einsum("gmhwc,gmhwc->g", t, self.slope(grouped))
            ddy[part, :, :, -1] = per_sample(along, grouped)
        return ddy, {}

    def bend(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> np.ndarray:
        """See the class: dP/dx = ds H t."""
        (x,) = self.unseal(cache, dy)
        bent = np.empty_like(x)
        for part, (grouped, t, group_dy) in self.groups(x, ddx, dy):
            ds = group_dy[..., -1].sum(axis=(1, 2, 3))
            centred, sigma = self.deviations(grouped)
            M, K = grouped.shape[1], sigma[0].size
            t = t - t.mean(axis=1, keepdims=True)  # its mean over m drops out of both parts
            common = (t * centred).mean(axis=1, keepdims=True) / (sigma * sigma)
            bent[part] = flat(times(ds, (t - centred * common) / (sigma * x.dtype.type(M * K))))
        return bent

    def slope(self, x: np.ndarray) -> np.ndarray:
        """q = ds/dx, (groups, M, H, W, C)."""
        centred, sigma = self.deviations(x)
        return centred / (sigma * x.dtype.type(x.shape[1] * sigma[0].size))


def times(of_group: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A number for each group (groups,) times its samples (groups, M, H, W, C)."""
    return of_group[:, None, None, None, None] * x


def per_sample(of_group: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A number for each group (groups,) -> the same for each of its samples, (groups M, 1, 1)."""
    return np.repeat(of_group, x.shape[1])[:, None, None]


def flat(x: np.ndarray) -> np.ndarray:
    """(groups, M, ...) -> (groups M, ...)."""
    return x.reshape(-1, *x.shape[2:])
