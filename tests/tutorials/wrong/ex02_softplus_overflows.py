# hint: exp(1000) is more than any float holds


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
        raise NotImplementedError

    def backward(self, dy, cache):
        raise NotImplementedError


def softplus(s):
    return np.log(1 + np.exp(s))
