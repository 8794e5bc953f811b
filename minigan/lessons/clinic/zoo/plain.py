"""The right layers of which the zoo's are bad copies: plain NumPy, short, and as a student would write them.

Images are (N, H, W, C). Each layer keeps the contract of `minigan.layers.base`, without its comforts. What a mutant
gets wrong is a method of its own here: the mutant overrides it whole, so that a quiz shows the wrong code alone.
"""

import numpy as np

from minigan.gradcheck.layers.check import check_layer

DENSE, SQUARE = (5, 4), (5, 3)
IMAGE, FLAT = (3, 7, 6, 2), (5, 3)


def checked(*args, shape, **options):
    """A check for the `mutant` decorator: the layer made with these arguments, over a random input of this shape."""
    return lambda kind: check_layer(kind(*args, **options), input_shape=shape)


class Dense:
    """y = x w + b."""

    def __init__(self, n_in, n_out, seed=0):
        w = np.random.default_rng(seed).standard_normal((n_in, n_out))
        self.params = {"w": w, "b": np.zeros(n_out)}

    def forward(self, x):
        return x @ self.params["w"] + self.params["b"], x

    def backward(self, dy, x):
        dx = dy @ self.params["w"].T
        return dx, {"w": x.T @ dy, "b": dy.sum(axis=0)}


