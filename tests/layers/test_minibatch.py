"""MinibatchDiscrimination: its gradients, what it says of a batch that is alike, what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.batch import Batch
from minigan.gan_fused import judge
from minigan.gradcheck import check_layer
from minigan.layers import Dense, MinibatchDiscrimination, Sequential, StaleCacheError, total_flop

number = st.integers


@given(N=number(2, 6), n_in=number(1, 5), B=number(1, 4), C=number(1, 3), seed=number(0, 99))
def test_gradients(N, n_in, B, C, seed):
    rng = np.random.default_rng(seed)
    x = 0.7 * rng.standard_normal((N, n_in))  # near enough to each other for exp to have a slope
    report = check_layer(MinibatchDiscrimination(n_in, B, C, rng=rng), x, rng=rng)
    assert report.ok and report.errors["t"] is not None, report
    assert report.checked > 0.8 * (x.size + n_in * B * C)


def test_it_is_the_formula_of_the_paper_without_the_sample_itself(rng):
    layer = MinibatchDiscrimination(3, kernels=4, dims=2, rng=rng).astype(np.float64)
    x = rng.standard_normal((5, 3))
    y, _ = layer.forward(x)
    np.testing.assert_array_equal(y[:, :3], x)
    M = np.einsum("na,acb->nbc", x, layer.params["t"])
    for i, b in np.ndindex(5, 4):
        closeness = [np.exp(-np.abs(M[i, b] - M[j, b]).sum()) for j in range(5) if j != i]
        assert y[i, 3 + b] == pytest.approx(sum(closeness), rel=1e-12)


def test_pictures_that_are_alike_are_found_out(rng):
    layer = MinibatchDiscrimination(20, rng=rng)
    alike = np.repeat(rng.standard_normal((1, 20), dtype=np.float32), 8, axis=0)
    different = rng.standard_normal((8, 20), dtype=np.float32)
    np.testing.assert_array_equal(layer.forward(alike)[0][:, 20:], 7)
    assert 1 < layer.forward(different)[0][:, 20:].mean() < 4, "about a third of 7 at the initial weights"
    assert not layer.forward(different[:1])[0][:, 20:].any(), "a single sample has none like it"


def test_its_gradient_drives_samples_apart(rng):
    """Down the slope of the sum of o, the samples' distances grow."""
    layer = MinibatchDiscrimination(4, kernels=30, rng=rng).astype(np.float64)
    x = 0.1 * rng.standard_normal((6, 4))
    y, cache = layer.forward(x)
    dx, grads = layer.backward(np.concatenate([np.zeros((6, 4)), np.ones((6, 30))], axis=1), cache, param_grads=False)
    assert grads == {}
    moved = x - 0.01 * dx
    assert moved.var(axis=0).sum() > x.var(axis=0).sum()
    assert layer.backward(np.zeros_like(y), cache, input_grad=False)[0] is None


def test_real_and_fake_images_are_judged_apart(rng):
    """What D says of real images does not depend on the fakes, of which it would otherwise count the likes."""
    D = Sequential(Dense(3, 4, rng=rng), MinibatchDiscrimination(4, 5, rng=rng), Dense(9, 1, rng=rng))
    assert not D.per_sample
    real, fake, other = (rng.standard_normal((4, 3)) for _ in range(3))
    np.testing.assert_array_equal(judge(D, Batch(real), Batch(fake))[0][0], judge(D, Batch(real), Batch(other))[0][0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("training", [True, False])
def test_dtype_and_shapes(dtype, training, rng):
    layer = MinibatchDiscrimination(3, 4, 2, rng=rng)
    y, cache = layer.forward(rng.standard_normal((5, 3)).astype(dtype), training=training)
    dx, grads = layer.backward(np.ones_like(y), cache)
    assert y.shape == (5, *layer.output_shape((3,))) == (5, 7) and y.dtype == dx.dtype == grads["t"].dtype == dtype
    assert grads["t"].shape == layer.params["t"].shape == (3, 2, 4)
    assert total_flop(layer, (3,)) == 2 * 3 * 8


def test_refused(rng):
    with pytest.raises(ValueError, match="kernels must be a whole number of at least 1"):
        MinibatchDiscrimination(3, kernels=0)
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        MinibatchDiscrimination(3, rng=1)
    layer = MinibatchDiscrimination(3, 4, 2, rng=rng)
    with pytest.raises(ValueError, match=r"expected \(N, features\).*add Flatten"):
        layer.forward(np.ones((2, 1, 1, 3)))
    with pytest.raises(ValueError, match="made for 3 features"):
        layer.forward(np.ones((2, 4)))
    y, cache = layer.forward(np.ones((2, 3)))
    with pytest.raises(NotImplementedError, match="MinibatchDiscrimination has no double_backward"):
        layer.double_backward(np.ones((2, 3)), y, cache)
    layer.params["t"] += 1
    with pytest.raises(StaleCacheError):
        layer.backward(y, cache)
