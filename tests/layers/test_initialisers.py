"""Weights at the start: their spread, and the same seed giving the same weights."""

import numpy as np
import pytest

from minigan.layers import Conv2D, Conv2DTranspose, Dense, dcgan_normal, glorot_uniform, he_normal


@pytest.mark.parametrize(
    "init, spread",
    [(dcgan_normal, 0.02), (glorot_uniform, np.sqrt(2 / (300 + 200))), (he_normal, np.sqrt(2 / 300))],
)
def test_spread(init, spread, rng):
    w = init(rng, (300, 200), 300, 200)
    assert w.dtype == np.float32 and abs(w.mean()) < 0.01 * spread * 5
    np.testing.assert_allclose(w.std(), spread, rtol=0.02)


def test_the_fan_of_a_convolution_counts_its_window(rng):
    w = Conv2D(50, 60, 3, init="he", rng=rng).params["w"]
    np.testing.assert_allclose(w.std(), np.sqrt(2 / (9 * 50)), rtol=0.03)


def test_same_seed_same_weights():
    one, two = (Dense(3, 4, rng=np.random.default_rng(5)).params["w"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def as_matrix(layer):
    """(outputs, inputs of one output), in float64."""
    w = np.moveaxis(layer.params["w"].astype(np.float64), layer.output_axis, 0)
    return w.reshape(len(w), -1)


@pytest.mark.parametrize("n_in, n_out", [(3, 3), (5, 2), (2, 4), (1, 7), (6, 1)])
def test_orthogonal_filters(n_in, n_out, rng):
    """Also where c_in = c_out, when the shape alone does not tell the axes apart."""
    for layer in (
        Dense(n_in, n_out, init="orthogonal", rng=rng),
        Conv2D(n_in, n_out, (3, 2), init="orthogonal", rng=rng),
        Conv2DTranspose(n_in, n_out, (3, 2), init="orthogonal", rng=rng),
    ):
        W = as_matrix(layer)
        assert len(W) == n_out and layer.params["w"].dtype == np.float32 and layer.params["w"].flags.c_contiguous
        gram = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
        np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-6)


def test_every_orthogonal_matrix_is_equally_likely(rng):
    """QR alone prefers some signs: the mean of its diagonal is not 0. And in a plane, all angles are as likely."""
    drawn = np.array([Dense(2, 2, init="orthogonal", rng=rng).params["w"] for _ in range(2000)])
    assert np.abs(drawn.mean(axis=0)).max() < 0.05
    angles = np.arctan2(drawn[:, 1, 0], drawn[:, 0, 0])
    counts, _ = np.histogram(angles, bins=8, range=(-np.pi, np.pi))
    assert counts.min() > 180 and counts.max() < 320
    turned = np.linalg.det(drawn.astype(np.float64)) > 0
    assert 0.45 < turned.mean() < 0.55


def test_an_initialiser_may_ask_for_the_axis_of_the_outputs():
    asked = []

    def init(rng, shape, fan_in, fan_out, output_axis):
        asked.append((shape, output_axis))
        return np.zeros(shape)

    Dense(2, 3, init=init), Conv2D(2, 3, 4, init=init), Conv2DTranspose(2, 3, 4, init=init)
    assert [shape[axis] for shape, axis in asked] == [3, 3, 3] and asked[2] == ((4, 4, 3, 2), 2)
    with pytest.raises(ValueError, match="unknown initialiser 'orthogonl'; expected one of .*orthogonal or a function"):
        Dense(2, 3, init="orthogonl")


def test_a_weight_lies_in_the_order_of_its_axes():
    layer = Dense(4, 6, init=lambda rng, shape, *fans: np.ones(shape[::-1], np.float32).T)
    assert layer.params["w"].flags.c_contiguous and layer.params["w"].shape == (4, 6)
