"""Pack: m consecutive samples become one with m times the channels, and gradients find their way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.batch import Batch
from minigan.gan_fused import judge, judge_backward
from minigan.gradcheck import check_double_backward, check_layer, numeric_gradient
from minigan.layers import Conv2D, Dense, Flatten, LeakyReLU, Pack, Sequential

number = st.integers
shapes = st.tuples(number(1, 3), st.lists(number(1, 3), max_size=2), number(1, 3), number(1, 4))  # packs, H W, C, m


def test_the_definition(rng):
    """The double loop of the docstring."""
    m, x = 3, rng.standard_normal((6, 4, 5, 2))
    y, _ = Pack(m).forward(x)
    assert y.shape == (2, 4, 5, 6)
    for n in range(2):
        for j in range(m):
            for c in range(2):
                np.testing.assert_array_equal(y[n, ..., j * 2 + c], x[n * m + j, ..., c])


def test_points(rng):
    x = rng.standard_normal((4, 2))
    y, _ = Pack(2).forward(x)
    np.testing.assert_array_equal(y, x.reshape(2, 4))
    assert Pack(2).output_shape((2,)) == (4,) and Pack(2).output_shape((5, 3, 1)) == (5, 3, 2)


@given(shape=shapes, seed=number(0, 99))
def test_gradients(shape, seed):
    packs, middle, C, m = shape
    report = check_layer(Pack(m), input_shape=(packs * m, *middle, C), rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


@given(shape=shapes, seed=number(0, 99))
def test_second_order(shape, seed):
    packs, middle, C, m = shape
    report = check_double_backward(Pack(m), input_shape=(packs * m, *middle, C), rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


def test_a_packed_network_passes_the_check_too(rng):
    D = Sequential(Pack(2), Conv2D(2, 3, 3, rng=rng), LeakyReLU(), Pack(3), Flatten(), Dense(2 * 3 * 9, 1, rng=rng))
    assert D.pack_size == 6
    report = check_layer(D, input_shape=(12, 2, 3, 1), rng=rng)
    assert report.ok and D.output_shape((2, 3, 1)) == (1,), report


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_contiguous_memory(dtype, rng):
    layer = Pack(2)
    y, cache = layer.forward(rng.standard_normal((4, 3, 5, 2)).astype(dtype))
    dx, _ = layer.backward(y, cache)
    assert y.dtype == dx.dtype == dtype and y.flags.c_contiguous and dx.flags.c_contiguous


def test_a_packed_discriminator_never_mixes_real_and_generated(rng):
    """3 + 3 samples in packs of 3, and then 2 + 4: the logits of a batch are those it has alone."""
    D = Sequential(Pack(2), Conv2D(2, 3, 3, stride=2, rng=rng), LeakyReLU(), Flatten(), Dense(18, 1, rng=rng))
    D.astype(np.float64)
    real, fake = rng.standard_normal((2, 6, 4, 5, 1))
    with pytest.raises(ValueError, match="N a multiple of 2"):  # together they would be, in packs of both
        judge(D, Batch(real[:5]), Batch(fake[:3]))
    (real_logits, fake_logits), caches = judge(D, Batch(real), Batch(fake[:2]))
    assert D.per_sample and len(caches) == 1 and real_logits.shape == (3, 1) and fake_logits.shape == (1, 1)
    np.testing.assert_allclose(real_logits, D.forward(real)[0], rtol=1e-12)
    np.testing.assert_allclose(fake_logits, D.forward(fake[:2])[0], rtol=1e-12)
    grads = judge_backward(D, np.ones((3, 1)), np.full((1, 1), 2.0), caches)
    total = lambda: float(D.forward(real)[0].sum() + 2 * D.forward(fake[:2])[0].sum())  # noqa: E731
    numeric = numeric_gradient(total, D.params["dense1.w"])
    np.testing.assert_allclose(grads["dense1.w"], numeric.gradient, rtol=1e-6)


def test_what_does_not_fit_is_refused(rng):
    with pytest.raises(ValueError, match=r"Pack\(2\) joins 2 samples .* N a multiple of 2, got shape \(3, 4, 5, 1\)"):
        Pack(2).forward(np.zeros((3, 4, 5, 1)))
    for shape in ((0, 3), (4,)):
        with pytest.raises(ValueError, match="expected a batch"):
            Pack(2).forward(np.zeros(shape))
    for m in (0, -1, 1.5, True, "2"):
        with pytest.raises(ValueError, match="the number of samples in a pack, must be a whole number"):
            Pack(m)
    D = Sequential(Pack(2), Conv2D(1, 3, 3, rng=rng))
    with pytest.raises(ValueError, match="made for 1 channels, got an input of shape"):
        D.forward(np.zeros((4, 5, 4, 1)))
    y, cache = Pack(2).forward(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        Pack(2).backward(np.zeros((4, 3)), cache)
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        Pack(2).double_backward(y, y, cache)
