"""The parts of minigan itself, by name, each with arguments and an input that make its check a hard one.

`CASES` is the list; one line adds an entry. Sizes differ wherever they can: with a square image, or a stride of 1,
height and width could swap places and nothing would show.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minigan import layers, losses, optim
from minigan.gradcheck.core.arguments import made
from minigan.gradcheck.core.report import Report
from minigan.gradcheck.games.check import check_gan_step
from minigan.gradcheck.layers.check import check_layer
from minigan.gradcheck.layers.network import check_network
from minigan.gradcheck.layers.second import check_double_backward
from minigan.gradcheck.losses.check import check_loss
from minigan.gradcheck.optimizers.check import check_optimizer


@dataclass(frozen=True)
class Case:
    """One thing to check. kind: which check ("layer", "double-backward" of a layer, "network", "loss", "optimizer" or
    "game"). make: its class; a game has none. kwargs: the arguments used where none are given, of a game its steps.
    shape: the input's shape, batch included, as a function of what `make` made. given: function (what `make` made,
    samples, rng) -> what its forward is told beside x."""

    kind: str
    make: Callable | None = None
    kwargs: dict = field(default_factory=dict)
    shape: Callable = lambda made: (3, 7, 6, 2)
    given: Callable = lambda made, n, rng: None


def features(layer: Any) -> tuple:
    return 5, layer.n_in


def images(layer: Any) -> tuple:
    return 3, 7, 6, layer.c_in


def small_images(layer: Any) -> tuple:
    return 3, 5, 4, layer.c_in


def signals(layer: Any) -> tuple:
    return 3, 7, layer.c_in


def channels(layer: Any) -> tuple:
    return 3, 7, 6, layer.channels


def referred(layer: Any) -> tuple:
    return layer.reference_size + 2, 7, 6, layer.channels


def labelled(layer: Any, n: int, rng: np.random.Generator) -> dict:
    """Labels of n samples, with the last class among them."""
    return {"labels": np.append(rng.integers(layer.classes, size=n - 1), layer.classes - 1)}


def conditioned(layer: Any, n: int, rng: np.random.Generator) -> dict:
    """A learnt condition of n samples, with a column more than the layer reads."""
    return {"condition": rng.standard_normal((n, layer.columns.max() + 2))}


def sharing(rng: np.random.Generator) -> layers.SharedCondition:
    """A small generator with a norm that is told the class and a part of the noise, 2 of 5 numbers."""
    body = layers.Sequential(
        layers.Dense(3, 12, rng=rng),
        layers.Reshape(3, 2, 2),
        layers.ModulatedBatchNorm(2, ((0, 4), (7, 9)), slope=0.2, rng=rng),
        layers.Conv2D(2, 1, (2, 3), rng=rng),
    )
    return layers.SharedCondition(layers.Embedding(3, 4, rng=rng), body, first=3)


def virtually_normed(rng: np.random.Generator) -> layers.WithReference:
    """A small network with a virtual batch norm, and its reference."""
    network = layers.Sequential(
        layers.Conv2D(2, 3, (3, 2), stride=(2, 1), bias=False, rng=rng),
        layers.VirtualBatchNorm(3, 4, slope=0.2),
    )
    return layers.WithReference(network, rng.standard_normal((4, 5, 4, 2)))


def small_network(rng: np.random.Generator) -> layers.Sequential:
    """A convolution, a norm and a head: each kind of layer that the package's discriminators have."""
    return layers.Sequential(
        layers.Conv2D(2, 4, (3, 2), stride=(2, 1), rng=rng),
        layers.BatchNorm(4),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
        layers.Dense(4 * 4 * 6, 1, rng=rng),
    )


WINDOW = {"c_in": 2, "c_out": 5, "kernel": (4, 3), "stride": (3, 2)}
STEPS = {"c_in": 2, "c_out": 5, "kernel": 4, "stride": 3}

# SpectralNorm's derivative in training is exact where u and v have converged. Weights near 10 all have one direction
# that stretches far more than the others, also when the check moves them; then some iterations are enough.
ONE_DIRECTION = {
    "layer": layers.Conv2D(**WINDOW, init=lambda rng, shape, *fans: np.full(shape, 10, np.float32)),
    "iterations": 25,
}

# A branch with weights, one that is kinked, and the skip of a residual block; all give one shape.
SIDE_BY_SIDE = {"layers": (layers.Conv2D(2, 2, (2, 3)), layers.LeakyReLU(0.2), layers.Identity())}
# Branches of different widths: shares of dy that are cut at the wrong channel show.
WIDE_AND_NARROW = {"layers": (layers.Conv2D(2, 4, 1), layers.Identity(), layers.Conv2D(2, 1, (2, 3), slope=0.2))}

