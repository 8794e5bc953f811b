"""Embedding and AtLabel: gradients of both orders, a label as a one-hot row by hand, mixtures, what is refused."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import (
    AtLabel,
    Dense,
    Embedding,
    LeakyReLU,
    Sequential,
    StaleCacheError,
    Sum,
    spectral_normalised,
)

number = st.integers
KINDS = ["any", "one class", "some missing", "mixtures"]


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


def joint(rng, classes=4, slope=0.2):
    """The end of a D that sees features and label together, and then the projection of the features on the class."""
    told = Sum(("features", Dense(3, 5, rng=rng)), ("label", Embedding(classes, 5, rng=rng)))
    own = Sequential(("scores", Dense(5, classes, bias=False, rng=rng)), ("own", AtLabel(classes)))
    return Sequential(("joint", told), LeakyReLU(slope), ("logit", Sum(("real", Dense(5, 1, rng=rng)), ("class", own))))


shapes = st.lists(number(1, 4), min_size=0, max_size=3).map(tuple)
drawn = {"N": number(2, 5), "classes": number(1, 6), "kind": st.sampled_from(KINDS), "seed": number(0, 99)}


@given(shape=shapes, width=number(1, 4), **drawn)
def test_gradients_of_embedding(N, shape, classes, width, kind, seed):
    rng = np.random.default_rng(seed)
    told = {"labels": labels_for(kind, N, classes, rng)}
    for check in (check_layer, check_double_backward):
        report = check(Embedding(classes, width, rng=rng), input_shape=(N, *shape), rng=rng, given=told)
        assert report.ok and report.checked >= classes * width, report


@given(**drawn)
def test_gradients_of_at_label(N, classes, kind, seed):
    rng = np.random.default_rng(seed)
    told = {"labels": labels_for(kind, N, classes, rng)}
    for check in (check_layer, check_double_backward):
        report = check(AtLabel(classes), input_shape=(N, classes), rng=rng, given=told)
        assert report.ok and report.checked >= N, report


@pytest.mark.long
@given(N=number(2, 4), kind=st.sampled_from(KINDS), slope=st.sampled_from([0.2, 0.0]), seed=number(0, 99))
def test_gradients_of_both_orders_through_a_network_with_both(N, kind, slope, seed):
    rng = np.random.default_rng(seed)
    told = {"labels": labels_for(kind, N, 4, rng)}
    for network in (joint(rng, slope=slope), Sum(("a", joint(rng)), ("b", Dense(3, 1, rng=rng)))):
        report = check_double_backward(network, input_shape=(N, 3), rng=rng, given=told)
        assert report.ok and report.checked > 20, report


def test_gradients_of_both_orders_through_a_network(rng):
    network, told = joint(rng), {"labels": np.array([0, 3, 3])}
    report = check_double_backward(network, input_shape=(3, 3), rng=rng, given=told, training=True)
    assert report.ok and {"joint.label.w", "logit.class.scores.w"} <= report.errors.keys(), report


def test_gradients_with_spectral_norm_around_the_scores(rng):
    """In evaluation u and v are held, and what backward returns is the exact derivative."""
    D = spectral_normalised(joint(rng), rng=rng)
    assert {name for name, layer in D.leaves() if type(layer).__name__ == "SpectralNorm"} == {
        "joint.features", "logit.real", "logit.class.scores",
    }  # fmt: skip
    report = check_double_backward(D, input_shape=(4, 3), rng=rng, given={"labels": np.arange(4)}, training=False)
    assert report.ok and {"logit.class.scores.w", "joint.label.w"} <= report.errors.keys(), report


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_label_is_a_one_hot_row_beside_the_input(dtype, rng):
    """Mirza & Osindero, figure 1: a Dense layer on (x, one-hot) is the sum of a Dense layer and an Embedding."""
    both = Sum(("noise", Dense(3, 5, rng=rng)), ("label", Embedding(4, 5, rng=rng)))
    one = Dense(7, 5, rng=rng)
    one.params["w"][...] = np.concatenate([both.params["noise.w"], both.params["label.w"]])
    x, labels = rng.standard_normal((6, 3)).astype(dtype), np.array([0, 3, 3, 1, 0, 0])
    y, cache = both.forward(x, given={"labels": labels})
    expected, one_cache = one.forward(np.hstack([x, np.eye(4, dtype=dtype)[labels]]))
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    dy = rng.standard_normal(y.shape).astype(dtype)
    (dx, grads), (dx_one, grads_one) = both.backward(dy, cache), one.backward(dy, one_cache)
    np.testing.assert_allclose(dx, dx_one[:, :3], rtol=1e-5)
    np.testing.assert_allclose(grads["label.w"], grads_one["w"][3:], rtol=1e-5, atol=1e-6)
    assert not grads["label.w"][2].any(), "no sample has class 2"
    assert y.dtype == dx.dtype == grads["label.w"].dtype == dtype and both.per_sample


def test_at_label_takes_each_samples_own(rng):
    x, labels = rng.standard_normal((3, 4)), np.array([2, 0, 3])
    y, cache = AtLabel(4).forward(x, given={"labels": labels})
    np.testing.assert_array_equal(y, x[np.arange(3), labels][:, None])
    dx, grads = AtLabel(4).backward(np.array([[1.0], [2.0], [3.0]]), cache)
    assert dx.tolist() == [[0, 0, 1, 0], [2, 0, 0, 0], [0, 0, 0, 3]] and grads == {}
    assert AtLabel(4).parameter_free and AtLabel(4).per_sample


def test_a_mixture_is_the_mixture_of_both(rng):
    """Half 1 and half 3 is half of what each gives, for a part of the network that is linear in the label."""
    x = rng.standard_normal((1, 3))
    for network in (Embedding(4, 2, rng=rng), Sequential(Dense(3, 4, rng=rng), AtLabel(4))):
        pure = [network.forward(x, given={"labels": np.array([k])})[0] for k in (1, 3)]
        mixed = network.forward(x, given={"labels": np.array([[0, 0.5, 0, 0.5]], np.float32)})[0]
        np.testing.assert_allclose(mixed, (pure[0] + pure[1]) / 2, rtol=1e-6)


def test_x_of_any_shape_only_counts_the_samples(rng):
    layer, told = Embedding(3, 2, rng=rng), {"labels": np.array([1, 2])}
    y, cache = layer.forward(np.full((2, 4, 3, 1), np.nan, np.float32), given=told)
    np.testing.assert_array_equal(y, layer.params["w"][[1, 2]])
    dx, grads = layer.backward(np.ones_like(y), cache)
    assert dx.shape == (2, 4, 3, 1) and not dx.any() and dx.dtype == np.float32
    assert layer.backward(y, cache, param_grads=False)[1] == {}
    assert grads["w"].tolist() == [[0, 0], [1, 1], [1, 1]]


def test_with_the_textbooks_kernels_the_same(rng):
    D, told = joint(rng), {"labels": np.array([1, 1, 3, 0])}
    x = rng.standard_normal((4, 3), dtype=np.float32)

    def both():
        y, cache = D.forward(x, given=told)
        dx, grads = D.backward(np.ones_like(y), cache)
        return [y, dx, *grads.values()]

    fast = both()
    with kernels.use("plain"):
        plain = both()
    for one, two in zip(fast, plain, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_the_table_begins_as_asked(rng):
    w = Embedding(2000, 50, scale=0.3, rng=rng).params["w"]
    assert w.shape == (2000, 50) and w.dtype == np.float32
    assert w.mean() == pytest.approx(0, abs=3e-3) and w.std() == pytest.approx(0.3, rel=0.01)


def test_refused(rng):
    for make, message in [
        (lambda: Embedding(0, 3), "classes must be a whole number of at least 1, got 0"),
        (lambda: Embedding(3, 1.5), "width must be a whole number"),
        (lambda: Embedding(3, 3, rng=1), "rng must be a numpy Generator"),
        (lambda: AtLabel(0), "classes must be a whole number of at least 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    x = np.ones((3, 4))
    for layer in (Embedding(4, 2, rng=rng), AtLabel(4)):
        name = type(layer).__name__
        for told, message in [
            (None, f"{name} needs labels; write forward"),
            ({"labels": np.array([0, 4, 1])}, f"{name} knows 4 classes, got labels from 0 to 4"),
            ({"labels": np.zeros(2, int)}, rf"{name} expected labels \(3,\) of whole numbers, got int64 \(2,\)"),
            ({"labels": np.zeros(3)}, f"{name} expected labels .* got float64"),
            ({"labels": np.zeros((3, 2), int)}, "a pack of samples has no one label"),
            ({"labels": np.full((3, 5), 0.2)}, rf"{name} expected mixtures of classes \(3, 4\)"),
            ({"labels": np.full((3, 4), 0.3)}, "each row with the sum 1"),
            ({"labels": np.full((3, 4), np.nan)}, "each row with the sum 1"),
        ]:
            with pytest.raises(ValueError, match=message):
                layer.forward(x, given=told)
        with pytest.raises(ValueError, match="expected a float32 or float64 array"):
            layer.forward(np.ones((3, 4), int), given={"labels": np.zeros(3, int)})
        y, cache = layer.forward(x, given={"labels": np.zeros(3, int)})
        with pytest.raises(ValueError, match="expected dy with the shape of y"):
            layer.backward(np.ones((3, 7)), cache)
        with pytest.raises(ValueError, match=r"expected ddx with the shape of x and dx, \(3, 4\)"):
            layer.double_backward(np.ones((3, 3)), y, cache)
    with pytest.raises(ValueError, match="AtLabel was made for 4 classes, got an input of shape.*must give 4"):
        AtLabel(4).forward(np.ones((3, 5)), given={"labels": np.zeros(3, int)})
    with pytest.raises(ValueError, match="layer 'joint': layer 'label': Embedding needs labels"):
        joint(rng).forward(np.ones((3, 3)))


def test_a_cache_of_other_parameters_is_refused(rng):
    layer = Embedding(3, 2, rng=rng)
    y, cache = layer.forward(np.ones((1, 1)), given={"labels": np.array([0])})
    copy.deepcopy(layer).backward(y, cache)
    layer.params["w"] += 1
    with pytest.raises(StaleCacheError):
        layer.backward(y, cache)
