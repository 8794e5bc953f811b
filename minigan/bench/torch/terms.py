"""Terms of the twin's objective for G, written in PyTorch from the papers' formulas, gradients left to autograd.

value = term(D, fake, z, real, seen)

seen: D's features of the fake images that are known already, by the name of the layer that they go into.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def features(D: torch.nn.Module, x: Tensor, layer: str) -> Tensor:
    """What goes into the module `layer` of D, a row for each sample."""
    name, _, rest = layer.partition(".")
    for key, module in D.named_children():
        if key == name:
            return features(module, x, rest) if rest else x.flatten(1)
        x = module(x)
    raise ValueError(f"D has no layer {layer!r}")


def logits_and_features(D: torch.nn.Module, x: Tensor, layers: list[str]) -> tuple[Tensor, dict]:
    """D's logits of x, and from the same pass the features that go into each of the modules `layers`, by their name."""
    seen = {}

    def look_into(layer):
        return D.get_submodule(layer).register_forward_pre_hook(
            lambda module, inputs: seen.update({layer: inputs[0].flatten(1)})
        )

    hooks = [look_into(layer) for layer in set(layers)]
    logits = D(x)
    for hook in hooks:
        hook.remove()
    return logits, seen


class FeatureMatching:
    """Salimans et al. 2016, section 3.1."""

    def __init__(self, weight: float, layer: str) -> None:
        self.weight, self.layer = weight, layer

    def of_fake(self, D: torch.nn.Module, fake: Tensor, seen: dict) -> Tensor:
        """The features of the fake images."""
        return seen[self.layer] if self.layer in seen else features(D, fake, self.layer)

    def __call__(self, D: torch.nn.Module, fake: Tensor, z: Tensor, real: Tensor, seen: dict) -> Tensor:
        gap = self.of_fake(D, fake, seen).mean(dim=0) - features(D, real, self.layer).mean(dim=0)
        return self.weight * gap.square().sum()


class PullAway(FeatureMatching):
    """Zhao et al. 2017, eq. 7."""

    def __call__(self, D: torch.nn.Module, fake: Tensor, z: Tensor, real: Tensor, seen: dict) -> Tensor:
        f = normalize(self.of_fake(D, fake, seen), dim=1)
        squares = (f @ f.T).square()
        return self.weight * (squares.sum() - squares.diagonal().sum()) / (len(f) * (len(f) - 1))


class VariationalEntropy:
    """Dai et al. 2017, section 4: -E[log q(z | G(z))], q Gaussian with a variance above exp(log_floor)."""

    def __init__(self, weight: float, log_floor: float, network: torch.nn.Module) -> None:
        self.weight, self.log_floor, self.network = weight, torch.tensor(log_floor, dtype=torch.float64), network

    def __call__(self, D: torch.nn.Module, fake: Tensor, z: Tensor, real: Tensor, seen: dict) -> Tensor:
        mean, s = self.network(fake).chunk(2, dim=1)
        v = torch.logaddexp(s, self.log_floor.to(s.dtype))
        error = (z[:, : mean.shape[1]] - mean).square()
        return self.weight * (error * torch.exp(-v) + v + math.log(2 * math.pi)).sum() / (2 * len(z))


class CodeInformation:
    """Chen et al. 2016, eqs. 5 and 6: -E[log q(c | G(z, c))], c the one-hot end of z."""

    def __init__(self, weight: float, codes: int, network: torch.nn.Module) -> None:
        self.weight, self.codes, self.network = weight, codes, network

    def __call__(self, D: torch.nn.Module, fake: Tensor, z: Tensor, real: Tensor, seen: dict) -> Tensor:
        return self.weight * cross_entropy(self.network(fake), z[:, -self.codes :].argmax(dim=1))


class Content:
    """Isola et al. 2017, eq. 3."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, D: torch.nn.Module, fake: Tensor, z: Tensor, real: Tensor, seen: dict) -> Tensor:
        return self.weight * (fake - real).abs().mean()


TERMS = {term.__name__: term for term in (FeatureMatching, PullAway, VariationalEntropy, CodeInformation, Content)}
