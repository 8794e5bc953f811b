"""ConditionalBatchNorm and ModulatedBatchNorm: gradients, batch norm by class worked out by hand, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import kernels
from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import (
    BatchNorm,
    ConditionalBatchNorm,
    LeakyReLU,
    ModulatedBatchNorm,
    Sequential,
    StaleCacheError,
)

number = st.integers
KINDS = ["any", "one class", "some missing", "mixtures"]
spaces = st.lists(number(1, 4), min_size=0, max_size=2).map(tuple)  # (), (T,) or (H, W)
COLUMNS = ((0, 3), (5, 7))  # of a condition of 8 numbers: those of the class, and a part of the noise


def labels_for(kind, N, classes, rng):
    """given["labels"] for N samples, as whole numbers or as mixtures of classes."""
    if kind == "mixtures":
        shares = rng.random((N, classes))
        return shares / shares.sum(axis=1, keepdims=True)
    if kind == "one class":
        return np.full(N, rng.integers(classes))
    if kind == "some missing":
        return 2 * rng.integers((classes + 1) // 2, size=N)  # no odd class
    return rng.integers(classes, size=N)


def off(layer, rng):
    """Float64, off its initial values."""
    layer.astype(np.float64)
    for array in [*layer.params.values(), *layer.state.values()]:
        array += rng.uniform(0.2, 0.8, array.shape)
    return layer


@given(N=number(2, 5), space=spaces, C=number(1, 3), classes=number(1, 5), kind=st.sampled_from(KINDS),
       slope=st.sampled_from([None, 0.2, 0.0]), training=st.booleans(), seed=number(0, 99))  # fmt: skip
def test_gradients(N, space, C, classes, kind, slope, training, seed):
    rng = np.random.default_rng(seed)
    told = {"labels": labels_for(kind, N, classes, rng)}
    layer = ConditionalBatchNorm(C, classes, slope=slope)
    report = check_layer(layer, input_shape=(N, *space, C), rng=rng, training=training, given=told)
    assert report.ok and {"dx", "gamma", "beta"} == report.errors.keys() and report.checked > 0, report


def modulated(C, slope, rng):
    return ModulatedBatchNorm(C, COLUMNS, slope=slope, rng=rng)


@given(N=number(2, 5), space=spaces, C=number(1, 3), slope=st.sampled_from([None, 0.2, 0.0]), training=st.booleans(),
       seed=number(0, 99))  # fmt: skip
def test_gradients_of_a_modulated_norm_and_of_its_condition(N, space, C, slope, training, seed):
    rng = np.random.default_rng(seed)
    layer, told = modulated(C, slope, rng), {"condition": rng.standard_normal((N, 8))}
    report = check_layer(layer, input_shape=(N, *space, C), rng=rng, training=training, given=told)
    assert report.ok and {"dx", "condition", "gain", "shift"} == report.errors.keys(), report
    y, cache = layer.forward(rng.standard_normal((N, *space, C)), training, told)
    dcondition = layer.backward(rng.standard_normal(y.shape), cache)[1]["condition"]
    assert not dcondition[:, [3, 4, 7]].any(), "columns of other norms"


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slope", [None, 0.2, 0.0])
def test_with_one_row_for_all_classes_it_is_batch_norm(slope, dtype, training, rng):
    told, plain = ConditionalBatchNorm(3, 4, slope=slope), BatchNorm(3, slope=slope)
    for key, row in (("gamma", [1.5, -2, 0.3]), ("beta", [0.5, 0, -1])):
        plain.params[key][...] = told.params[key][...] = row
    for layer in (told, plain):
        layer.state["mean"][...], layer.state["var"][...] = [1, 0, 2], [4, 1, 0.5]
    x, dy = (rng.standard_normal((6, 3, 5, 3)).astype(dtype) for _ in range(2))
    y, cache = told.forward(x, training, {"labels": np.array([0, 3, 1, 1, 0, 3])})
    expected, plain_cache = plain.forward(x, training)
    np.testing.assert_array_equal(y, expected)
    for key in ("mean", "var"):
        np.testing.assert_array_equal(told.state[key], plain.state[key])
    (dx, grads), (dx_plain, grads_plain) = told.backward(dy, cache), plain.backward(dy, plain_cache)
    tolerance = 1e-5 if dtype is np.float32 else 1e-13
    np.testing.assert_allclose(dx, dx_plain, atol=tolerance)
    for key, grad in grads.items():
        np.testing.assert_allclose(grad.sum(axis=0), grads_plain[key], atol=40 * tolerance)
        assert not grad[2].any(), "no sample has class 2"
        assert grad.dtype == dtype
    assert y.dtype == dx.dtype == dtype


@pytest.mark.parametrize("space", [(), (4,), (3, 2)])
def test_each_class_has_its_own_scale_and_shift(space, rng):
    layer = off(ConditionalBatchNorm(2, 3, slope=0.1), rng)
    labels, x = np.array([2, 0, 2, 1]), 3 + 2 * rng.standard_normal((4, *space, 2))
    axes = tuple(range(x.ndim - 1))
    xhat = (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + 1e-5)
    y, _ = layer.forward(x, given={"labels": labels})
    for n, k in enumerate(labels):
        z = layer.params["gamma"][k] * xhat[n] + layer.params["beta"][k]
        np.testing.assert_allclose(y[n], np.where(z > 0, z, 0.1 * z), rtol=1e-10)
    mixed, _ = layer.forward(x, given={"labels": np.array([[0.5, 0, 0.5]] * 4)})
    gamma, beta = (layer.params[key][[0, 2]].mean(axis=0) for key in ("gamma", "beta"))
    z = gamma * xhat + beta
    np.testing.assert_allclose(mixed, np.where(z > 0, z, 0.1 * z), rtol=1e-10)


def test_a_modulated_norm_is_linear_in_its_columns(rng):
    layer = off(modulated(2, None, rng), rng)
    x, condition = rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 8))
    y, _ = layer.forward(x, given={"condition": condition})
    xhat = (x - x.mean(axis=(0, 1))) / np.sqrt(x.var(axis=(0, 1)) + 1e-5)
    c = condition[:, [0, 1, 2, 5, 6]]
    gain, shift = 1 + c @ layer.params["gain"], c @ layer.params["shift"]
    np.testing.assert_allclose(y, gain[:, None] * xhat + shift[:, None], rtol=1e-9, atol=1e-12)
    assert layer.params["gain"].shape == (5, 2)
    other = condition.copy()
    other[:, [3, 4, 7]] += 1
    np.testing.assert_array_equal(layer.forward(x, given={"condition": other})[0], y)


@settings(max_examples=6)
@given(N=number(2, 4), space=spaces, slope=st.sampled_from([None, 0.2, 0.0]), training=st.booleans(),
       seed=number(0, 99))  # fmt: skip
def test_with_the_textbooks_kernels_the_same(N, space, slope, training, seed):
    rng = np.random.default_rng(seed)
    told = {"labels": labels_for("any", N, 3, rng), "condition": rng.standard_normal((N, 8))}
    for norm in (ConditionalBatchNorm(2, 3, slope=slope), modulated(2, slope, rng)):
        norm, x = off(norm, rng), rng.standard_normal((N, *space, 2))

        def both(norm=norm, x=x):
            y, cache = norm.forward(x, training, told)
            dx, grads = norm.backward(np.cos(y), cache)
            return [y, dx, *grads.values()]

        fast = both()
        with kernels.use("plain"):
            plain = both()
        if training:  # the running statistics have moved, but they are not what counts
            assert not np.array_equal(norm.state["mean"], 0)
        for one, two in zip(fast, plain, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", [ConditionalBatchNorm, ModulatedBatchNorm])
def test_second_order_is_refused_with_its_reason(kind, rng):
    layer = kind(3, 4) if kind is ConditionalBatchNorm else modulated(3, None, rng)
    told = {"labels": np.arange(4), "condition": np.ones((4, 8))}
    y, cache = layer.forward(rng.standard_normal((4, 3)), given=told)
    message = f"{kind.__name__} has no double_backward: in training dx depends on the whole batch.*section 4.*AtLabel"
    with pytest.raises(NotImplementedError, match=message):
        layer.double_backward(y, y, cache)
    report = check_double_backward(layer, input_shape=(4, 3), given=told)
    assert {finding.cause for finding in report.findings} == {"not-checked"}, report
    assert not layer.per_sample and not layer.parameter_free


def test_the_gradients_of_parameters_can_be_left_out(rng):
    for layer in (ConditionalBatchNorm(2, 3), modulated(2, 0.2, rng)):
        y, cache = layer.forward(
            rng.standard_normal((3, 2)), given={"labels": np.arange(3), "condition": np.ones((3, 8))}
        )
        dx, grads = layer.backward(np.cos(y), cache, param_grads=False)
        assert grads == {} and np.array_equal(dx, layer.backward(np.cos(y), cache)[0])


def test_in_a_network_it_is_told(rng):
    network = Sequential(("norm", ConditionalBatchNorm(2, 3)), LeakyReLU(0.2))
    with pytest.raises(ValueError, match="layer 'norm': ConditionalBatchNorm needs labels"):
        network.forward(np.ones((3, 2)))
    assert network.forward(rng.standard_normal((3, 2)), given={"labels": np.arange(3)})[0].shape == (3, 2)


def test_refused(rng):
    for make, message in [
        (lambda: ConditionalBatchNorm(3, 0), "classes must be a whole number of at least 1, got 0"),
        (lambda: ConditionalBatchNorm(0, 3), "channels must be a whole number of at least 1, got 0"),
        (lambda: ConditionalBatchNorm(3, 3, momentum=1e-5, eps=0.9), "did eps and momentum swap places"),
        (lambda: ConditionalBatchNorm(3, 3, slope=np.inf), "slope must be None or a finite number"),
        (lambda: ModulatedBatchNorm(3, COLUMNS, rng=1), "rng must be a numpy Generator"),
        (lambda: ModulatedBatchNorm(3, COLUMNS, eps=0), r"eps must be in \(0, 0.1\]"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    norm, labels = ConditionalBatchNorm(3, 4), {"labels": np.zeros(2, int)}
    for x, told, message in [
        (np.ones((2, 4)), labels, "made for 3 channels"),
        (np.ones((2, 3)), None, "ConditionalBatchNorm needs labels"),
        (np.ones((2, 3)), {"labels": np.array([0, 4])}, "knows 4 classes, got labels from 0 to 4"),
        (np.ones((2, 3)), {"labels": np.full((2, 4), 0.3)}, "expected mixtures of classes"),
        (np.ones((1, 3)), {"labels": np.zeros(1, int)}, "expected at least 2 values for each channel, got 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            norm.forward(x, given=told)
    norm = modulated(3, None, rng)
    for told, message in [
        (None, r"needs given\[\"condition\"\], a row of numbers for each sample.*SharedCondition"),
        ({"condition": np.ones((3, 8))}, "a row of numbers for each sample"),
        ({"condition": np.ones(2)}, "a row of numbers for each sample"),
        ({"condition": np.ones((2, 6))}, "made for a condition of at least 7 numbers, got 6"),
    ]:
        with pytest.raises(ValueError, match=message):
            norm.forward(np.ones((2, 3)), given=told)


def test_a_cache_of_other_parameters_is_refused(rng):
    layer = ConditionalBatchNorm(2, 3)
    y, cache = layer.forward(rng.standard_normal((3, 2)), given={"labels": np.arange(3)})
    layer.params["beta"] += 1
    with pytest.raises(StaleCacheError):
        layer.backward(y, cache)
