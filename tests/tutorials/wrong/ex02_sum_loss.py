# hint: a sum over the batch, or a mean


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
    return np.logaddexp(0, s)


def logistic_loss(logits, labels):
    t = 2 * labels - 1
    value = np.sum(softplus(-t * logits))
    return value, -t * sigmoid(-t * logits) / logits.size
