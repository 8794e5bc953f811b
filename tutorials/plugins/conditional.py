"""Labels: G is told which digit to draw, and D which digit it is looking at.

    minigan train --plugin conditional.py --recipe labelled
    minigan gradcheck conditional.py

G: a batch norm whose scale and shift are those of the label (Dumoulin et al. 2017, arXiv:1610.07629; de Vries et al.
2017, arXiv:1707.00683). D: the projection discriminator (Miyato & Koyama 2018, arXiv:1802.05637, eq. 3). Both layers
take `given`, in which the game hands them the labels of the batch; all other layers know nothing of it.
"""

import numpy as np

from minigan import register
from minigan.batch import memberships
from minigan.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Layer, LeakyReLU, Reshape, Sequential, Tanh
from minigan.layers.base import expect, param


class ConditionalBatchNorm(Layer):
    """y[n] = gamma[k] xhat[n] + beta[k] with k the label of sample n, and xhat the batch norm of x.

    x (N, ..., C) -> y of the same shape; gamma, beta (classes, C). With m (N, classes), whose rows are 1 at the label
    and 0 elsewhere, the rows of all samples are m gamma and m beta. (Rows of shares that add up to 1 are mixtures of
    classes: a walk from one to the next.)
    Backward, with g[n] = gamma[k] dy[n] and M values in each channel's mean:
        dx = r (g - sum(g) / M - xhat sum(g xhat) / M)          as for a batch norm, with g for gamma dy
        dgamma = m^T (dy xhat), dbeta = m^T dy, both summed over the positions of each sample first
    """

    def __init__(self, channels=4, classes=3, momentum=0.9, eps=1e-5):
        self.channels, self.classes, self.momentum, self.eps = channels, classes, momentum, eps
        self.params = {
            "gamma": np.ones((classes, channels), np.float32),
            "beta": np.zeros((classes, channels), np.float32),
        }
        self.state = {"mean": np.zeros(channels, np.float32), "var": np.ones(channels, np.float32)}

    def forward(self, x, training=True, given=None):
        expect(self, x, ndim=None, channels=self.channels)
        m = memberships(given, len(x), self.classes, "ConditionalBatchNorm", x.dtype)
        axes = tuple(range(x.ndim - 1))
        if training:
            mean, var = x.mean(axis=axes), x.var(axis=axes)
            for key, batch in (("mean", mean), ("var", var)):
                self.state[key][...] = self.momentum * self.state[key] + (1 - self.momentum) * batch
        else:
            mean, var = (self.state[key].astype(x.dtype) for key in ("mean", "var"))
        r = 1 / np.sqrt(var + x.dtype.type(self.eps))
        xhat = (x - mean) * r
        y = self.of_samples("gamma", m, x) * xhat + self.of_samples("beta", m, x)
        return y, self.seal(xhat, r, m, training, shape=y.shape)

    def of_samples(self, key, m, x):
        """The row of each sample's label, with axes of 1 for its positions: (N, 1, ..., C)."""
        return (m @ param(self, key, x)).reshape(len(x), *[1] * (x.ndim - 2), self.channels)

    def backward(self, dy, cache, param_grads=True):
        xhat, r, m, training = self.unseal(cache, dy)
        g, axes = self.of_samples("gamma", m, dy) * dy, tuple(range(dy.ndim - 1))
        dx = r * g
        if training:
            dx -= r * (g.mean(axis=axes) + xhat * (g * xhat).mean(axis=axes))
        if not param_grads:
            return dx, {}
        places = tuple(range(1, dy.ndim - 1))
        return dx, {"gamma": m.T @ (dy * xhat).sum(axis=places), "beta": m.T @ dy.sum(axis=places)}


class Projection(Layer):
    """y[n] = x[n] . w + x[n] . v[k] + b, with k the label of sample n: how real, and how much like a k.

    x (N, F), w (F,), v (classes, F), b (1,) -> y (N, 1).
    Backward, with a[n] = w + v[k], and m (N, classes) as above:
        dx[n] = dy[n] a[n],   dw = sum_n dy[n] x[n],   dv = m^T (dy x),   db = sum dy
    """

    per_sample = True

    def __init__(self, features=6, classes=3, rng=None):
        rng = rng or np.random.default_rng(0)
        self.classes = classes
        self.params = {
            "w": (rng.standard_normal(features) / np.sqrt(features)).astype(np.float32),
            "v": (rng.standard_normal((classes, features)) / np.sqrt(features)).astype(np.float32),
            "b": np.zeros(1, np.float32),
        }

    def forward(self, x, training=True, given=None):
        expect(self, x, ndim=2, channels=self.params["w"].size, axis_name="features")
        m = memberships(given, len(x), self.classes, "Projection", x.dtype)
        a = param(self, "w", x) + m @ param(self, "v", x)
        y = (x * a).sum(axis=1, keepdims=True) + param(self, "b", x)
        return y, self.seal(x, a, m, shape=y.shape)

    def backward(self, dy, cache, param_grads=True):
        x, a, m = self.unseal(cache, dy)
        return dy * a, (self.weight_grads(dy, x, m) | {"b": dy.sum(axis=0)} if param_grads else {})

    def double_backward(self, ddx, dy, cache):
        """dx[n] = dy[n] a[n], so ddy[n] = ddx[n] . a[n], and w and v have the usual gradients with ddx for x."""
        x, a, m = self.unseal(cache, dy)
        grads = self.weight_grads(dy, ddx, m) | {"b": np.zeros(1, dy.dtype)}
        return (ddx * a).sum(axis=1, keepdims=True), grads

    def weight_grads(self, dy, x, m):
        return {"w": (dy * x).sum(axis=0), "v": m.T @ (dy * x)}


@register.network("labelled", z_dim=16, image_size=16, steps=1500, lr=5e-4)
def labelled(sample_shape, *, z_dim, rng, classes, width=48):
    """a small DCGAN whose two networks are told the label"""
    if not classes:
        raise ValueError("the preset labelled needs labelled data: --data digits, or folder:PATH with subfolders")
    H, W, C = sample_shape
    G = Sequential(
        ("dense", Dense(z_dim, H // 4 * (W // 4) * 2 * width, bias=False, rng=rng)),
        ("reshape", Reshape(H // 4, W // 4, 2 * width)),  # (H/4, W/4, 2 width)
        ("norm0", ConditionalBatchNorm(2 * width, classes)),
        ("leaky0", LeakyReLU(0.2)),
        ("up1", Conv2DTranspose(2 * width, width, 5, stride=2, bias=False, rng=rng)),  # (H/2, W/2, width)
        ("norm1", ConditionalBatchNorm(width, classes)),
        ("leaky1", LeakyReLU(0.2)),
        ("image", Conv2DTranspose(width, C, 5, stride=2, rng=rng)),  # (H, W, C)
        ("tanh", Tanh()),
    )
    D = Sequential(
        ("down1", Conv2D(C, width, 5, stride=2, slope=0.2, rng=rng)),  # (H/2, W/2, width)
        ("down2", Conv2D(width, 2 * width, 5, stride=2, slope=0.2, rng=rng)),  # (H/4, W/4, 2 width)
        ("flatten", Flatten()),
        ("logit", Projection(H // 4 * (W // 4) * 2 * width, classes, rng)),  # (1)
    )
    return G, D


register.recipe(
    "labelled",
    {"preset": "labelled", "penalty": ("r1:0.1",)},
    summary="both players are told the label",
)
