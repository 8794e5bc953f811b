"""check_layer passes right layers (see tests/layers/test_gradients.py) and must not pass wrong ones."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.layers import BatchNorm, Dense, Layer, LeakyReLU, Sequential, Tanh
from minigan.lessons.clinic import zoo


class TwiceDW(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {**grads, "w": 2 * grads["w"]}


class AveragedBias(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {**grads, "b": dy.mean(axis=0)}


class TransposedWeight(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dy @ self.params["w"].astype(dy.dtype), grads


class UpstreamIgnored(Tanh):
    def backward(self, dy, cache, param_grads=True):
        return super().backward(np.ones_like(dy), cache)


class EvaluationFormulaInTraining(BatchNorm):
    def backward(self, dy, cache, param_grads=True):
        _, grads = super().backward(dy, cache, param_grads)
        x, mean, r, _ = self.unseal(cache)
        return dy * self.params["gamma"] * r, grads


class Forgetful(Dense):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return dx, {"w": grads["w"]}


class Random(Layer):
    def forward(self, x):
        return x * np.random.default_rng().standard_normal(), x

    def backward(self, dy, cache):
        return dy, {}


class InPlace(LeakyReLU):
    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        x[x < 0] = 0
        return y, cache


@pytest.mark.parametrize(
    "layer, shape, where",
    [
        (TwiceDW(4, 3), (5, 4), "w"),
        (AveragedBias(4, 3), (5, 4), "b"),
        (TransposedWeight(4, 4), (5, 4), "dx"),
        (UpstreamIgnored(), (5, 4), "dx"),
        (EvaluationFormulaInTraining(3), (5, 4, 2, 3), "dx"),
        (Forgetful(4, 3), (5, 4), "grads"),
        (Random(), (5, 4), "forward"),
        (InPlace(), (5, 4), "x"),
    ],
)
def test_wrong_layers_are_found(layer, shape, where):
    report = check_layer(layer, input_shape=shape)
    assert not report.ok and report.findings[0].where == where
    assert "WRONG" in str(report) and where in str(report)


def test_the_layer_is_not_touched(rng):
    layer = BatchNorm(3)
    check_layer(layer, input_shape=(4, 3))
    assert layer.params["gamma"].dtype == np.float32
    assert (layer.params["gamma"] == 1).all() and (layer.state["mean"] == 0).all()


def test_an_input_full_of_kinks_is_not_called_ok():
    report = check_layer(LeakyReLU(0.2), np.zeros((3, 4)))
    assert not report.ok and "not checked" in report.findings[0].message and report.kinks == 12
    assert report.verdict == "NOT CHECKED" and "LeakyReLU: NOT CHECKED" in str(report)


class Triples(Layer):
    """Takes what its attributes do not tell."""

    def forward(self, x):
        if x.ndim != 2 or x.shape[1] != 77:
            raise ValueError("77 columns, please")
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy, {}


def test_without_an_input_it_asks_for_one_if_the_layer_does_not_tell():
    with pytest.raises(ValueError, match="input x or an input_shape"):
        check_layer(Triples())
    assert check_layer(Triples(), input_shape=(3, 77)).ok


class Elementwise(Layer):
    """y = f(x), with the slope given."""

    def __init__(self, f, slope):
        self.f, self.slope = f, slope

    def forward(self, x):
        return self.f(x), x

    def backward(self, dy, cache):
        return dy * self.slope(cache), {}


RIGHT = {
    "fast": (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), lambda rng: rng.uniform(-9, 9, (4, 9))),
    "log": (np.log, lambda x: 1 / x, lambda rng: rng.uniform(1e-4, 1e-2, (4, 9))),
    "root": (np.sqrt, lambda x: 0.5 / np.sqrt(x), lambda rng: rng.uniform(1e-8, 1e-2, (4, 9))),
    "exp": (np.exp, np.exp, lambda rng: rng.uniform(-9, 9, (4, 9))),
    "offset": (lambda x: x * x + 1e6, lambda x: 2 * x, lambda rng: rng.standard_normal((4, 9))),
    "constant": (np.ones_like, np.zeros_like, lambda rng: rng.standard_normal((4, 9))),
    "huge": (lambda x: 1e12 * x**3, lambda x: 3e12 * x**2, lambda rng: rng.standard_normal((4, 9))),
    "tiny": (lambda x: 1e-12 * x**3, lambda x: 3e-12 * x**2, lambda rng: 1e-3 * rng.standard_normal((4, 9))),
    "saturated": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda rng: rng.uniform(-20, 20, (4, 9))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_functions_of_any_scale_pass(name, rng):
    f, slope, x = RIGHT[name]
    report = check_layer(Elementwise(f, slope), x(rng))
    assert report.ok, report
    assert report.checked >= 27  # a few are lost in the rounding of the offset


@pytest.mark.parametrize("name", [name for name in RIGHT if name not in ("constant", "saturated")])
def test_the_same_functions_with_a_slope_wrong_by_a_thousandth_do_not(name, rng):
    f, slope, x = RIGHT[name]
    report = check_layer(Elementwise(f, lambda x: 1.001 * slope(x)), x(rng))
    assert [finding.where for finding in report.findings] == ["dx"], report
    assert report.verdict == "WRONG" and 9e-4 < report.errors["dx"] < 2e-3


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
@pytest.mark.parametrize("offset", [0, 100])
def test_batchnorm_of_any_scale_passes(scale, offset, rng):
    report = check_layer(BatchNorm(3), scale * (rng.standard_normal((5, 4, 2, 3)) + offset))
    assert report.ok, report


def test_a_bias_before_a_batch_norm_has_no_gradient_and_no_false_alarm():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        report = check_layer(Sequential(Dense(4, 6, rng=rng), BatchNorm(6), Tanh()), input_shape=(5, 4), rng=rng)
        assert report.ok, report


def test_a_small_wrong_gradient_does_not_hide_behind_a_large_offset():
    def small(x):
        return 1e-3 * np.sin(x) + 1e5

    report = check_layer(Elementwise(small, lambda x: 2e-3 * np.cos(x)), input_shape=(4, 5))
    assert report.verdict == "WRONG" and report.errors["dx"] == pytest.approx(0.5, rel=1e-2)
    assert check_layer(Elementwise(small, lambda x: 1e-3 * np.cos(x)), input_shape=(4, 5)).ok


def test_noise_alone_is_not_called_ok():
    report = check_layer(Elementwise(lambda x: np.sin(x) + 1e14, lambda x: 2 * np.cos(x)), input_shape=(4, 5))
    assert report.verdict == "NOT CHECKED"


def test_mistakes_beyond_four_are_found():
    report = check_layer(Elementwise(lambda x: np.clip(x, -4, 4), np.ones_like), input_shape=(4, 5))
    assert report.verdict == "WRONG"


class WrongInEvaluation(BatchNorm):
    def backward(self, dy, cache, param_grads=True):
        dx, grads = super().backward(dy, cache, param_grads)
        return (dx if self.unseal(cache)[3] else dx / self.params["gamma"]), grads


def test_both_modes_are_checked_unless_one_is_asked_for():
    report = check_layer(WrongInEvaluation(3), input_shape=(5, 3))
    assert [(f.where, "in evaluation mode" in f.message) for f in report.findings] == [("dx", True)], report
    assert not check_layer(WrongInEvaluation(3), input_shape=(5, 3), training=False).ok
    assert check_layer(WrongInEvaluation(3), input_shape=(5, 3), training=True).ok


class Tiny(Dense):
    """Wrong in one entry of dw."""

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        dx, grads = super().backward(dy, cache, param_grads, input_grad)
        if param_grads:
            grads["w"][0, 0] += 0.1 * np.abs(grads["w"]).max()
        return dx, grads


def test_large_arrays_are_sampled_and_the_rest_checked_along_directions():
    report = check_layer(Dense(40, 30), input_shape=(20, 40))
    assert report.ok and report.sampled == {"dx": (100, 800), "w": (100, 1200)}
    assert "100 of 1,200 entries" in str(report)
    report = check_layer(Tiny(40, 30), input_shape=(3, 40))
    assert [f.where for f in report.findings] == ["w"] and "wrong" in report.findings[0].message


def test_large_arrays_with_kinks_everywhere_are_not_called_ok(rng):
    x = rng.standard_normal((40, 40))
    x[:, :16] = 0
    assert check_layer(LeakyReLU(), x).verdict == "NOT CHECKED"
    assert check_layer(LeakyReLU(), rng.standard_normal((40, 40))).ok


class Sigma(Layer):
    """y = x * sqrt(sigma), which only a positive sigma can bear."""

    def __init__(self, wrong=False):
        self.params, self.wrong = {"sigma": np.array([0.5, 1.0, 2.0], np.float32)}, wrong

    def forward(self, x):
        return x * np.sqrt(self.params["sigma"]), x

    def backward(self, dy, cache):
        root = np.sqrt(self.params["sigma"])
        return dy * root, {"sigma": (dy * cache).sum(axis=0) / (root if self.wrong else 2 * root)}


def test_positive_parameters_stay_positive_where_they_must():
    assert check_layer(Sigma(), input_shape=(5, 3)).ok
    report = check_layer(Sigma(wrong=True), input_shape=(5, 3))
    assert [f.where for f in report.findings] == ["sigma"]


class GlobalNoise(Layer):
    """Draws its mask from NumPy's global numbers, and is right."""

    def forward(self, x):
        mask = np.random.rand(*x.shape) > 0.5
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask, {}


