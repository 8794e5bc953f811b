"""The description of minigan's networks for PyTorch. That the twins built from it are numerically the same networks is
shown in test_game.py."""

import numpy as np
import pytest

from minigan.bench.torch import twin as torch_twin
from minigan.layers import (
    AveragePool2D,
    Concat,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    Maxout,
    Reshape,
    Sequential,
    Sigmoid,
    Sum,
)
from minigan.models import dcgan

Z, SHAPES = 5, {"g_widths": (6, 4), "d_widths": (4, 6)}


def test_the_twin_keeps_its_own_weights(rng):
    """Describing copies: the two are trained side by side."""
    G, _ = dcgan(8, z_dim=Z, **SHAPES, rng=rng)
    parts = torch_twin.describe(G, (Z,))
    for part in parts:
        for array in part["arrays"].values():
            assert not any(np.shares_memory(array, own) for own in (*G.params.values(), *G.state.values()))


@pytest.mark.parametrize(
    "layer, message",
    [
        (Dropout(0.5), "no PyTorch twin"),
        (Sigmoid(), "no PyTorch twin"),
        (Conv2D(1, 1, 3, stride=3, padding=((1, 0), (1, 0))), "not symmetric"),
        (Conv2D(1, 1, 3, padding=((1, 0), (0, 1))), "not symmetric"),
        (Conv2DTranspose(1, 1, 4, stride=1), "not symmetric"),
        (Conv2DTranspose(1, 1, 2, stride=3), "not symmetric"),
        (AveragePool2D((7, 2)), "last blocks of less than half their size"),
    ],
)
def test_what_has_no_twin_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        torch_twin.describe(Sequential(("layer", layer)), (8, 8, 1))


def dense(rng, *sizes):
    """Dense layers one after the other."""
    return Sequential(*(Dense(n_in, n_out, rng=rng) for n_in, n_out in zip(sizes, sizes[1:], strict=False)))


@pytest.mark.parametrize(
    "network, message",
    [
        (lambda rng: Sequential(Dense(5, 24, rng=rng), Maxout(2), Reshape(2, 2, 3)), "features become an image"),
        (lambda rng: Sequential(Reshape(1, 1, 5), Reshape(5)), "only a Reshape from a vector"),
        (lambda rng: Sequential(Dense(5, 6, rng=rng), Concat(Identity(), Dense(6, 6)), Reshape(2, 2, 3)), "an image"),
    ],
)
def test_features_that_become_an_image_in_an_order_of_ours_are_refused(network, message, rng):
    with pytest.raises(ValueError, match=message):
        torch_twin.describe(network(rng), (5,))


def test_an_image_at_the_input_is_refused(rng):
    with pytest.raises(ValueError, match="layer 'first': features become an image"):
        torch_twin.describe(Sequential(("first", Reshape(2, 2, 3))), (12,))


@pytest.mark.parametrize(
    "layer, message",
    [
        (Maxout(2), "features of an image go into a Maxout"),
        (Sum(Identity(), Sequential(LeakyReLU(), Maxout(2), Dense(6, 12))), "features of an image go into a Maxout"),
    ],
)
def test_features_of_an_image_that_are_put_together_are_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        torch_twin.describe(Sequential(Flatten(), layer), (2, 2, 3))


def test_a_sum_of_several_orders_is_refused(rng):
    inner = Sequential(Dense(12, 12, rng=rng), Reshape(2, 2, 3), Flatten())
    network = Sequential(("sum", Sum(Dense(12, 12, rng=rng), inner)), Dense(12, 1, rng=rng))
    with pytest.raises(ValueError, match="layer 'sum': a Sum of features in several orders"):
        torch_twin.describe(network, (12,))


def test_two_modules_of_one_name_are_refused(rng):
    network = Sequential(("a", Dense(2, 3, slope=0.2, rng=rng)), ("a_leaky", Dense(3, 1, rng=rng)))
    with pytest.raises(ValueError, match="two modules of the name 'a_leaky'"):
        torch_twin.describe(network, (2,))


def test_the_modules_of_a_network_with_branches(rng):
    body = Sequential(LeakyReLU(0.1), ("conv", Conv2D(2, 2, 3, slope=0.2)), LeakyReLU(0.3))
    network = Sequential(("first", Conv2D(1, 2, 1)), ("block", Sum(("body", body), ("skip", Identity()))), LeakyReLU())
    described = torch_twin.describe(network, (4, 4, 1))
    assert {part["name"]: part["kind"] for part in described} == {
        "first": "Conv2d", "block": "Sum", "block.body": "Sequential", "block.body.leakyrelu1": "LeakyReLU",
        "block.body.conv": "Conv2d", "block.body.conv_leaky": "LeakyReLU", "block.body.leakyrelu2": "LeakyReLU",
        "block.skip": "Sequential", "block.skip.network": "Identity", "leakyrelu1": "LeakyReLU",
    }  # fmt: skip
    in_place = {part["name"]: part["options"]["inplace"] for part in described if part["kind"] == "LeakyReLU"}
    assert in_place == {
        "block.body.leakyrelu1": False,  # the skip reads the same array
        "block.body.conv_leaky": True,
        "block.body.leakyrelu2": False,  # the backward pass of the one before reads what came out of it
        "leakyrelu1": True,
    }