# Fewer places to look at than places that look, and other channels for the value than for the key.
THREE_MAPS = {
    "query": layers.Conv2D(2, 3, 1),
    "key": layers.Sequential(layers.Conv2D(2, 3, (2, 1)), layers.MaxPool2D((2, 3))),
    "value": layers.Sequential(layers.Conv2D(2, 4, 1), layers.MaxPool2D((2, 3))),
}

CASES = {
    "dense": Case("layer", layers.Dense, {"n_in": 4, "n_out": 3}, features),
    "conv2d": Case("layer", layers.Conv2D, WINDOW, images),
    "conv2d-valid": Case("layer", layers.Conv2D, WINDOW | {"padding": "valid"}, images),
    "conv2d-leakyrelu": Case("layer", layers.Conv2D, WINDOW | {"slope": 0.2}, images),
    "conv2dtranspose": Case("layer", layers.Conv2DTranspose, WINDOW, small_images),
    "conv2dtranspose-valid": Case("layer", layers.Conv2DTranspose, WINDOW | {"padding": "valid"}, small_images),
    "conv2dtranspose-leakyrelu": Case("layer", layers.Conv2DTranspose, WINDOW | {"slope": 0.2}, small_images),
    "conv1d": Case("layer", layers.Conv1D, STEPS, signals),
    "conv1d-valid": Case("layer", layers.Conv1D, STEPS | {"padding": "valid"}, signals),
    "conv1d-leakyrelu": Case("layer", layers.Conv1D, STEPS | {"slope": 0.2}, signals),
    "conv1dtranspose": Case("layer", layers.Conv1DTranspose, STEPS, signals),
    "conv1dtranspose-valid": Case("layer", layers.Conv1DTranspose, STEPS | {"padding": "valid"}, signals),
    "conv1dtranspose-leakyrelu": Case("layer", layers.Conv1DTranspose, STEPS | {"slope": 0.2}, signals),
    "phaseshuffle": Case("layer", layers.PhaseShuffle, {"most": 3}, lambda _: (6, 5, 2)),  # every shift, both ways
    "batchnorm": Case("layer", layers.BatchNorm, {"channels": 2}, channels),
    "batchnorm-leakyrelu": Case("layer", layers.BatchNorm, {"channels": 2, "slope": 0.2}, channels),
    "virtualbatchnorm": Case("layer", layers.VirtualBatchNorm, {"channels": 2, "reference_size": 3}, referred),
    "withreference": Case("network", virtually_normed, {}, lambda network: (3, 5, 4, 2)),
    "embedding": Case("layer", layers.Embedding, {"classes": 3, "width": 4}, lambda _: (5, 2), labelled),
    "atlabel": Case("layer", layers.AtLabel, {"classes": 3}, lambda layer: (9, layer.classes), labelled),
    "conditionalbatchnorm": Case(
        "layer", layers.ConditionalBatchNorm, {"channels": 2, "classes": 3, "slope": 0.2}, channels, labelled
    ),
    "modulatedbatchnorm": Case(
        "layer", layers.ModulatedBatchNorm, {"channels": 2, "columns": ((0, 3), (4, 6))}, channels, conditioned
    ),
    "sharedcondition": Case(
        "network", sharing, {}, lambda network: (4, 5), lambda _, n, rng: {"labels": rng.permutation(n) % 3}
    ),
    "minibatchdiscrimination": Case(
        "layer", layers.MinibatchDiscrimination, {"n_in": 4, "kernels": 3, "dims": 2}, features
    ),
    "logsumexp": Case("layer", layers.LogSumExp, {}, lambda layer: (6, 4)),
    "leakyrelu": Case("layer", layers.LeakyReLU),
    "relu": Case("layer", layers.ReLU),
    "tanh": Case("layer", layers.Tanh),
    "sigmoid": Case("layer", layers.Sigmoid),
    "flatten": Case("layer", layers.Flatten),
    "reshape": Case("layer", layers.Reshape, {"shape": (4, 21)}),
    "upsampling2d": Case("layer", layers.UpSampling2D, {"size": (2, 3)}),
    "averagepool2d": Case("layer", layers.AveragePool2D, {"size": (2, 4)}),  # of 7 x 6: smaller blocks at both rims
    "maxpool2d": Case("layer", layers.MaxPool2D, {"size": (2, 4)}),
    "sumpool": Case("layer", layers.SumPool),
    "attend": Case("layer", layers.Attend, THREE_MAPS),
    "selfattention": Case("network", layers.self_attention, {"channels": 4}, lambda network: (3, 5, 4, 4)),
    "gain": Case("layer", layers.Gain),
    "maxout": Case("layer", layers.Maxout, {"pieces": 3}, lambda _: (5, 12)),
    "maxoutdense": Case("layer", layers.MaxoutDense, {"n_in": 4, "units": 3, "pieces": 2}, features),
    "spectralnorm": Case("layer", layers.SpectralNorm, ONE_DIRECTION),
    "equalised": Case("layer", layers.Equalised, {"layer": layers.Conv2D(**WINDOW, init=layers.unit_normal)}),
    "pixelnorm": Case("layer", layers.PixelNorm),
    "minibatchstddev": Case("layer", layers.MinibatchStdDev, {"group_size": 3}, lambda _: (5, 4, 3, 2)),
    "fade": Case("layer", layers.Fade, {}, given=lambda layer, n, rng: {"alpha": 0.3}),
    "dropout": Case("layer", layers.Dropout, {"rate": 0.4}),
    "pack": Case("layer", layers.Pack, {"m": 2}, lambda _: (6, 5, 4, 3)),
    "instancenoise": Case("layer", layers.InstanceNoise, {"sigma": 0.3}),
    "diffaugment": Case("layer", layers.DiffAugment),
    "identity": Case("layer", layers.Identity),
    "sum": Case("layer", layers.Sum, SIDE_BY_SIDE),
    "concat": Case("layer", layers.Concat, WIDE_AND_NARROW),
    "sequential": Case("network", small_network),
    "minimax": Case("loss", losses.Minimax, {"smooth": 0.9}),
    "nonsaturating": Case("loss", losses.NonSaturating, {"smooth": 0.9}),
    "least-squares": Case("loss", losses.LeastSquares, {"a": -1.0, "b": 0.9, "c": 0.1}),
    "wasserstein": Case("loss", losses.Wasserstein),
    "hinge": Case("loss", losses.Hinge),
    "relativistic": Case("loss", losses.RelativisticPaired),
    "sgd": Case("optimizer", optim.SGD),
    "momentum": Case("optimizer", optim.Momentum),
    "rmsprop": Case("optimizer", optim.RMSProp),
    "adam": Case("optimizer", optim.Adam),
}


