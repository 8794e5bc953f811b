"""check_network names the layer that is wrong."""

import numpy as np

from minigan.gradcheck import check_network
from minigan.layers import BatchNorm, Dense, Sequential, Tanh


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
