"""The twin of `minigan.bench.alone`: PyTorch's time for each layer alone, and for each optimizer's step."""

from collections.abc import Callable
from typing import Any

import torch

from minigan.bench import worker
from minigan.bench.torch.exchange import MODES, load
from minigan.bench.torch.game import build, optimizer
from minigan.bench.torch.layers import Labelled

CLASSES = 10  # of the labels


class Answers(worker.Answers):
    """What the worker is asked, method by method."""

    def build(self, path: str, threads: int) -> str:
        """Load the twins of all cases -> PyTorch's version."""
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        twins = load(path)
        self.modules, self.rules = twins["players"], twins["rules"]
        return torch.__version__

    def time(self, i: int) -> dict[str, dict[str, float]]:
        """Seconds of each pass of case i, in each memory layout that images can have -> {mode: {pass: seconds}}."""
        rule = self.rules[str(i)]
        if "optimizer" in rule:
            return {"contiguous": {name: worker.typical(call) for name, call in steps(rule).items()}}
        modes = MODES if len(rule["x_shape"]) == 4 else ["contiguous"]
        return {mode: self.in_mode(self.modules[str(i)], rule, mode) for mode in modes}

    def in_mode(self, modules: list[dict], rule: dict, mode: str) -> dict[str, float]:
        calls = passes(build(modules, mode), rule["x_shape"], mode)
        return {name: worker.typical(calls[name]) for name in rule["passes"]}


def passes(network: torch.nn.Module, x_shape: list, mode: str) -> dict[str, Callable]:
    """{pass: the function that does it once}, by the names of `cases`. What is not asked for is not computed: autograd
    goes to the inputs that are named."""
    N, *size, C = x_shape
    x = torch.randn(N, C, *size)
    x = x.contiguous(memory_format=torch.channels_last) if mode == "channels_last" else x
    x.requires_grad_()
    for module in network.modules():
        if isinstance(module, Labelled):
            module.labels = torch.arange(N) % CLASSES
    y, params = network(x), list(network.parameters())
    dy = torch.randn_like(y)

    def gradients(inputs: list) -> Any:
        return torch.autograd.grad(y, inputs, dy, retain_graph=True, allow_unused=True)

    return {
        "forward": lambda: network(x),
        "input gradient": lambda: gradients([x]),
        "weight gradient": lambda: gradients(params),
        "both gradients": lambda: gradients([x, *params]),
    }


def steps(rule: dict) -> dict[str, Callable]:
    """One step of the optimizer, for parameters of some shapes and random gradients."""
    network = torch.nn.ParameterList(torch.randn(shape) for shape in rule["shapes"])
    own = optimizer(rule["optimizer"], network)
    for p in network:
        p.grad = torch.randn_like(p)
    return {"step": own.step}


if __name__ == "__main__":
    worker.serve(Answers())