def check_builtin(name: str, kwargs: dict | None = None, input_shape: tuple | None = None, seed: int = 0,
                  tolerance: float | None = None, cases: dict[str, Case] = CASES) -> Report:  # fmt: skip
    """Check the part of minigan called `name` -> Report. kwargs: arguments of its class that replace or extend those of
    its Case. input_shape: batch included, for layers and networks. tolerance: default, the check's own. cases: where to
    look for the name.

    Raises ValueError for an unknown name or argument, or an input_shape for something that has no input.
    """
    case = cases.get(name)
    if case is None:
        near = difflib.get_close_matches(name.lower(), cases, n=1)
        near = [f"{name}.py"] if Path(f"{name}.py").exists() else near
        hint = f"; did you mean {near[0]}?" if near else "; a file of your own is given as my_layers.py::MyLayer"
        raise ValueError(f"no part of minigan is called {name!r}; there are {', '.join(cases)}{hint}")
    report = check(case, case.kwargs | (kwargs or {}), input_shape, seed, tolerance)
    report.name = name
    return report


def check(case: Case, kwargs: dict, input_shape: tuple | None, seed: int, tolerance: float | None,
          given: dict | None = None) -> Report:  # fmt: skip
    """The check that fits the case's kind -> Report. given: what a layer's forward is told beside x. Raises ValueError
    where the arguments do not fit."""
    options = {"rng": np.random.default_rng(seed)} | ({} if tolerance is None else {"tolerance": tolerance})
    if case.kind in ("loss", "optimizer", "game") and input_shape is not None:
        raise ValueError(f"a check of a {case.kind} takes no input; --input is for layers and networks")
    if case.kind == "loss":
        return check_loss(made(case.make, kwargs), **options)
    if case.kind == "game":
        return check_gan_step(**kwargs, **options)
    if case.kind == "optimizer":
        made(case.make, {"params": {"w": np.zeros(2)}} | kwargs)  # wrong arguments are an error, not a finding
        return check_optimizer(lambda params: case.make(params, **kwargs), **options)
    subject = made(case.make, kwargs, np.random.default_rng(seed))
    runs = {"layer": check_layer, "network": check_network, "double-backward": check_double_backward}
    shape = input_shape or case.shape(subject)
    given = case.given(subject, shape[0], np.random.default_rng(seed)) if given is None else given
    options |= {} if given is None else {"given": given}
    return runs[case.kind](subject, input_shape=shape, **options)
