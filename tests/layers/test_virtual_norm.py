"""VirtualBatchNorm and WithReference: the statistics, all terms of the gradient, and each sample for itself."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer, check_network
from minigan.layers import (
    BatchNorm,
    Conv2DTranspose,
    Dense,
    Dropout,
    LeakyReLU,
    Reshape,
    Sequential,
    VirtualBatchNorm,
    WithReference,
)
from minigan.layers.virtual_norm import Examples, Reference

number = st.integers


@given(R=number(2, 4), N=number(0, 3), H=number(1, 4), W=number(1, 4), C=number(1, 3), seed=number(0, 99),
       slope=st.sampled_from([None, 0.2, -0.5]))  # fmt: skip
def test_gradients(R, N, H, W, C, seed, slope):
    for shape in ((R + N, H, W, C), (R + N, C)):
        layer = VirtualBatchNorm(C, R, slope=slope)
        report = check_layer(layer, input_shape=shape, rng=np.random.default_rng(seed), training=True)
        assert report.ok and report.checked > 0, report


def generator(rng, R=4, dropout=0.0):
    network = Sequential(
        ("dense", Dense(3, 12, bias=False, rng=rng)), ("norm0", VirtualBatchNorm(12, R)), LeakyReLU(0.3),
        Reshape(3, 2, 2), Dropout(dropout, rng=rng),
        ("up", Conv2DTranspose(2, 2, (3, 2), stride=(1, 2), bias=False, rng=rng)),
        ("norm1", VirtualBatchNorm(2, R, slope=0.2)), ("image", Conv2DTranspose(2, 1, 3, rng=rng)),
    )  # fmt: skip
    return WithReference(network, rng.standard_normal((R, 3), dtype=np.float32))


@settings(max_examples=4)
@given(seed=number(0, 99), dropout=st.sampled_from([0.0, 0.3]))
def test_gradients_of_a_network_through_its_reference(seed, dropout):
    rng = np.random.default_rng(seed)
    report = check_layer(generator(rng, R=2 + seed % 3, dropout=dropout), input_shape=(3, 3), rng=rng)
    assert report.ok and {"dense.w", "norm0.gamma", "up.w", "norm1.beta", "image.b"} <= report.errors.keys(), report


@pytest.mark.parametrize("pixels", [(), (3, 4)])
def test_each_example_is_normalised_by_the_reference_and_itself(pixels, rng):
    layer = VirtualBatchNorm(2, 4, eps=0.01).astype(np.float64)
    x = 3 + 2 * rng.standard_normal((7, *pixels, 2))
    y, _ = layer.forward(x)
    axes = tuple(range(x.ndim - 1))
    for n in range(4, 7):
        union = np.concatenate([x[:4], x[n : n + 1]])
        expected = (x[n] - union.mean(axis=axes)) / np.sqrt(union.var(axis=axes) + 0.01)
        np.testing.assert_allclose(y[n], expected, rtol=1e-10, atol=1e-12)
    batch_norm = BatchNorm(2, eps=0.01).astype(np.float64)
    np.testing.assert_allclose(y[:4], batch_norm.forward(x[:4])[0], rtol=1e-10, atol=1e-12)


def test_a_large_mean_does_not_cancel(rng):
    layer = VirtualBatchNorm(3, 8)
    x = 1000 + rng.standard_normal((12, 5, 4, 3))
    y, _ = layer.forward(x.astype(np.float32))
    np.testing.assert_allclose(y, layer.forward(x.astype(np.float32).astype(np.float64))[0], atol=2e-3)


def test_each_sample_depends_on_itself_and_the_reference_alone(rng):
    G = generator(rng)
    z = rng.standard_normal((5, 3))
    images, _ = G.forward(z)
    assert images.shape == (5, *G.output_shape((3,))) == (5, 3, 4, 1)
    np.testing.assert_allclose(G.forward(z[2:3])[0], images[2:3], atol=1e-12)
    np.testing.assert_array_equal(G.forward(z, training=False)[0], images)
    assert G.per_sample and not G.layers["norm0"].per_sample
    nested = Sequential(("inner", Sequential(VirtualBatchNorm(3, 4), BatchNorm(3))))
    assert not WithReference(nested, rng.standard_normal((4, 3))).per_sample
    other = copy.deepcopy(G)
    other.layers["reference"].state["batch"][0] += 1
    assert not np.allclose(other.forward(z)[0], images)


def test_the_reference_is_state_and_nothing_changes_it(rng):
    batch = rng.standard_normal((4, 3), dtype=np.float32)
    G = WithReference(Sequential(Dense(3, 2, rng=rng), VirtualBatchNorm(2, 4)), batch)
    assert list(G.state) == ["reference.batch"] and set(G.params) == {"dense1.w", "dense1.b",
                                                                      "virtualbatchnorm1.gamma",
                                                                      "virtualbatchnorm1.beta"}  # fmt: skip
    kept = batch.copy()
    y, cache = G.forward(rng.standard_normal((6, 3), dtype=np.float32))
    dx, _ = G.backward(np.ones_like(y), cache)
    np.testing.assert_array_equal(G.state["reference.batch"], kept)
    assert y.dtype == dx.dtype == np.float32 and dx.shape == (6, 3)
    batch += 1
    np.testing.assert_array_equal(G.state["reference.batch"], kept, "a copy of its own")


def test_a_discriminator_with_a_reference_can_be_split(rng):
    D = WithReference(
        Sequential(Dense(3, 5, rng=rng), VirtualBatchNorm(5, 4, slope=0.2), ("logit", Dense(5, 1, rng=rng))),
        rng.standard_normal((4, 3)),
    )
    x = rng.standard_normal((6, 3))
    lower, upper = D.split("logit")
    features, _ = lower.forward(x)
    assert features.shape == (6, 5) and lower.per_sample
    np.testing.assert_allclose(upper.forward(features)[0], D.forward(x)[0], atol=1e-12)
    assert lower.state["reference.batch"] is D.state["reference.batch"]
    with pytest.raises(ValueError, match="would have a VirtualBatchNorm and no reference"):
        D.split("virtualbatchnorm1")
    with pytest.raises(ValueError, match="expected the name of a layer"):
        D.split("examples")


@pytest.mark.parametrize("layer", [Reference(np.arange(6.0).reshape(2, 3)), Examples(2)])
def test_what_puts_the_reference_in_and_takes_it_out_is_linear(layer, rng):
    """Nothing is wrong with them but that N changes, which is what they are for."""
    report = check_layer(layer, input_shape=(5, 3), rng=rng)
    assert {finding.cause for finding in report.findings} == {"shape"} and report.errors["dx"] <= 1e-6


def test_second_order_goes_through_the_reference_too(rng):
    network = Sequential(Dense(3, 4, rng=rng), LeakyReLU(0.2), Dense(4, 1, rng=rng))
    D = WithReference(network, rng.standard_normal((4, 3)))
    assert check_double_backward(D, input_shape=(5, 3), rng=rng).ok


def test_a_mistake_in_a_network_with_a_reference_is_found_where_it_is(rng):
    class Forgetful(Dense):
        def backward(self, dy, cache, param_grads=True):
            dx, grads = super().backward(dy, cache)
            return dx, grads | {"b": 0.5 * grads["b"]}

    network = Sequential(Dense(3, 2, rng=rng), VirtualBatchNorm(2, 4), ("wrong", Forgetful(2, 1, rng=rng)))
    report = check_network(WithReference(network, rng.standard_normal((4, 3))), input_shape=(3, 3), training=True)
    assert [finding.where for finding in report.findings] == ["wrong: b"]


def test_refused(rng):
    with pytest.raises(ValueError, match="reference_size must be a whole number of at least 2, got 1"):
        VirtualBatchNorm(3, 1)
    with pytest.raises(ValueError, match=r"eps must be in \(0, 0.1\]"):
        VirtualBatchNorm(3, 4, eps=0)
    with pytest.raises(ValueError, match="slope must be None or a finite number"):
        VirtualBatchNorm(3, 4, slope=np.nan)
    with pytest.raises(ValueError, match="expected the 4 samples of the reference before its examples, got 3"):
        VirtualBatchNorm(3, 4).forward(np.zeros((3, 3)))
    y, cache = VirtualBatchNorm(3, 2).forward(rng.standard_normal((4, 3)))
    with pytest.raises(NotImplementedError, match="VirtualBatchNorm has no double_backward"):
        VirtualBatchNorm(3, 2).double_backward(y, y, cache)
    network = Sequential(Dense(3, 2, rng=rng), ("inner", Sequential(VirtualBatchNorm(2, 4))))
    with pytest.raises(
        ValueError, match="layer 'inner.virtualbatchnorm1' was made for a reference of 4 samples, got a reference of 5"
    ):
        WithReference(network, np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"a batch of at least 2 inputs.*int64 and shape \(4, 3\)"):
        WithReference(network, np.zeros((4, 3), int))
    with pytest.raises(ValueError, match=r"like those of the reference, \(3,\) each, got \(2,\)"):
        WithReference(network, np.zeros((4, 3))).forward(np.zeros((2, 2)))
