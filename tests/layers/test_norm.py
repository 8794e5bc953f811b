"""BatchNorm: what it computes, its running statistics, refused settings."""

import numpy as np
import pytest

from minigan.layers import BatchNorm, LeakyReLU, Sequential


def test_training_output_has_mean_beta_and_spread_gamma(rng):
    layer = BatchNorm(3).astype(np.float64)
    layer.params["gamma"][...], layer.params["beta"][...] = [1, 2, 3], [-1, 0, 5]
    y, _ = layer.forward(7 + 4 * rng.standard_normal((50, 4, 5, 3)))
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), [-1, 0, 5], atol=1e-9)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2)), [1, 2, 3], rtol=1e-5)


def test_running_statistics_follow_the_paper(rng):
    layer = BatchNorm(2, momentum=0.75).astype(np.float64)
    x = rng.standard_normal((6, 2)) * 3 + 1
    layer.forward(x)
    np.testing.assert_allclose(layer.state["mean"], 0.25 * x.mean(axis=0))
    np.testing.assert_allclose(layer.state["var"], 0.75 + 0.25 * x.var(axis=0, ddof=1))


def test_evaluation_uses_the_running_statistics(rng):
    layer = BatchNorm(2, eps=0.01).astype(np.float64)
    layer.state["mean"][...], layer.state["var"][...] = [1, 2], [4, 9]
    x = rng.standard_normal((3, 2))
    y, _ = layer.forward(x, training=False)
    np.testing.assert_allclose(y, (x - [1, 2]) / np.sqrt(np.array([4, 9]) + 0.01))


@pytest.mark.parametrize("training", [True, False])
def test_with_a_slope_it_is_batchnorm_and_then_leaky_relu(training, rng):
    fused = BatchNorm(3, slope=0.3).astype(np.float64)
    apart = Sequential(("norm", BatchNorm(3)), LeakyReLU(0.3)).astype(np.float64)
    for layer in (fused, apart.layers["norm"]):
        layer.params["gamma"][...], layer.params["beta"][...] = [1, -2, 3], [0.5, 0, -1]
    x, dy = rng.standard_normal((4, 2, 5, 3)), rng.standard_normal((4, 2, 5, 3))
    (y, cache), (y_apart, cache_apart) = fused.forward(x, training), apart.forward(x, training)
    (dx, grads), (dx_apart, grads_apart) = fused.backward(dy, cache), apart.backward(dy, cache_apart)
    np.testing.assert_allclose(y, y_apart, atol=1e-12)
    np.testing.assert_allclose(dx, dx_apart, atol=1e-12)
    for key, gradient in grads.items():
        np.testing.assert_allclose(gradient, grads_apart[f"norm.{key}"], atol=1e-12)


def test_refused():
    with pytest.raises(ValueError, match="slope must be None or a finite number"):
        BatchNorm(3, slope=float("inf"))
    with pytest.raises(ValueError, match="did eps and momentum swap places"):
        BatchNorm(3, momentum=1e-5, eps=0.9)
    with pytest.raises(ValueError, match="momentum must be in"):
        BatchNorm(3, momentum=1.0)
    with pytest.raises(ValueError, match="at least 2 values"):
        BatchNorm(3).forward(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="made for 3 channels"):
        BatchNorm(3).forward(np.zeros((2, 4)))
