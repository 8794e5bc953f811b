"""Right layers in a wrong loop: the chain rule's mistakes are named."""

import numpy as np
import pytest

from minigan.gradcheck import check_network
from minigan.layers import Dense, Dropout, Sequential, Tanh


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


def layers():
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
    report = check_network(kind(*layers()), input_shape=(5, 3))
    assert {finding.cause for finding in report.findings} == {cause}, report
    assert said in report.findings[0].hint + report.findings[0].evidence


def test_the_right_loop_passes():
    assert check_network(Chain(*layers()), input_shape=(5, 3)).ok


class WithASkip(Chain):
    """Not a chain: x is added to the output, and forgotten in dx."""

    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return y + x, cache


def test_what_is_no_chain_is_left_to_the_other_explanations():
    report = check_network(WithASkip(*layers()), input_shape=(5, 3))
    assert {finding.where for finding in report.findings} == {"dx"}
    assert not {finding.cause for finding in report.findings} & {"chain-broken", "layer-skipped"}
