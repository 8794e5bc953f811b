"""Conv2D and Conv2DTranspose: Keras's sizes, the adjoint identity, and refused input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.layers import Conv2D, Conv2DTranspose

NUMBER = st.integers


@given(H=NUMBER(1, 20), k=NUMBER(1, 7), s=NUMBER(1, 5))
def test_sizes_are_those_of_tensorflow(H, k, s):
    conv = {p: Conv2D(1, 1, k, stride=s, padding=p) for p in ("same", "valid")}
    up = {p: Conv2DTranspose(1, 1, k, stride=s, padding=p) for p in ("same", "valid")}
    assert conv["same"].output_shape((H, H, 1))[0] == -(-H // s)
    assert up["same"].output_shape((H, H, 1))[0] == H * s
    assert up["valid"].output_shape((H, H, 1))[0] == (H - 1) * s + max(k, s)
    if H >= k:
        assert conv["valid"].output_shape((H, H, 1))[0] == (H - k) // s + 1


def test_same_padding_puts_the_odd_row_below():
    """A 2x2 kernel that picks its lower right entry: with the extra row below and right, the last output is padding."""
    layer = Conv2D(1, 1, 2, bias=False)
    layer.params["w"][...] = np.array([[0, 0], [0, 1]]).reshape(2, 2, 1, 1)
    y, _ = layer.forward(np.arange(1.0, 10.0).reshape(1, 3, 3, 1))
    assert y[0, :, :, 0].tolist() == [[5, 6, 0], [8, 9, 0], [0, 0, 0]]


@given(
    H=NUMBER(1, 7), W=NUMBER(1, 7), k=st.tuples(NUMBER(1, 5), NUMBER(1, 5)), s=st.tuples(NUMBER(1, 3), NUMBER(1, 3)),
    padding=st.sampled_from(["same", 0, 1]), seed=NUMBER(0, 99),
)  # fmt: skip
def test_the_transpose_is_the_adjoint(H, W, k, s, padding, seed):
    """<A x, y> = <x, A^T y>, with one weight array in both layers. The transpose starts from the smaller image, so that
    its output size is a size the convolution maps back."""
    rng = np.random.default_rng(seed)
    up = Conv2DTranspose(3, 2, k, stride=s, padding=padding, bias=False, rng=rng).astype(np.float64)
    conv = Conv2D(2, 3, k, stride=s, padding=padding, bias=False)
    conv.params["w"] = up.params["w"]
    try:
        big = up.output_shape((H, W, 3))
    except ValueError:
        return
    y, x = rng.standard_normal((2, H, W, 3)), rng.standard_normal((2, *big))
    Ax, Aty = conv.forward(x)[0], up.forward(y)[0]
    assert Ax.shape == y.shape and Aty.shape == x.shape
    np.testing.assert_allclose(np.sum(Ax * y), np.sum(x * Aty), atol=1e-10)


@given(
    size=st.tuples(NUMBER(1, 13), NUMBER(1, 13)), k=st.tuples(NUMBER(1, 5), NUMBER(1, 5)),
    s=st.tuples(NUMBER(1, 3), NUMBER(1, 3)), seed=NUMBER(0, 99),
)  # fmt: skip
def test_the_transpose_to_an_output_size_is_the_adjoint_on_images_of_that_size(size, k, s, seed):
    """<A x, y> = <x, A^T y> for any image x, odd sizes too."""
    rng = np.random.default_rng(seed)
    conv = Conv2D(2, 3, k, stride=s, bias=False, rng=rng).astype(np.float64)
    up = Conv2DTranspose(3, 2, k, stride=s, output_size=size, bias=False)
    up.params["w"] = conv.params["w"]
    x = rng.standard_normal((2, *size, 2))
    Ax = conv.forward(x)[0]
    y = rng.standard_normal(Ax.shape)
    np.testing.assert_allclose(np.sum(Ax * y), np.sum(x * up.forward(y)[0]), atol=1e-10)


def test_the_usual_output_size_changes_nothing(rng):
    x = rng.standard_normal((2, 5, 3, 2)).astype(np.float32)
    usual = Conv2DTranspose(2, 3, 5, stride=2, rng=np.random.default_rng(0))
    said = Conv2DTranspose(2, 3, 5, stride=2, output_size=(10, 6), rng=np.random.default_rng(0))
    np.testing.assert_array_equal(usual.forward(x)[0], said.forward(x)[0])


def test_an_output_size_that_does_not_lead_back():
    layer = Conv2DTranspose(1, 1, 3, stride=2, output_size=(12, 14))
    with pytest.raises(
        ValueError, match=r"makes an image of \(7, 7\) one of \(13, 13\) to \(14, 14\), got .* \(12, 14\)"
    ):
        layer.forward(np.zeros((1, 7, 7, 1)))
    with pytest.raises(ValueError, match="output_size is for padding 'same', got padding 'valid'"):
        Conv2DTranspose(1, 1, 3, padding="valid", output_size=9)
    with pytest.raises(ValueError, match="output_size must be a whole number of at least 1"):
        Conv2DTranspose(1, 1, 3, output_size=0)


@pytest.mark.parametrize("kind", [Conv2D, Conv2DTranspose])
@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(kernel=0), "kernel must be a whole number of at least 1"),
        (dict(kernel=(3, 3, 3)), "kernel must be one whole number or a pair"),
        (dict(kernel=2.5), "kernel must be a whole number"),
        (dict(kernel=3, stride=0), "stride must be"),
        (dict(kernel=3, padding="full"), "padding must be 'same', 'valid'"),
        (dict(kernel=3, padding=-1), "padding must be"),
        (dict(kernel=3, padding=((1, 2, 3), (1, 2))), "padding must be"),
        (dict(kernel=3, init="magic"), "unknown initialiser 'magic'"),
        (dict(kernel=3, rng=7), "rng must be a numpy Generator"),
        (dict(kernel=3, slope=-0.2), "slope must be None or a number of at least 0, got -0.2; for less use LeakyReLU"),
    ],
)
def test_wrong_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(2, 3, **arguments)


def test_wrong_inputs():
    with pytest.raises(ValueError, match="images \\(N, H, W, C\\), got shape \\(4, 5\\)"):
        Conv2D(2, 3, 3).forward(np.zeros((4, 5)))
    with pytest.raises(ValueError, match="made for 2 channels"):
        Conv2D(2, 3, 3).forward(np.zeros((1, 5, 5, 1)))
    with pytest.raises(ValueError, match="at least as large as the kernel"):
        Conv2D(2, 3, 5, padding="valid").forward(np.zeros((1, 4, 9, 2)))
    with pytest.raises(ValueError, match="use less padding"):
        Conv2DTranspose(2, 3, 2, padding=3).forward(np.zeros((1, 2, 2, 2)))