class Conv2D:
    """y[n, i, j] = b + sum over p, q of x[n, sh i + p - top, sw j + q - left] w[p, q], tap after tap."""

    def __init__(self, c_in, c_out, kernel=(3, 2), stride=(2, 1), padding=((2, 1), (1, 0)), seed=0):
        self.kernel, self.stride, self.padding = kernel, stride, padding
        w = np.random.default_rng(seed).standard_normal((*kernel, c_in, c_out))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        x = np.pad(x, ((0, 0), *self.padding, (0, 0)))
        y = self.params["b"] + sum(self.window(x, p, q) @ self.params["w"][p, q] for p, q in self.taps())
        return y, x

    def backward(self, dy, x):
        return self.input_grad(dy, x), {"w": self.weight_grad(dy, x), "b": self.bias_grad(dy)}

    def weight_grad(self, dy, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in self.taps():
            dw[p, q] = np.tensordot(self.window(x, p, q), dy, axes=((0, 1, 2), (0, 1, 2)))
        return dw

    def bias_grad(self, dy):
        return dy.sum(axis=(0, 1, 2))

    def input_grad(self, dy, x):
        dx = np.zeros_like(x)
        for p, q in self.taps():
            self.window(dx, p, q)[...] += dy @ self.params["w"][p, q].T
        return self.crop(dx)

    def taps(self):
        return np.ndindex(*self.kernel)

    def window(self, x, p, q):
        """The pixels of the padded x that meet tap (p, q): a view (N, OH, OW, C)."""
        (KH, KW), (sh, sw), (_, H, W, _) = self.kernel, self.stride, x.shape
        return x[:, p : H - KH + p + 1 : sh, q : W - KW + q + 1 : sw]

    def crop(self, x):
        (top, bottom), (left, right) = self.padding
        return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


class Conv2DTranspose:
    """Every pixel x[n, i, j] paints w over y from (sh i, sw j) on; the rim is cropped. w (KH, KW, C_out, C_in)."""

    def __init__(self, c_in, c_out, kernel=(3, 4), stride=(2, 3), crop=((1, 0), (1, 2)), seed=0):
        self.kernel, self.stride, self.rim = kernel, stride, crop
        w = np.random.default_rng(seed).standard_normal((*kernel, c_out, c_in))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        (KH, KW), (sh, sw), (N, H, W, _) = self.kernel, self.stride, x.shape
        y = np.zeros((N, (H - 1) * sh + KH, (W - 1) * sw + KW, len(self.params["b"])))
        for p, q in np.ndindex(KH, KW):
            self.window(y, p, q)[...] += x @ self.params["w"][p, q].T
        (top, bottom), (left, right) = self.rim
        return y[:, top : y.shape[1] - bottom, left : y.shape[2] - right] + self.params["b"], x

    def backward(self, dy, x):
        full = self.uncropped(dy)
        return self.input_grad(full, x), {"w": self.weight_grad(full, x), "b": dy.sum(axis=(0, 1, 2))}

    def uncropped(self, dy):
        return np.pad(dy, ((0, 0), *self.rim, (0, 0)))

    def input_grad(self, full, x):
        dx = np.zeros_like(x)
        for p, q in np.ndindex(*self.kernel):
            dx += self.window(full, p, q) @ self.params["w"][p, q]
        return dx

    def weight_grad(self, full, x):
        dw = np.zeros_like(self.params["w"])
        for p, q in np.ndindex(*self.kernel):
            dw[p, q] = np.tensordot(self.window(full, p, q), x, axes=((0, 1, 2), (0, 1, 2)))
        return dw

    def window(self, y, p, q):
        """The pixels of y that tap (p, q) paints: a view (N, H, W, C_out)."""
        (KH, KW), (sh, sw), (_, H, W, _) = self.kernel, self.stride, y.shape
        return y[:, p : H - KH + p + 1 : sh, q : W - KW + q + 1 : sw]


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


class MaxPool:
    """The largest of each window of `size` x `size` pixels, `stride` apart: where stride < size, windows overlap."""

    def __init__(self, size=3, stride=2):
        self.size, self.stride = size, stride

    def forward(self, x):
        N, H, W, C = x.shape
        y = np.zeros((N, (H - self.size) // self.stride + 1, (W - self.size) // self.stride + 1, C))
        for i, j in np.ndindex(y.shape[1:3]):
            y[:, i, j] = self.window(x, i, j).max(axis=(1, 2))
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        dx = np.zeros_like(x)
        for i, j in np.ndindex(y.shape[1:3]):
            largest = self.window(x, i, j) == y[:, i : i + 1, j : j + 1]
            self.window(dx, i, j)[...] += largest * dy[:, i : i + 1, j : j + 1]
        return dx, {}

    def window(self, x, i, j):
        s = self.stride
        return x[:, i * s : i * s + self.size, j * s : j * s + self.size]


class AveragePool:
    """The mean of each block of `size` x `size` pixels."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        N, H, W, C = x.shape
        blocks = x.reshape(N, H // self.size, self.size, W // self.size, self.size, C)
        return blocks.mean(axis=(2, 4)), None

    def backward(self, dy, cache):
        return dy.repeat(self.size, axis=1).repeat(self.size, axis=2) / self.size**2, {}


class UpSampling:
    """Every pixel becomes a block of `size` x `size` pixels."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        return x.repeat(self.size, axis=1).repeat(self.size, axis=2), x.shape

    def backward(self, dy, shape):
        N, H, W, C = shape
        return dy.reshape(N, H, self.size, W, self.size, C).sum(axis=(2, 4)), {}


class Flatten:
    def forward(self, x):
        return x.reshape(len(x), -1), x.shape

    def backward(self, dy, shape):
        return dy.reshape(shape), {}


class ChannelsFirst:
    """(N, H, W, C) -> (N, C, H, W)."""

    def forward(self, x):
        return np.ascontiguousarray(x.transpose(0, 3, 1, 2)), x.shape

    def backward(self, dy, shape):
        return np.ascontiguousarray(dy.transpose(0, 2, 3, 1)), {}


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


RIGHT = [  # a layer, its arguments, the shape of an input: each passes its check
    (Dense, (4, 3), DENSE),
    (Conv2D, (2, 3), IMAGE),
    (Conv2DTranspose, (2, 3), (3, 4, 3, 2)),
    (BatchNorm, (2,), (3, 4, 3, 2)),
    (BatchNorm, (3,), FLAT),
    (LayerNorm, (6,), (5, 6)),
    (LeakyReLU, (), FLAT),
    (Tanh, (), FLAT),
    (Sigmoid, (), FLAT),
    (Softmax, (), (5, 4)),
    (Dropout, (), (5, 6)),
    (MaxPool, (), IMAGE),
    (AveragePool, (), (3, 6, 4, 2)),
    (UpSampling, (), (3, 3, 4, 2)),
    (Flatten, (), (3, 4, 5, 2)),
    (ChannelsFirst, (), (3, 4, 5, 2)),
    (Residual, (3,), FLAT),
    (Embedding, (3,), (4, 5, 3)),
]
