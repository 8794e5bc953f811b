"""Conv1D and Conv1DTranspose: the sum by loops, TensorFlow's sizes, the picture they are, gradients, refused input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose, spectral_normalised

number = st.integers
paddings = st.one_of(st.sampled_from(["same", "valid"]), number(0, 2), st.tuples(number(0, 2), number(0, 2)))
drawn = dict(
    N=number(1, 3), T=number(1, 9), c_in=number(1, 2), c_out=number(1, 3), kernel=number(1, 6), stride=number(1, 4),
    padding=paddings, bias=st.booleans(), slope=st.sampled_from([None, 0.2, 0.0]), seed=number(0, 99),
)  # fmt: skip


def by_loops(x, w, b, s, before, OT):
    """The formula of the docstring, word by word."""
    (N, T, C), (k, _, F) = x.shape, w.shape
    y = np.zeros((N, OT, F)) + b
    for n, i, f, p, c in np.ndindex(N, OT, F, k, C):
        t = i * s + p - before
        if 0 <= t < T:
            y[n, i, f] += x[n, t, c] * w[p, c, f]
    return y


@given(T=number(1, 20), k=number(1, 7), s=number(1, 5), seed=number(0, 99))
def test_the_formula(T, k, s, seed):
    rng = np.random.default_rng(seed)
    layer = Conv1D(2, 3, k, stride=s, rng=rng).astype(np.float64)
    layer.params["b"] += rng.standard_normal(3)
    x, OT = rng.standard_normal((2, T, 2)), -(-T // s)
    before = max((OT - 1) * s + k - T, 0) // 2  # the odd one is at the end, as in TensorFlow
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y, by_loops(x, layer.params["w"], layer.params["b"], s, before, OT), atol=1e-12)


@given(T=number(1, 20), k=number(1, 7), s=number(1, 5))
def test_sizes_are_those_of_tensorflow(T, k, s):
    conv = {p: Conv1D(1, 1, k, stride=s, padding=p) for p in ("same", "valid")}
    up = {p: Conv1DTranspose(1, 1, k, stride=s, padding=p) for p in ("same", "valid")}
    assert conv["same"].output_shape((T, 1)) == (-(-T // s), 1)
    assert up["same"].output_shape((T, 1)) == (T * s, 1)
    assert up["valid"].output_shape((T, 1)) == ((T - 1) * s + max(k, s), 1)
    if T >= k:
        assert conv["valid"].output_shape((T, 1)) == ((T - k) // s + 1, 1)


def test_same_padding_puts_the_odd_step_at_the_end():
    layer = Conv1D(1, 1, 2, bias=False)
    layer.params["w"][...] = np.array([0, 1]).reshape(2, 1, 1)  # picks the later of two
    y, _ = layer.forward(np.arange(1.0, 5.0).reshape(1, 4, 1))
    assert y.ravel().tolist() == [2, 3, 4, 0]


@given(T=number(1, 13), k=number(1, 6), s=number(1, 4), seed=number(0, 99))
def test_the_transpose_is_the_adjoint_for_every_length(T, k, s, seed):
    """<A x, y> = <x, A^T y>, with one weight array in both layers."""
    rng = np.random.default_rng(seed)
    conv = Conv1D(2, 3, k, stride=s, bias=False, rng=rng).astype(np.float64)
    up = Conv1DTranspose(3, 2, k, stride=s, output_size=T, bias=False)
    up.params["w"] = conv.params["w"]
    x = rng.standard_normal((2, T, 2))
    Ax = conv.forward(x)[0]
    y = rng.standard_normal(Ax.shape)
    np.testing.assert_allclose(np.sum(Ax * y), np.sum(x * up.forward(y)[0]), atol=1e-10)


@pytest.mark.parametrize("line, flat, size", [(Conv1D, Conv2D, {}), (Conv1DTranspose, Conv2DTranspose, {})])
@pytest.mark.parametrize("init", ["glorot", "dcgan", "he", "orthogonal"])
def test_it_is_the_layer_for_pictures_1_wide_weights_and_all(line, flat, size, init, rng):
    """T high and 1 wide, as the docstring says would do as well: the same numbers are drawn, and come out."""
    options = {"stride": 3, "slope": 0.2, "init": init}
    one = line(2, 3, 5, **options, rng=np.random.default_rng(0))
    other = flat(2, 3, (5, 1), **options | {"stride": (3, 1)}, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(one.params["w"], other.params["w"][:, 0])
    x = rng.standard_normal((4, 7, 2)).astype(np.float32)
    (y, cache), (Y, Cache) = one.forward(x), other.forward(x[:, :, None])
    np.testing.assert_allclose(y, Y[:, :, 0], atol=1e-6)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    (dx, grads), (dX, Grads) = one.backward(dy, cache), other.backward(dy[:, :, None], Cache)
    np.testing.assert_allclose(dx, dX[:, :, 0], atol=1e-5)
    np.testing.assert_allclose(grads["w"], Grads["w"][:, 0], atol=1e-4)


@given(**drawn)
def test_gradients(N, T, c_in, c_out, kernel, stride, padding, bias, slope, seed):
    options = {"stride": stride, "padding": padding, "bias": bias, "slope": slope}
    for kind in (Conv1D, Conv1DTranspose):
        layer = kind(c_in, c_out, kernel, **options, rng=np.random.default_rng(seed))
        try:
            layer.output_shape((T, c_in))
        except ValueError:  # nothing fits, or nothing is left: refused with a message, see below
            continue
        for check in (check_layer, check_double_backward):
            report = check(layer, input_shape=(N, T, c_in), rng=np.random.default_rng(seed))
            assert report.ok and report.checked > 0, report


@given(T=number(1, 9), kernel=number(1, 4), stride=number(1, 3), seed=number(0, 99))
def test_gradients_of_a_transpose_to_any_length(T, kernel, stride, seed):
    layer = Conv1DTranspose(2, 3, kernel, stride=stride, output_size=T, rng=np.random.default_rng(seed))
    for check in (check_layer, check_double_backward):
        report = check(layer, input_shape=(2, -(-T // stride), 2), rng=np.random.default_rng(seed))
        assert report.ok and report.checked > 0, report


@pytest.mark.parametrize("kind", [Conv1D, Conv1DTranspose])
def test_spectral_norm_knows_the_outputs(kind, rng):
    """The matrix has a row for each output, of all numbers that it sums over."""
    layer = spectral_normalised(kind(2, 3, 5, rng=rng), rng=rng)
    w = layer.params["w"]
    assert w.shape == ((5, 2, 3) if kind is Conv1D else (5, 3, 2)) and layer.rows().shape == (10, 3)
    for _ in range(50):
        layer.state["fingerprint"][...] = -1
        layer.iterate(1)
    assert layer.sigma()[0] == pytest.approx(np.linalg.norm(layer.rows(), 2), rel=1e-4)


@pytest.mark.parametrize("kind", [Conv1D, Conv1DTranspose])
@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(kernel=0), "kernel must be a whole number of at least 1"),
        (dict(kernel=(3, 1)), "kernel must be a whole number of at least 1"),
        (dict(kernel=3, stride=0), "stride must be a whole number"),
        (dict(kernel=3, padding="full"), "padding must be 'same', 'valid', a whole number or \\(before, after\\)"),
        (dict(kernel=3, padding=-1), "padding must be"),
        (dict(kernel=3, padding=((1, 1), (0, 0))), "padding must be"),
        (dict(kernel=3, init="magic"), "unknown initialiser 'magic'"),
        (dict(kernel=3, rng=7), "rng must be a numpy Generator"),
        (dict(kernel=3, slope=-0.2), "slope must be None or a number of at least 0"),
    ],
)
def test_wrong_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(2, 3, **arguments)


def test_wrong_inputs():
    with pytest.raises(ValueError, match=r"Conv1D expected signals \(N, T, C\), got shape \(4, 5\)"):
        Conv1D(2, 3, 3).forward(np.zeros((4, 5)))
    with pytest.raises(ValueError, match="Conv1DTranspose was made for 2 channels"):
        Conv1DTranspose(2, 3, 3).forward(np.zeros((1, 5, 1)))
    with pytest.raises(
        ValueError, match="kernel 5 and padding 'valid' expected a signal at least as long .*got 4 steps"
    ):
        Conv1D(2, 3, 5, padding="valid").forward(np.zeros((1, 4, 2)))
    with pytest.raises(ValueError, match=r"padding \(3, 3\) crops a signal of 2 steps to -3; .*use less padding"):
        Conv1DTranspose(2, 3, 2, padding=3).forward(np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match="makes a signal of 7 steps one of 13 to 14, got output_size 12"):
        Conv1DTranspose(1, 1, 3, stride=2, output_size=12).forward(np.zeros((1, 7, 1)))
    with pytest.raises(ValueError, match="output_size is for padding 'same', got padding 'valid'"):
        Conv1DTranspose(1, 1, 3, padding="valid", output_size=9)
    layer = Conv1D(2, 3, 3)
    y, cache = layer.forward(np.zeros((1, 4, 2)))
    with pytest.raises(ValueError, match="double_backward expected ddx with the shape of x"):
        layer.double_backward(np.zeros((1, 4, 3)), y, cache)
