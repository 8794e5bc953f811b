"""How the label reaches the two players: `--conditional NAME`, for the networks of any preset.

    concat       both get the label as a further input (Mirza & Osindero 2014, arXiv:1411.1784)
    auxiliary    G's batch norms get it; D is not told, and has to say it (AC-GAN: Odena et al. 2017, arXiv:1610.09585)
    projection   G's batch norms scale and shift by class; D's logit is a sum of "real" and "of this class"
                 (Miyato & Koyama 2018, arXiv:1802.05637)

A network whose author has seen to the labels stays as it is, such as G of the preset resnet-small with
--shared-embedding.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minigan.layers import (
    AtLabel,
    BatchNorm,
    ConditionalBatchNorm,
    Dense,
    Embedding,
    Layer,
    LeakyReLU,
    Sequential,
    Sum,
)
from minigan.losses import AuxiliaryClassifier, Loss
from minigan.models.variants import with_other_end, with_other_start

JOINT = 128  # units of D's layer that sees features and label together


def takes_labels(network: Layer) -> bool:
    """Whether a layer of the network takes labels, or what is made of them, beside x."""
    return any("given" in layer.takes and layer.reads == "labels" for _, layer in network.leaves())


def told_by_sum(G: Layer, classes: int, rng: np.random.Generator | None) -> Layer:
    """G whose first Dense layer also sees the label: as a one-hot row beside the noise (`Embedding`). Its weights begin
    as large as those for the noise: with larger ones G forgets the noise, and draws one picture of each class."""

    def start(name: str, first: Dense) -> list:
        plain, slope = copy.copy(first), first.slope
        plain.slope = 1.0  # the rectifier follows the sum
        told = Sum(("noise", plain), ("label", Embedding(classes, first.n_out, scale=first.params["w"].std(), rng=rng)))
        return [(name, told)] + ([(f"{name}_slope", LeakyReLU(slope))] if slope != 1 else [])

    return with_other_start(G, start)


def told_by_norm(G: Layer, classes: int, rng: np.random.Generator | None) -> Layer:
    """G with `ConditionalBatchNorm` in place of each BatchNorm; one that has none is told by a sum."""
    if not any(type(layer) is BatchNorm for _, layer in G.leaves()):
        return told_by_sum(G, classes, rng)

    def change(name: str, layer: Layer) -> Layer:
        if type(layer) is not BatchNorm:
            return layer
        return ConditionalBatchNorm(
            layer.channels, classes, momentum=layer.momentum, eps=layer.eps, slope=layer.slope
        )  # fmt: skip

    return G.rebuilt(change)


def judging_jointly(D: Layer, classes: int, rng: np.random.Generator | None) -> Layer:
    """D with one layer more, which sees the features and the label together. The label's weights begin normal, far
    larger than those of the many features: with smaller ones D overlooks it for hundreds of steps."""

    def end(name: str, last: Dense) -> list:
        joint = Sum(("features", Dense(last.n_in, JOINT, rng=rng)), ("label", Embedding(classes, JOINT, rng=rng)))
        return [("joint", joint), ("joint_slope", LeakyReLU(0.2)), (name, Dense(JOINT, 1, rng=rng))]

    return with_other_end(D, end)


def naming_the_class(D: Layer, classes: int, rng: np.random.Generator | None) -> Layer:
    """D with a score for each class beside the logit: (N, 1 + classes)."""
    return with_other_end(D, lambda name, last: [(name, Dense(last.n_in, 1 + classes, rng=rng))])


def projecting(D: Layer, classes: int, rng: np.random.Generator | None) -> Layer:
    """D whose logit is that of "real" and the projection of the features on the class (see `AtLabel`)."""

    def end(name: str, last: Dense) -> list:
        scores = Dense(last.n_in, classes, bias=False, rng=rng)
        return [(name, Sum(("real", last), ("class", Sequential(("scores", scores), ("own", AtLabel(classes))))))]

    return with_other_end(D, end)


def as_it_is(made: object, classes: int, rng: np.random.Generator | None = None) -> object:
    """Nothing changes."""
    return made


def with_classes(loss: Loss, classes: int) -> Loss:
    """The game of `loss`, and the classes."""
    return AuxiliaryClassifier(loss, classes)


class Conditional(NamedTuple):
    """One way. G, D: functions (network, classes, rng) -> the network that is told. loss: function (loss, classes)."""

    G: Callable = as_it_is
    D: Callable = as_it_is
    loss: Callable = as_it_is

    def told(self, G: Layer, D: Layer, classes: int, rng: np.random.Generator | None) -> tuple[Layer, Layer]:
        """Both players. A network that takes labels already stays."""
        pairs = ((G, self.G), (D, self.D))
        return tuple(network if takes_labels(network) else way(network, classes, rng) for network, way in pairs)


CONDITIONALS = {
    "none": Conditional(),
    "concat": Conditional(told_by_sum, judging_jointly),
    "auxiliary": Conditional(told_by_norm, naming_the_class, with_classes),
    "projection": Conditional(told_by_norm, projecting),
}
