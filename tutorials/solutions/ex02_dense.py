"""Exercise 02, solved: Dense, LeakyReLU, the logistic loss, and a training step."""

import numpy as np


class MyDense:
    def __init__(self, n_in, n_out, rng):
        self.params = {"w": rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), "b": np.zeros(n_out)}

    def forward(self, x):
        return x @ self.params["w"] + self.params["b"], x

    def backward(self, dy, cache):
        """From y[n, o] = sum_i x[n, i] w[i, o] + b[o]; all samples use w and b, so their gradients sum over n."""
        x = cache
        return dy @ self.params["w"].T, {"w": x.T @ dy, "b": dy.sum(axis=0)}


class MyLeakyReLU:
    def __init__(self, slope=0.2):
        self.slope = slope

    def forward(self, x):
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, cache):
        """The sign of the input decides: with a slope below 0 the output has another sign."""
        x = cache
        return np.where(x > 0, dy, self.slope * dy), {}


def softplus(s):
    """log(1 + exp(s)) = max(s, 0) + log(1 + exp(-|s|)): the argument of exp is never above 0."""
    return np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s)))


def sigmoid(s):
    """With e = exp(-|s|): 1 / (1 + e) for s >= 0, and e / (1 + e) for s < 0."""
    e = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, e) / (1 + e)


def logistic_loss(logits, labels):
    """With t = +1 for label 1 and -1 for label 0 both cases are softplus(-t s), with the slope -t sigmoid(-t s)."""
    t = 2 * labels - 1
    value = np.mean(softplus(-t * logits))
    return value, -t * sigmoid(-t * logits) / logits.size


def training_step(first, activation, second, x, labels, lr):
    hidden, first_cache = first.forward(x)
    active, active_cache = activation.forward(hidden)
    logits, second_cache = second.forward(active)
    value, d_logits = logistic_loss(logits, labels)

    d_active, second_grads = second.backward(d_logits, second_cache)
    d_hidden, _ = activation.backward(d_active, active_cache)
    _, first_grads = first.backward(d_hidden, first_cache)

    for layer, grads in ((first, first_grads), (second, second_grads)):  # only now: backward needs the old weights
        for key, p in layer.params.items():
            p -= lr * grads[key]
    return value
