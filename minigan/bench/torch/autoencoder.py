"""The PyTorch twin of a variational autoencoder: the step as one writes it there."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from minigan.bench.torch.exchange import to_twin_samples
from minigan.bench.torch.game import build, optimizer

LOG_2_PI = float(np.log(2 * np.pi))


def bernoulli(x: Tensor, y: Tensor) -> Tensor:
    """-log p(x|z) of the batch, pixels as probabilities; y: before the Tanh."""
    return binary_cross_entropy_with_logits(2 * y, (x + 1) / 2, reduction="sum")


def gaussian(x: Tensor, y: Tensor, sigma: float) -> Tensor:
    """The same with a standard deviation."""
    return ((x - y) ** 2).sum() / (2 * sigma**2) + y.numel() * (np.log(sigma) + LOG_2_PI / 2)


LIKELIHOODS = {"Bernoulli": bernoulli, "Gaussian": gaussian}


class TwinVae:
    """The training step on one batch of samples, with the same eps in every step. The arguments are as for
    `game.TwinGame`; z is eps."""

    def __init__(
        self, players: dict, real: np.ndarray, z: np.ndarray, rules: dict, arrays: dict | None = None,
        mode: str = "contiguous", labels: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.G, self.E = (build(players[name], mode) for name in "GE")
        self.rules, self.eps = rules, torch.tensor(z)
        self.real = torch.tensor(to_twin_samples(real))
        if mode == "channels_last" and self.real.ndim == 4:
            self.real = self.real.contiguous(memory_format=torch.channels_last)
        self.optimizers = [optimizer(rules[f"{name}_optimizer"], getattr(self, name.upper())) for name in "ge"]
        self.average = None
        if rules["ema"] is not None:
            self.average = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(rules["ema"]), use_buffers=True)

    def loss(self) -> Tensor:
        """Minus the ELBO, the mean over the batch."""
        mu, log_var = self.E(self.real).chunk(2, dim=1)
        z = mu + torch.exp(log_var / 2) * self.eps
        likelihood: dict[str, Any] = self.rules["likelihood"]
        nll = LIKELIHOODS[likelihood["kind"]](self.real, self.G(z), **likelihood["options"]) / len(self.eps)
        kl = ((mu**2 + log_var.exp() - 1 - log_var) / 2).mean(dim=0)
        if self.rules["free_bits"]:
            kl = kl.clamp(min=self.rules["free_bits"])
        return nll + self.rules["beta"] * kl.sum()

    def step(self) -> float:
        """One step of both networks -> the loss before it."""
        for own in self.optimizers:
            own.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        for own in self.optimizers:
            own.step()
        if self.average:
            self.average.update_parameters(self.G)
        return loss.item()
