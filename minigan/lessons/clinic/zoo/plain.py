"""Right layers of which the zoo's are bad copies: plain NumPy, short, and as a student would write them.

Those of images are in `images.py`. Each layer keeps the contract of `minigan.layers.base`, without its comforts.
"""

import numpy as np

DENSE, SQUARE, FLAT = (5, 4), (5, 3), (5, 3)


class Dense:
    """y = x w + b."""

    def __init__(self, n_in, n_out, seed=0):
        w = np.random.default_rng(seed).standard_normal((n_in, n_out))
        self.params = {"w": w, "b": np.zeros(n_out)}

    def forward(self, x):
        return x @ self.params["w"] + self.params["b"], x

    def backward(self, dy, x):
        dx = dy @ self.params["w"].T
        dw = x.T @ dy
        db = dy.sum(axis=0)
        return dx, {"w": dw, "b": db}


class Residual:
    """y = x + tanh(x w): a path through a layer, and one past it."""

    def __init__(self, features, seed=0):
        self.params = {"w": np.random.default_rng(seed).standard_normal((features, features))}

    def forward(self, x):
        h = np.tanh(x @ self.params["w"])
        return x + h, (x, h)

    def backward(self, dy, cache):
        x, h = cache
        dz = (1 - h * h) * dy
        return dy + dz @ self.params["w"].T, {"w": x.T @ dz}


class Embedding:
    """y[n, t] = table[words[t]]: row t of every sample is added to the word's vector; words repeat."""

    words = np.array([0, 2, 1, 2, 0])

    def __init__(self, width, seed=0):
        self.params = {"table": np.random.default_rng(seed).standard_normal((3, width))}

    def forward(self, x):
        return x + self.params["table"][self.words], None

    def backward(self, dy, cache):
        table = np.zeros_like(self.params["table"])
        np.add.at(table, self.words, dy.sum(axis=0))
        return dy.copy(), {"table": table}


class BatchNorm:
    """y = gamma xhat + beta, each channel by itself (the last axis)."""

    def __init__(self, channels, momentum=0.9, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.params = {"gamma": np.ones(channels), "beta": np.zeros(channels)}
        self.state = {"mean": np.zeros(channels), "var": np.ones(channels)}

    def forward(self, x, training=True):
        axes = tuple(range(x.ndim - 1))
        mean, var = (x.mean(axis=axes), x.var(axis=axes)) if training else (self.state["mean"], self.state["var"])
        if training:
            self.track(mean, var)
        std = np.sqrt(var + self.eps)
        xhat = (x - mean) / std
        return self.params["gamma"] * xhat + self.params["beta"], (x, xhat, std, training)

    def track(self, mean, var):
        for key, new in (("mean", mean), ("var", var)):
            self.state[key] = self.momentum * self.state[key] + (1 - self.momentum) * new

    def backward(self, dy, cache):
        x, xhat, std, training = cache
        axes = tuple(range(x.ndim - 1))
        g = self.through_scale(dy, std)
        dx = self.through_statistics(g, xhat, axes) if training else g
        return dx, {"gamma": self.gamma_grad(dy, x, xhat, axes), "beta": dy.sum(axis=axes)}

    def through_scale(self, dy, std):
        return self.params["gamma"] * dy / std

    def through_statistics(self, g, xhat, axes):
        return g - g.mean(axis=axes) - xhat * (g * xhat).mean(axis=axes)

    def gamma_grad(self, dy, x, xhat, axes):
        return (dy * xhat).sum(axis=axes)


class LayerNorm:
    """y = gamma xhat + beta, each sample by itself: mean and variance over its features."""

    def __init__(self, features, eps=1e-5):
        self.eps, self.params = eps, {"gamma": np.ones(features), "beta": np.zeros(features)}

    def forward(self, x):
        std = np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        xhat = (x - x.mean(axis=-1, keepdims=True)) / std
        return self.params["gamma"] * xhat + self.params["beta"], (xhat, std)

    def backward(self, dy, cache):
        return self.input_grad(dy, *cache), {"gamma": (dy * cache[0]).sum(axis=0), "beta": dy.sum(axis=0)}

    def input_grad(self, dy, xhat, std):
        g = dy * self.params["gamma"]
        return (g - g.mean(axis=-1, keepdims=True) - xhat * (g * xhat).mean(axis=-1, keepdims=True)) / std


class LeakyReLU:
    def __init__(self, slope=0.2):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, x):
        return np.where(x > 0, dy, self.slope * dy), {}


class Tanh:
    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        return (1 - y * y) * dy, {}


class Sigmoid:
    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, y):
        return y * (1 - y) * dy, {}


class Softmax:
    """y = exp(x) / sum of exp(x), along the last axis."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        y = e / e.sum(axis=-1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        return y * (dy - (dy * y).sum(axis=-1, keepdims=True)), {}


class Dropout:
    def __init__(self, rate=0.4, seed=0):
        self.rate, self.rng = rate, np.random.default_rng(seed)

    def forward(self, x, training=True):
        mask = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate) if training else np.ones(x.shape)
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask, {}


RIGHT = [  # a layer, its arguments, the shape of an input: each passes its check
    (Dense, (4, 3), DENSE), (BatchNorm, (2,), (3, 4, 3, 2)), (BatchNorm, (3,), FLAT), (LayerNorm, (6,), (5, 6)),
    (LeakyReLU, (), FLAT), (Tanh, (), FLAT), (Sigmoid, (), FLAT), (Softmax, (), (5, 4)), (Dropout, (), (5, 6)),
    (Residual, (3,), FLAT), (Embedding, (3,), (4, 5, 3)),
]  # fmt: skip
