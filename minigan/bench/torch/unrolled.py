"""The twin of the unrolled game (Metz et al. 2017): D's next steps as functions of G's images, for autograd to go back
through. torch.optim changes parameters in place, which has no derivative; so its rules are written out here.
"""

from collections.abc import Callable

import torch
from torch.func import functional_call

TINY = 1e-30  # below it a second moment counts as 0, where the root has no derivative


def ahead(
    D: torch.nn.Module, optimizer: torch.optim.Optimizer, rule: dict, objective: Callable, steps: int
) -> Callable:
    """D after `steps` more steps of its optimizer, none of which it takes itself: a function of images.

    objective: function (D, a function of images) -> D's loss. rule: the optimizer's description.
    """
    theta = {name: p.detach().requires_grad_() for name, p in D.named_parameters()}
    moves = dict(zip(theta, RULES[rule["kind"]](D, optimizer, rule["options"]), strict=True))
    buffers = {name: buffer.clone() for name, buffer in D.named_buffers()}

    def later(x):
        return functional_call(D, (theta, buffers), x)

    for _ in range(steps):
        grads = torch.autograd.grad(objective(later), list(theta.values()), create_graph=True)
        theta = {name: move(p, g) for (name, move), p, g in zip(moves.items(), theta.values(), grads, strict=True)}
    return later


def sgd(D: torch.nn.Module, optimizer: torch.optim.Optimizer, options: dict) -> list[Callable]:
    return [lambda p, g: p - options["lr"] * g for _ in D.parameters()]


def adam(D: torch.nn.Module, optimizer: torch.optim.Optimizer, options: dict) -> list[Callable]:
    """Kingma & Ba 2015, algorithm 1, from where the optimizer is."""
    beta1, beta2 = options["beta1"], options["beta2"]

    def mover(state):
        t, m, v = int(state["step"]), state["exp_avg"], state["exp_avg_sq"]

        def move(p, g):
            nonlocal t, m, v
            t, m, v = t + 1, beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g.square()
            root = (v / (1 - beta2**t)).clamp_min(TINY).sqrt()
            return p - options["lr"] / (1 - beta1**t) * m / (root + options["eps"])

        return move

    return [mover(optimizer.state[p]) for p in D.parameters()]


RULES = {"SGD": sgd, "Adam": adam}
