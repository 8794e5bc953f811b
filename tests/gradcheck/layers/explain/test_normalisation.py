"""The three terms of a normalisation's gradient."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.lessons.clinic.zoo.plain import BatchNorm, LayerNorm


def layer_norm(formula):
    class Wrong(LayerNorm):
        def backward(self, dy, cache):
            xhat, std = cache
            _, grads = super().backward(dy, cache)
            return formula(dy * self.params["gamma"], xhat, std), grads

    return Wrong(6)


def mean(a, axis=-1):
    return a.mean(axis=axis, keepdims=True)


@pytest.mark.parametrize(
    "formula, cause",
    [
        (lambda g, xhat, std: (g - xhat * mean(g * xhat)) / std, "mean-term"),
        (lambda g, xhat, std: (g - mean(g)) / std, "variance-term"),
        (lambda g, xhat, std: g / std, "other-mode"),
        (lambda g, xhat, std: (g - mean(g) - 2 * xhat * mean(g * xhat)) / std, "variance-term"),
        (lambda g, xhat, std: (g - 3 * mean(g) - xhat * mean(g * xhat)) / std, "mean-term"),
        (lambda g, xhat, std: (g - 2 * mean(g) - 2 * xhat * mean(g * xhat)) / std, "count"),
        (lambda g, xhat, std: (2 * g - mean(g) - xhat * mean(g * xhat)) / std, "direct-term"),
        (lambda g, xhat, std: g - mean(g) - xhat * mean(g * xhat), "std"),
        (lambda g, xhat, std: (g - mean(g, 0) - xhat * mean(g * xhat, 0)) / std, "axes"),
    ],
)
def test_terms_of_a_layer_norm(formula, cause):
    (finding,) = check_layer(layer_norm(formula), input_shape=(5, 6)).findings
    assert (finding.where, finding.cause) == ("dx", cause), finding
    assert finding.hint and finding.evidence


def test_the_right_formula_passes():
    assert check_layer(layer_norm(lambda g, x, std: (g - mean(g) - x * mean(g * x)) / std), input_shape=(5, 6)).ok


@pytest.mark.parametrize("factor, said", [("x", "times x;"), ("y", "times y;")])
def test_dgamma_with_another_factor(factor, said):
    class Wrong(BatchNorm):
        def backward(self, dy, cache):
            x, xhat, std, training = cache
            dx, grads = super().backward(dy, cache)
            y = self.params["gamma"] * xhat + self.params["beta"]
            wrong = {"x": x, "y": y}[factor]
            return dx, {**grads, "gamma": (dy * wrong).sum(axis=0)}

    (finding,) = check_layer(Wrong(3), input_shape=(5, 3), training=True).findings
    assert (finding.where, finding.cause) == ("gamma", "x-for-xhat") and said in finding.hint


def test_the_count_is_read_off():
    class DividedByN(BatchNorm):
        def through_statistics(self, g, xhat, axes):
            N = len(g)
            return g - g.sum(axis=axes) / N - xhat * (g * xhat).sum(axis=axes) / N

    (finding,) = check_layer(DividedByN(2), input_shape=(3, 4, 3, 2)).findings
    assert finding.cause == "count" and "divided by 3, where a group has 36" in finding.hint


def test_large_eps_makes_small_mistakes_visible():
    class Forgotten(BatchNorm):
        def backward(self, dy, cache):
            x, xhat, std, training = cache
            return super().backward(dy, (x, xhat, np.sqrt(std**2 - self.eps), training))

    for eps in (1e-3, 1e-8, 1e-12):
        assert {f.cause for f in check_layer(Forgotten(2, eps=eps), input_shape=(3, 4, 3, 2)).findings} == {"eps"}


def test_a_mean_with_x_for_xhat():
    class Wrong(BatchNorm):
        def backward(self, dy, cache):
            x, xhat, std, training = cache
            _, grads = super().backward(dy, cache)
            g = self.params["gamma"] * dy / std
            return (g - g.mean(axis=0) - xhat * (g * x).mean(axis=0) if training else g), grads

    (finding,) = check_layer(Wrong(3), input_shape=(5, 3)).findings
    assert finding.cause == "x-for-xhat" and "mean of g x" in finding.hint


def test_dgamma_times_gamma():
    class Wrong(BatchNorm):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            return dx, {**grads, "gamma": grads["gamma"] * self.params["gamma"]}

    (finding,) = check_layer(Wrong(3), input_shape=(5, 3)).findings
    assert finding.cause == "parameter-twice" and finding.where == "gamma"


@pytest.mark.parametrize(
    "term, said",
    [(lambda t, std: 0.5 * t, "is 0.5 times the right one"), (lambda t, std: t / std, "is std^-1 times the right one"),
     (lambda t, std: 2 * t * std**2, "is 2 std^2 times the right one"),
     (lambda t, std: t * np.sin(9 * std), "a power of std in it is wrong"),
     (lambda t, std: t * 35 / 36, "(M - 1) / M times the right one, M = 36")],
)  # fmt: skip
def test_how_the_variance_term_is_wrong(term, said):
    class Wrong(BatchNorm):
        def through_statistics(self, g, xhat, axes):
            return g - g.mean(axis=axes) - term(xhat * (g * xhat).mean(axis=axes), self.std)

        def backward(self, dy, cache):
            self.std = cache[2]
            return super().backward(dy, cache)

    (finding,) = check_layer(Wrong(3), input_shape=(3, 4, 3, 3), training=True).findings
    assert finding.cause == "variance-term" and said in finding.hint
