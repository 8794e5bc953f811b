# hint: where is dy, which reaches the layer


class MyDense:
    def __init__(self, n_in, n_out, rng):
        self.params = {"w": rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), "b": np.zeros(n_out)}

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dy, cache):
        raise NotImplementedError


class MyLeakyReLU:
    def __init__(self, slope=0.2):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, 1.0, self.slope), {}
