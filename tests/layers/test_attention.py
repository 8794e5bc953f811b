"""Attend and self_attention: gradients, values worked out by hand, and how tools see them."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import kernels
from minigan.gan import d_step
from minigan.gradcheck import check_layer, check_network
from minigan.layers import (
    Attend,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool2D,
    Sequential,
    SpectralNorm,
    StaleCacheError,
    SumPool,
    Tanh,
    flop,
    self_attention,
    spectral_normalised,
    summary,
    total_flop,
)
from minigan.losses import NonSaturating
from minigan.optim import Adam
from minigan.penalties import R1
from minigan.penalties.gradient import check_discriminator
from minigan.penalties.joint import has_rules
from minigan.unrolled import check_unrolled

number = st.integers


def attend(rng, c_in=2, d=3, c_out=4, size=(2, 3), bias=True):
    def conv(channels, kernel):
        return Conv2D(c_in, channels, kernel, bias=bias, rng=rng)

    return Attend(
        query=conv(d, 1),
        key=Sequential(conv(d, (2, 1)), MaxPool2D(size)),
        value=Sequential(conv(c_out, 1), Tanh(), MaxPool2D(size)),
    )


def discriminator(rng):
    return Sequential(
        Conv2D(1, 8, 3, stride=2, rng=rng), LeakyReLU(0.2), ("attention", self_attention(8, rng=rng)),
        SumPool(), ("logit", Dense(8, 1, rng=rng)),
    )  # fmt: skip


@given(
    shape=st.tuples(number(2, 3), number(1, 4), number(1, 4)), c_in=number(1, 2), d=number(1, 3), c_out=number(1, 3),
    size=st.tuples(number(1, 3), number(1, 3)), bias=st.booleans(), seed=number(0, 99),
)  # fmt: skip
def test_gradients(shape, c_in, d, c_out, size, bias, seed):
    rng = np.random.default_rng(seed)
    layer = attend(rng, c_in, d, c_out, size, bias)
    report = check_layer(layer, input_shape=(*shape, c_in), rng=rng)
    assert report.ok and report.errors.keys() == {"dx", *layer.params}, report
    assert layer.output_shape((*shape[1:], c_in)) == (*shape[1:], c_out)


@given(shape=st.tuples(number(2, 3), number(1, 4), number(1, 4)), channels=st.sampled_from([1, 3, 4]),
       pool=st.booleans(), training=st.booleans(), seed=number(0, 99))  # fmt: skip
def test_gradients_of_self_attention(shape, channels, pool, training, seed):
    rng = np.random.default_rng(seed)
    network = self_attention(channels, pool=pool, rng=rng)
    report = check_layer(network, input_shape=(*shape, channels), rng=rng, training=training)
    assert report.ok, report


def test_every_layer_inside_is_right_and_handed_on_rightly(rng):
    network = spectral_normalised(self_attention(8, rng=rng), rng=rng)
    for layer in (network.layers["attention"].layers["attend"], self_attention(8, rng=rng)):
        assert (report := check_network(layer, input_shape=(3, 5, 4, 8), rng=rng, training=False)).ok, report


class Place(Layer):
    """The map itself: what each place holds."""

    per_sample = parameter_free = True

    def forward(self, x, training=True):
        return x, x.shape

    def backward(self, dy, cache):
        return dy, {}


def test_by_hand():
    """One row of places with one number each: q = k = v = x, so a[i, j] = exp(x_i x_j) / sum_j exp(x_i x_j)."""
    x = np.array([0.0, 1.0, 2.0]).reshape(1, 1, 3, 1)
    y, _ = Attend(query=Place(), key=Place(), value=Place()).forward(x)
    rows = [np.array([1.0, 1, 1]), np.exp([0.0, 1, 2]), np.exp([0.0, 2, 4])]
    np.testing.assert_allclose(y.ravel(), [(row * [0, 1, 2]).sum() / row.sum() for row in rows], rtol=1e-14)


def test_a_query_of_zeros_takes_the_mean_of_all_values(rng):
    layer = attend(rng).astype(np.float64)
    layer.params["query.w"][...] = 0
    x = rng.standard_normal((3, 5, 4, 2))
    values, _ = layer.layers["value"].forward(x)
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y, np.broadcast_to(values.mean(axis=(1, 2))[:, None, None], y.shape), rtol=1e-12)


def test_a_far_place_is_seen(rng):
    """Every place of y depends on every place of x, which no convolution of this kernel gives."""
    layer, x = attend(rng, size=(1, 1)).astype(np.float64), rng.standard_normal((1, 9, 8, 2))
    y, _ = layer.forward(x)
    x[0, 0, 0] += 1
    assert (np.abs(layer.forward(x)[0] - y).max(axis=3) > 0).all()


def test_self_attention_begins_as_the_identity_and_learns(rng):
    network, x = self_attention(16, rng=rng), rng.standard_normal((2, 7, 6, 16)).astype(np.float32)
    shapes = {key: p.shape for key, p in network.params.items()}
    assert shapes == {
        "attention.attend.query.w": (1, 1, 16, 2),
        "attention.attend.key.conv.w": (1, 1, 16, 2),
        "attention.attend.value.conv.w": (1, 1, 16, 8),
        "attention.out.w": (1, 1, 8, 16),
        "attention.gain.g": (1,),
    }
    y, cache = network.forward(x)
    np.testing.assert_array_equal(y, x)
    _, grads = network.backward(y, cache)
    assert {key for key, g in grads.items() if np.any(g)} == {"attention.gain.g"}
    optimizer = Adam(network.params, lr=0.1)
    optimizer.step(grads)
    y, cache = network.forward(x)
    _, grads = network.backward(y, cache)
    assert all(np.any(g) for g in grads.values()) and not np.array_equal(y, x)


def test_few_channels_and_no_pool(rng):
    one = self_attention(3, pool=False, init="he", rng=rng)
    assert one.params["attention.attend.key.w"].shape == one.params["attention.attend.value.w"].shape == (1, 1, 3, 1)
    again = self_attention(3, pool=False, init="he", rng=np.random.default_rng(5))
    for key, p in self_attention(3, pool=False, init="he", rng=np.random.default_rng(5)).params.items():
        np.testing.assert_array_equal(p, again.params[key])


def test_spectral_norm_goes_inside(rng):
    network = discriminator(rng)
    normed = spectral_normalised(network, rng=rng)
    assert normed.params.keys() == network.params.keys()
    inside = {name: layer for name, layer in normed.leaves() if name.startswith("attention")}
    wrapped = {name for name, layer in inside.items() if isinstance(layer, SpectralNorm)}
    branch = "attention.attention"
    assert wrapped == {f"{branch}.{key}" for key in ("attend.query", "attend.key.conv", "attend.value.conv", "out")}
    assert "attention.attention.attend.query.u" in normed.state
    x = rng.standard_normal((3, 7, 6, 1)).astype(np.float32)
    y, cache = normed.forward(x)
    dx, grads = normed.backward(y, cache)
    assert dx.shape == x.shape and grads.keys() == normed.params.keys()
    assert isinstance(network.layers["attention"].layers["attention"].layers["attend"].layers["query"], Conv2D)


def test_a_layer_inside_may_become_several(rng):
    layer, x = attend(rng), rng.standard_normal((2, 5, 4, 2)).astype(np.float32)

    def change(name, leaf):
        own = name.rpartition(".")[2]
        return [(own, leaf), (f"{own} again", Place())]

    doubled = layer.rebuilt(change)
    np.testing.assert_array_equal(doubled.forward(x)[0], layer.forward(x)[0])
    assert "query.query.w" in doubled.params and "query.w" in layer.params


def test_tools_see_what_is_inside_and_the_weights(rng):
    layer, x = attend(rng), rng.standard_normal((2, 5, 4, 2)).astype(np.float32)
    names = ["query", "key.conv2d1", "key.maxpool2d1", "value.conv2d1", "value.tanh1", "value.maxpool2d1"]
    assert [name for name, _ in layer.leaves()] == names
    *_, last = visits = list(layer.walk(x))
    assert [visit.name for visit in visits] == [*names, "weights"]
    np.testing.assert_array_equal(last.y, layer.forward(x, training=False)[0])
    P, M, d, c = 20, 3 * 2, 3, 4
    assert flop(last.layer, last.x.shape[1:], last.y.shape[1:]) == 2 * P * M * (d + c)
    convolutions = 2 * 20 * sum(layer.params[key].size for key in layer.params if key.endswith("w"))
    assert total_flop(layer, (5, 4, 2)) == convolutions + 2 * P * M * (d + c)
    assert "weights" in summary(layer, (5, 4, 2)) and "attention.attend.weights" in summary(
        self_attention(4, rng=rng), (5, 4, 4)
    )


def test_plain_kernels_give_the_same(rng):
    layer, x = attend(rng).astype(np.float64), rng.standard_normal((2, 3, 4, 2))
    y, cache = layer.forward(x)
    dx, grads = layer.backward(y, cache)
    with kernels.use("plain"):
        plain_y, cache = layer.forward(x)
        plain_dx, plain_grads = layer.backward(y, cache)
    for one, two in [(y, plain_y), (dx, plain_dx), *((grads[key], plain_grads[key]) for key in grads)]:
        np.testing.assert_allclose(one, two, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_promises_of_a_layer(rng, dtype):
    layer, x = attend(rng).astype(dtype), rng.standard_normal((3, 5, 4, 2)).astype(dtype)
    assert layer.per_sample and not layer.parameter_free
    y, cache = layer.forward(x)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx, grads = layer.backward(dy, cache)
    assert y.dtype == dx.dtype == dtype and all(g.dtype == dtype for g in grads.values())
    layer.forward(x[::-1].copy())
    again, more = layer.backward(dy, cache)
    np.testing.assert_array_equal(dx, again)
    assert all(np.array_equal(grads[key], more[key]) for key in grads)
    np.testing.assert_array_equal(layer.input_grad(dy, cache), dx)
    assert layer.pull_back(dy, cache, input_grad=False)[0] is None
    np.testing.assert_allclose(layer.forward(x[1:2])[0], y[1:2], rtol=1e-4 if dtype == np.float32 else 1e-10)
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        layer.backward(dy[1:], cache)
    layer.params["key.conv2d1.w"].flat[0] += 1
    with pytest.raises(StaleCacheError, match="parameters of this Attend changed"):
        layer.backward(dy, cache)


def test_conditions_reach_the_networks_inside(rng):
    class Told(Conv2D):
        per_sample = True

        def forward(self, x, training=True, given=None):
            self.seen = given
            return super().forward(x, training)

    layers = {key: Told(2, 2, 1, rng=rng) for key in ("query", "key", "value")}
    layer, given, x = Attend(**layers), {"labels": np.array([1, 0])}, np.ones((2, 3, 4, 2), np.float32)
    layer.apply(x, given=given)
    assert all(one.seen is given for one in layers.values()) and layer.hand_on(given) is given
    list(layer.walk(x, given={}))
    assert all(one.seen == {} for one in layers.values())


def test_a_gradient_penalty_is_refused_with_the_reason(rng):
    """D's other layers are linear, and so are all that Attend is made of: the softmax between them is not."""
    D = discriminator(rng)
    why = "layer 'attention.attention.attend': Attend has no double_backward; the softmax.*--spectral-norm"
    assert dict(D.linear_parts()).keys() >= {"attention.attention.attend", "attention.attention.gain", "logit"}
    with pytest.raises(ValueError, match=why):
        check_discriminator(D)
    assert not has_rules(D)
    optimizer, x = Adam(D.params), rng.standard_normal((4, 7, 6, 1)).astype(np.float32)
    G = Sequential(Conv2D(1, 1, 3, rng=rng))
    with pytest.raises(ValueError, match=why):
        d_step(G, D, NonSaturating(), optimizer, x, x, penalties=[R1(1.0)])
    y, cache = D.forward(x)
    with pytest.raises(NotImplementedError, match="layer 'attend': Attend has no double_backward; the softmax"):
        D.double_backward(x, y, cache)


