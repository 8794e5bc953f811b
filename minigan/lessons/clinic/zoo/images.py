"""Right layers of images (N, H, W, C) of which the zoo's are bad copies: plain NumPy, as a student would write them."""

import numpy as np

IMAGE = (3, 7, 6, 2)


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


RIGHT = [  # a layer, its arguments, the shape of an input: each passes its check
    (Conv2D, (2, 3), IMAGE), (Conv2DTranspose, (2, 3), (3, 4, 3, 2)), (MaxPool, (), IMAGE),
    (AveragePool, (), (3, 6, 4, 2)), (UpSampling, (), (3, 3, 4, 2)), (Flatten, (), (3, 4, 5, 2)),
    (ChannelsFirst, (), (3, 4, 5, 2)),
]  # fmt: skip
