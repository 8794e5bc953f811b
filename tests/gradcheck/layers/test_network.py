"""check_network names the layer that is wrong; and where all are right, the mistake in the loop."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer, check_network
from minigan.gradcheck.layers.check import first
from minigan.layers import BatchNorm, Dense, Dropout, Layer, Sequential, Tanh


class WrongTanh(Tanh):
    def backward(self, dy, cache):
        (y,) = self.unseal(cache)
        return (1 - y) * dy, {}


class Backwards(Sequential):
    """Each layer is right; the network's backward leaves the last one out."""

    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        return 2 * dx, grads


def layers(activation):
    rng = np.random.default_rng(0)
    return [Dense(3, 4, rng=rng), BatchNorm(4), ("curve", activation), Dense(4, 2, rng=rng)]


def test_a_right_network_passes():
    report = check_network(Sequential(*layers(Tanh())), input_shape=(5, 3))
    assert report.ok and "dense1.w" in report.errors, report


def test_the_wrong_layer_is_named_and_no_other():
    report = check_network(Sequential(*layers(WrongTanh())), input_shape=(5, 3))
    assert [finding.where for finding in report.findings] == ["curve: dx"], report


def test_where_all_layers_are_right_the_network_is_wrong():
    report = check_network(Backwards(*layers(Tanh())), input_shape=(5, 3))
    assert [(finding.where, finding.cause) for finding in report.findings] == [("dx", "factor")], report


def test_without_an_input_it_takes_what_its_first_layer_takes():
    report = check_network(Sequential(*layers(Tanh())))
    assert report.ok and report.errors.keys() >= {"dx", "dense1.w"}, report


class Chain(Sequential):
    """A loop over the layers, with room for a mistake."""

    def pull(self, links, dy):
        grads = {}
        for (name, layer), cache in links:
            dy, own = layer.backward(dy, cache)
            grads |= {f"{name}.{key}": g for key, g in own.items()}
        return dy, grads

    def backward(self, dy, cache):
        return self.pull(list(zip(self.layers.items(), cache, strict=True))[::-1], dy)


class Skips(Chain):
    def backward(self, dy, cache):
        links = list(zip(self.layers.items(), cache, strict=True))[::-1]
        return self.pull([link for link in links if link[0][0] != "curve"], dy)


class Forwards(Chain):
    def backward(self, dy, cache):
        return self.pull(list(zip(self.layers.items(), cache, strict=True)), dy)


class SameDy(Chain):
    def pull(self, links, dy):
        grads = {}
        for (name, layer), cache in links:
            dx, own = layer.backward(dy, cache)
            grads |= {f"{name}.{key}": g for key, g in own.items()}
        return dx, grads


class Misnamed(Chain):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        grads["one.w"], grads["two.w"] = grads["two.w"], grads["one.w"]
        return dx, grads


class Early(Chain):
    def backward(self, dy, cache):
        (name, layer), last = list(zip(self.layers.items(), cache, strict=True))[-1]
        return layer.backward(dy, last)[0], super().backward(dy, cache)[1]


class Bent(Chain):
    def pull(self, links, dy):
        dx, grads = super().pull(links[:2], dy)
        dx, more = super().pull(links[2:], np.sin(dx))
        return dx, grads | more


def chain():
    rng = np.random.default_rng(0)
    return [("one", Dense(3, 3, rng=rng)), ("curve", Tanh()), ("drop", Dropout(0.3, rng=rng)),
            ("two", Dense(3, 3, rng=rng)), ("bent", Tanh())]  # fmt: skip


@pytest.mark.parametrize("kind, cause, said", [
    (Skips, "layer-skipped", "'curve'"),
    (Forwards, "forward-order", "reversed"),
    (SameDy, "dy-not-handed-on", "dy = layer.backward"),
    (Misnamed, "gradients-misnamed", "'two.w'"),
    (Early, "dx-of-another-layer", "'two'"),
    (Bent, "chain-broken", "right: two; wrong from 'one'"),
])  # fmt: skip
def test_wrong_loops(kind, cause, said):
    report = check_network(kind(*chain()), input_shape=(5, 3))
    assert {finding.cause for finding in report.findings} == {cause}, report
    assert said in report.findings[0].hint + report.findings[0].evidence


def test_the_right_loop_passes():
    assert check_network(Chain(*chain()), input_shape=(5, 3)).ok


