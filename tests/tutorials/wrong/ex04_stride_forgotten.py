# hint: the stride is forgotten


class MyTransposed:
    """A transposed convolution with a bias."""

    def __init__(self, c_in, c_out, kernel, stride=(1, 1), pads=((0, 0), (0, 0)), seed=0):
        self.stride, self.pads = stride, pads
        w = np.random.default_rng(seed).standard_normal((*kernel, c_out, c_in))
        self.params = {"w": w, "b": np.zeros(c_out)}

    def forward(self, x):
        """x (N, H, W, C) -> y (N, OH, OW, F), and a cache: whatever backward needs."""
        return conv_transpose(x, self.params["w"], self.stride, self.pads) + self.params["b"], x

    def backward(self, dy, cache):
        """dy, with the shape of y -> dx, with the shape of x, and {"w": dw, "b": db}."""
        x, w = cache, self.params["w"]
        dx = kernels.conv2d(dy, w, (1, 1), self.pads)[:, : x.shape[1], : x.shape[2]]
        dw = kernels.conv2d_weight_grad(dy, x, w.shape, self.stride, self.pads)
        return dx, {"w": dw, "b": dy.sum(axis=(0, 1, 2))}
