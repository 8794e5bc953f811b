"""Sequential: names, live views of the parameters, the summary table, errors that name the layer."""

import numpy as np
import pytest

from minigan.layers import BatchNorm, Conv2D, Dense, Flatten, Layer, LeakyReLU, Sequential, total_flop
from minigan.optim import SGD


def test_names_and_views(rng):
    net = Sequential(("first", Dense(2, 3, rng=rng)), LeakyReLU(), Dense(3, 1, rng=rng), BatchNorm(1))
    assert list(net.layers) == ["first", "leakyrelu1", "dense2", "batchnorm1"]
    assert list(net.params) == ["first.w", "first.b", "dense2.w", "dense2.b", "batchnorm1.gamma", "batchnorm1.beta"]
    assert list(net.state) == ["batchnorm1.mean", "batchnorm1.var"]
    net.params["first.w"] -= 1.0  # in place, as an optimizer written by hand would
    assert net.params["first.w"] is net.layers["first"].params["w"]
    net.params["first.w"] = np.zeros((2, 3))  # and replaced: the layer's own is
    assert net.layers["first"].params["w"].sum() == 0
    with pytest.raises(KeyError, match="no such array"):
        net.params["first.gamma"]
    with pytest.raises(TypeError):
        del net.params["first.w"]


def test_a_network_inside_a_network(rng):
    net = Sequential(("inner", Sequential(Dense(2, 3, rng=rng), LeakyReLU())), Dense(3, 1, rng=rng))
    assert "inner.dense1.w" in net.params
    y, cache = net.forward(rng.standard_normal((4, 2)))
    assert net.backward(y, cache)[1].keys() == net.params.keys()


class WatchedDense(Dense):
    def backward(self, dy, cache, param_grads=True, input_grad=True):
        self.asked = input_grad
        return super().backward(dy, cache, param_grads, input_grad)


def test_without_input_grad_the_way_back_ends_at_the_first_layer_that_learns(rng, monkeypatch):
    first, asked, backward = WatchedDense(2, 3, rng=rng), [], LeakyReLU.backward
    monkeypatch.setattr(LeakyReLU, "backward", lambda self, *args, **kw: (asked.append(self), backward(self, *args))[1])
    before, inside, between = LeakyReLU(), LeakyReLU(), LeakyReLU()
    net = Sequential(before, Sequential(inside, first), between, Dense(3, 1, rng=rng))
    y, cache = net.forward(rng.standard_normal((4, 2)))
    dx, want = net.backward(y, cache)
    assert asked == [between, inside, before] and first.asked and dx.shape == (4, 2)
    nothing, grads = net.backward(y, cache, input_grad=False)
    assert asked[3:] == [between] and not first.asked and nothing is None
    assert grads.keys() == want.keys() == net.params.keys()
    for key in want:
        np.testing.assert_array_equal(grads[key], want[key])


class Forgetful(Layer):
    """x s. It has not told anyone that s is to be trained."""

    def __init__(self):
        self.s = 2.0

    def forward(self, x, training=True):
        return x * self.s, x

    def backward(self, dy, cache, param_grads=True):
        return dy * self.s, {"s": np.sum(dy * cache)}


def test_the_gradient_of_a_forgotten_parameter_is_not_lost_in_silence(rng):
    net = Sequential(("scale", Forgetful()), Dense(2, 1, rng=rng))
    y, cache = net.forward(rng.standard_normal((4, 2)))
    _, grads = net.backward(y, cache, input_grad=False)
    with pytest.raises(ValueError, match=r"scale\.s"):
        SGD(net.params).step(grads)


def test_one_named_layer_and_a_list_of_layers():
    assert list(Sequential(("hidden", Dense(2, 3))).layers) == ["hidden"]
    assert list(Sequential([("hidden", Dense(2, 3)), LeakyReLU()]).layers) == ["hidden", "leakyrelu1"]


def test_summary():
    net = Sequential(("conv", Conv2D(1, 8, 5, stride=2)), LeakyReLU(), Flatten(), ("logit", Dense(8 * 4 * 3, 1)))
    lines = net.summary((8, 6, 1)).splitlines()
    assert lines[2].split() == ["conv", "Conv2D", "4", "x", "3", "x", "8", "208", "0.00"]
    assert lines[-1].split() == ["total", "305", "0.00"]
    assert total_flop(net, (8, 6, 1)) == 2 * 4 * 3 * 5 * 5 * 8 + 2 * 96


def test_refused():
    with pytest.raises(ValueError, match="layer names must differ"):
        Sequential(("a", LeakyReLU()), ("a", LeakyReLU()))
    with pytest.raises(ValueError, match="expected layers"):
        Sequential(LeakyReLU)
    same = Dense(2, 2)
    with pytest.raises(ValueError, match="'dense2' is in this network already"):
        Sequential(same, same)
    with pytest.raises(ValueError, match="at least one layer"):
        Sequential()
    with pytest.raises(ValueError, match="layer 'logit': Dense was made for 3 features"):
        Sequential(Flatten(), ("logit", Dense(3, 1))).forward(np.zeros((2, 2, 2, 1)))
    with pytest.raises(ValueError, match="expected the cache"):
        Sequential(Flatten()).backward(np.zeros((2, 2)), None)


def test_split_shares_the_layers():
    net = Sequential(("a", Dense(3, 4)), LeakyReLU(), ("b", Dense(4, 2)))
    lower, upper = net.split("b")
    assert list(lower.layers) == ["a", "leakyrelu1"] and list(upper.layers) == ["b"]
    assert lower.params["a.w"] is net.params["a.w"] and upper.params["b.w"] is net.params["b.w"]
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(upper.forward(lower.forward(x)[0])[0], net.forward(x)[0])


@pytest.mark.parametrize("name", ["a", "nowhere"])
def test_split_needs_layers_before(name):
    with pytest.raises(ValueError, match="has layers before it"):
        Sequential(("a", Dense(3, 4)), ("b", Dense(4, 2))).split(name)