def test_the_unrolled_game_refuses_it(rng):
    """A D of nothing else: query, key and value are convolutions, which can be unrolled."""
    D = Sequential(Attend(**{key: Conv2D(1, 2, 1, rng=rng) for key in ("query", "key", "value")}), Flatten(),
                   Dense(24, 1, rng=rng))  # fmt: skip
    with pytest.raises(ValueError, match="layer 'attend1' is Attend"):
        check_unrolled(D, NonSaturating(), Adam(D.params), 3)


def test_what_does_not_fit_is_refused(rng):
    def conv(channels, **options):
        return Conv2D(2, channels, 1, **options, rng=rng)

    x = np.ones((2, 5, 4, 2), np.float32)
    for layers in (
        {"query": conv(3), "key": conv(2), "value": conv(3)},
        {"query": conv(3), "key": conv(3, stride=2), "value": conv(3)},
        {"query": Sequential(conv(3), Flatten()), "key": conv(3), "value": conv(3)},
    ):
        with pytest.raises(ValueError, match="Attend expected a query.*give query and key as many channels"):
            Attend(**layers).forward(x)
    with pytest.raises(ValueError, match="layer 'query': Conv2D was made for 2 channels"):
        attend(rng).forward(np.ones((2, 5, 4, 3), np.float32))
    with pytest.raises(ValueError, match="is in this network already"):
        shared = conv(3)
        Attend(query=shared, key=shared, value=conv(2))
    with pytest.raises(ValueError, match="channels must be a whole number of at least 1, got 0"):
        self_attention(0)
    assert copy.deepcopy(attend(rng)).output_shape((5, 4, 2)) == (5, 4, 4)