class WithASkip(Chain):
    """Not a chain: x is added to the output, and forgotten in dx."""

    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return y + x, cache


def test_what_is_no_chain_is_left_to_the_other_explanations():
    report = check_network(WithASkip(*chain()), input_shape=(5, 3))
    assert {finding.where for finding in report.findings} == {"dx"}
    assert not {finding.cause for finding in report.findings} & {"chain-broken", "layer-skipped"}


class Beside(Sequential):
    """Not a chain: the layers stand side by side, and their outputs add up."""

    def forward(self, x, training=True):
        results = [layer.apply(x, training) for layer in self.layers.values()]
        return sum(y for y, _ in results), [cache for _, cache in results]

    def backward(self, dy, cache, param_grads=True, input_grad=True):
        found = {
            name: layer.pull_back(dy, kept) for (name, layer), kept in zip(self.layers.items(), cache, strict=True)
        }
        grads = {f"{name}.{key}": g for name, (_, own) in found.items() for key, g in own.items()}
        return sum(dx for dx, _ in found.values()), grads


def branches(activation):
    rng = np.random.default_rng(0)
    body = Sequential(("in", Dense(3, 4, rng=rng)), ("curve", activation), ("out", Dense(4, 3, rng=rng)))
    return Sequential(("first", Dense(3, 3, rng=rng)), ("sum", Beside(("body", body), ("skip", Tanh()))))


def test_a_network_with_branches_passes():
    assert check_network(branches(Tanh()), input_shape=(5, 3)).ok


def test_the_wrong_layer_deep_in_a_branch_is_named():
    report = check_network(branches(WrongTanh()), input_shape=(5, 3))
    assert [finding.where for finding in report.findings] == ["sum: body: curve: dx"], report


def test_a_wrong_loop_deep_in_a_branch_is_named():
    network = Sequential(("sum", Beside(("body", Skips(*chain())), ("skip", Tanh()))))
    report = check_network(network, input_shape=(5, 3))
    assert {finding.cause for finding in report.findings} == {"layer-skipped"}, report
    assert all(finding.where.startswith("sum: body: ") for finding in report.findings)


class Scaled(Layer):
    """y = x table[label]: a layer that is told labels."""

    def __init__(self, factor=1):
        self.params, self.factor = {"table": np.arange(1.0, 7.0).reshape(2, 3)}, factor

    def forward(self, x, training=True, given=None):
        labels = given["labels"]
        return x * self.params["table"][labels], (x, labels)

    def backward(self, dy, cache):
        x, labels = cache
        table = np.zeros_like(self.params["table"])
        np.add.at(table, labels, self.factor * dy * x)
        return dy * self.params["table"][labels], {"table": table}


LABELS = {"labels": np.array([0, 1, 1, 0, 1])}


class Told(Sequential):
    """A chain that hands on what it is given."""

    def forward(self, x, training=True, given=None):
        caches = []
        for layer in self.layers.values():
            x, cache = layer.forward(x, training, given) if isinstance(layer, Scaled) else layer.apply(x, training)
            caches.append(cache)
        return x, caches


def test_layers_that_are_told_labels():
    assert check_layer(Scaled(), input_shape=(5, 3), given=LABELS).ok
    (finding,) = check_layer(Scaled(2), input_shape=(5, 3), given=LABELS).findings
    assert (finding.where, finding.cause) == ("table", "factor")
    assert check_network(Told(Dense(3, 3), Scaled()), input_shape=(5, 3), given=LABELS).ok
    report = check_network(Told(Dense(3, 3), ("scaled", Scaled(2))), input_shape=(5, 3), given=LABELS)
    assert [finding.where for finding in report.findings] == ["scaled: table"], report


def test_of_a_part_of_x_as_much_is_told():
    told = first(LABELS | {"temperature": 2.0}, 3, 5)
    assert told["labels"].tolist() == [0, 1, 1] and told["temperature"] == 2.0 and first(None, 3, 5) is None
    assert first(LABELS, 5, 5)["labels"].tolist() == [0, 1, 1, 0, 1]


def test_what_is_given_must_fit():
    with pytest.raises(
        ValueError, match="given\\['labels'\\] must have one entry for each of the 4 samples of x, got 5"
    ):
        check_layer(Scaled(), input_shape=(4, 3), given=LABELS)
    with pytest.raises(ValueError, match="Tanh.forward takes no given, got .'labels'."):
        check_layer(Tanh(), input_shape=(5, 3), given=LABELS)