def test_global_random_numbers_are_frozen_and_put_back():
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    assert check_layer(GlobalNoise(), input_shape=(5, 6)).ok
    assert np.random.rand() == expected


def test_a_large_layer_is_explained_on_a_piece_of_its_input():
    overwrites = zoo.load()["conv2d-fold-overwrites"].subject
    report = check_layer(overwrites(4, 8, kernel=(3, 3)), input_shape=(8, 24, 20, 4))
    assert [(f.where, f.cause) for f in report.findings] == [("dx", "overwritten")], report
    assert "with an x of shape (3, 7, 6, 4)" in report.findings[0].evidence


def test_a_wrong_gradient_comes_with_both_arrays_whole():
    finding = check_layer(TwiceDW(4, 3), input_shape=(5, 4)).findings[0]
    np.testing.assert_allclose(finding.analytic, 2 * finding.numeric, rtol=1e-6)
    assert finding.analytic.shape == (4, 3) and "array" not in repr(finding)


class HalfOfW(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        grads["w"][0] *= 2
        return dx, grads


def test_a_small_gradient_is_shown_whole():
    (finding,) = check_layer(HalfOfW(3, 2), input_shape=(4, 3)).findings
    assert finding.analytic.shape == finding.numeric.shape == (3, 2)
    assert np.allclose(finding.analytic[0], 2 * finding.numeric[0])
    assert np.allclose(finding.analytic[1:], finding.numeric[1:])
