"""What `minigan bench --kernels` times: each layer of the presets' networks at the shapes it has there, and the steps
of their optimizers.

A case is timed through the public functions of its layer, so that nothing is said about the kernels inside: `forward`,
and `backward` for one gradient alone where the layer has that switch.
"""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np

from minigan.batch import Batch
from minigan.bench.ours import make_trainer
from minigan.bench.torch import rules
from minigan.bench.torch.twin import describe
from minigan.kernels.machine import memory
from minigan.layers import Layer, MaxoutDense, Sequential, flop
from minigan.layers.attention import Weights
from minigan.layers.base import Visit
from minigan.optim import Optimizer
from minigan.training import Trainer

FORWARD, DX, DW, BOTH, STEP = "forward", "input gradient", "weight gradient", "both gradients", "step"  # the passes


def normal(shape: tuple, seed: int) -> np.ndarray:
    """Random numbers, in memory of the kind that layers return their arrays in."""
    array = memory.fresh(tuple(shape), np.float32)
    np.random.default_rng(seed).standard_normal(out=array, dtype=np.float32)
    return array


class LayerCase:
    """One layer, for inputs of one shape.

    x_shape, y_shape: with the batch. given: labels and the like, for layers that take any.
    """

    def __init__(self, layer: Layer, x_shape: tuple, y_shape: tuple, given: dict) -> None:
        self.layer, self.x_shape, self.y_shape, self.given = layer, tuple(x_shape), tuple(y_shape), given
        self.bare = getattr(layer, "layer", layer)  # of SpectralNorm and Equalised, the one inside
        self.places = []

    @property
    def title(self) -> str:
        """The kind of the layer, the shapes, and what else its cost depends on."""
        kind = type(self.layer).__name__
        name = kind if self.bare is self.layer else f"{kind}({type(self.bare).__name__})"
        kernel, stride = (by(getattr(self.bare, key, ())) for key in ("kernel", "stride"))
        more = [f"kernel {kernel}"] * bool(kernel) + [f"stride {stride}"] * bool(stride)
        more += ["leaky"] * bool(self.layer.params and getattr(self.bare, "slope", 1) != 1)
        (N, *x), (M, *y) = self.x_shape, self.y_shape
        after = [by(y)] * (x != y) if N == M else [f"{M} x {by(y)}"]
        shapes = " to ".join([f"{N} x {by(x)}", *after])
        return ", ".join([f"{name} {shapes}", *more])

    @property
    def key(self) -> tuple:
        """Two cases with the same key cost the same."""
        shapes = tuple(sorted((name, array.shape) for name, array in self.layer.params.items()))
        return self.title, shapes, getattr(self.bare, "padding", None)

    @property
    def passes(self) -> list[str]:
        """The names of what is timed. A layer that cannot compute its weight gradient alone has both in one."""
        if not self.layer.params:
            return [FORWARD, DX]
        return [FORWARD, DX, DW] if {"param_grads", "input_grad"} <= self.layer.takes else [FORWARD, BOTH]

    def calls(self) -> dict[str, Callable]:
        """{pass: the function that does it once}."""
        layer, x = self.layer, normal(self.x_shape, 0)
        y, cache = layer.apply(x, True, self.given)
        dy = normal(y.shape, 1)
        known = {
            FORWARD: lambda: layer.apply(x, True, self.given),
            DX: lambda: layer.pull_back(dy, cache, param_grads=False),
            DW: lambda: layer.pull_back(dy, cache, input_grad=False),
            BOTH: lambda: layer.pull_back(dy, cache),
        }
        return {name: known[name] for name in self.passes}

    def flop(self) -> dict[str, float]:
        """{pass: operations by the direct formula}, of layers that multiply with a matrix of weights; 0: hardly any."""
        if "w" not in self.layer.params:
            return dict.fromkeys(self.passes, 0)
        cost = self.x_shape[0] * flop(self.layer, self.x_shape[1:], self.y_shape[1:])
        back = cost / self.layer.pieces if isinstance(self.layer, MaxoutDense) else cost
        known = {FORWARD: cost, DX: back, DW: back, BOTH: 2 * back}
        return {name: known[name] for name in self.passes}

    def twin(self) -> dict[str, Any]:
        """What the same in PyTorch is made of; ValueError if there is none."""
        modules = describe(Sequential(("layer", self.layer)), self.x_shape[1:])
        return {"modules": modules, "passes": self.passes, "x_shape": self.x_shape}


class StepCase:
    """One step of an optimizer, for all parameters of a network."""

    passes = (STEP,)

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer, self.places = optimizer, []
        self.shapes = [p.shape for p in optimizer.params.values()]

    @property
    def title(self) -> str:
        count = sum(p.size for p in self.optimizer.params.values())
        return f"{type(self.optimizer).__name__}, {count:,} numbers in {len(self.shapes)} arrays"

    @property
    def key(self) -> tuple:
        return self.title, tuple(sorted(self.shapes))

    def calls(self) -> dict[str, Callable]:
        grads = {key: normal(p.shape, 0) for key, p in self.optimizer.params.items()}
        return {STEP: lambda: self.optimizer.step(grads)}

    def flop(self) -> dict[str, float]:
        return {STEP: 0}

    def twin(self) -> dict[str, Any]:
        rule = rules.part("optimizer", self.optimizer, rules.OPTIMIZERS)  # ValueError for one that has another inside
        return {"modules": [], "passes": self.passes, "optimizer": rule, "shapes": self.shapes}


def by(numbers: Any) -> str:
    """Numbers of a shape, as 8x8x64."""
    return "x".join(map(str, numbers)) if np.ndim(numbers) else str(numbers)


def cases_of(configs: list[dict]) -> list:
    """The cases of all networks of some configurations (see `stopwatch.checked`), equal ones once. `places` says where
    they stand."""
    found = {}
    for config in configs:
        trainer = make_trainer(**config)
        for name, case in of_trainer(trainer):
            owner = config["choices"].get("recipe") or config["preset"]
            found.setdefault(case.key, case).places.append(f"{owner} {name}")
    return list(found.values())


def of_trainer(trainer: Trainer) -> Iterator[tuple[str, Any]]:
    """(place, case) of both networks and their optimizers, for a batch of random samples and one of noise."""
    real = trainer.data.chosen(np.arange(trainer.batch_size))
    noise = Batch(trainer.noise(trainer.batch_size), real.given)
    for player, network, optimizer in trainer.objective.players[:2]:  # without those of terms
        batch = noise if player == "G" else real
        for name, layer, x, y in visited(network, batch):
            if not np.shares_memory(x, y):  # else it gives x another shape, and computes nothing
                yield f"{player} {name}", LayerCase(layer, x.shape, y.shape, batch.given)
        yield f"{player}'s optimizer", StepCase(optimizer)


def visited(network: Layer, batch: Batch) -> Iterator[Visit]:
    """A Visit for each layer, with the batch on its way through; for an Attend one more, of the whole."""
    into = {}  # the x of each composite, by its name
    for visit in network.walk(batch.x, given=batch.given):
        path = visit.name.split(".")
        for depth in range(1, len(path)):
            into.setdefault(".".join(path[:depth]), visit.x)
        *keys, _ = path
        if type(visit.layer) is Weights:  # what an Attend does after its three networks, without their maps
            attend = reduce(lambda layer, key: layer.layers[key], keys, network)
            visit = Visit(".".join(keys), attend, into[".".join(keys)], visit.y)
        yield visit
