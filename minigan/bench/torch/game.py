"""The PyTorch twin of a game: the networks, weights and rules of a minigan trainer, the step as one writes it there.

    rules.save("twin.npz", trainer, real, z)
    game = TwinGame(**exchange.load("twin.npz"), mode="channels_last")
    game.step()                                  # k times game.d_step(), then game.g_step()

`python -m minigan.bench.torch.game` is the worker that `minigan bench --against torch` talks to; it imports PyTorch
and none of minigan's kernels, so that its memory and its threads are PyTorch's alone.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from minigan.bench import worker
from minigan.bench.torch.exchange import load, to_twin_samples
from minigan.bench.torch.layers import OWN, Labelled
from minigan.bench.torch.objectives import LOSSES, PENALTIES
from minigan.bench.torch.terms import TERMS, logits_and_features
from minigan.bench.torch.unrolled import ahead


def build(description: list[dict], mode: str = "contiguous") -> torch.nn.Sequential:
    """The torch.nn.Sequential of a description, in the dtype of its arrays."""
    network = torch.nn.Sequential()
    for part in description:
        kind = OWN.get(part["kind"]) or getattr(torch.nn, part["kind"])
        module = kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in part["options"].items()})
        arrays = {key: torch.tensor(array) for key, array in part["arrays"].items()}
        module.load_state_dict(arrays, strict=False, assign=True)
        inside, _, name = part["name"].rpartition(".")
        network.get_submodule(inside).add_module(name, module)
    network = network.to(memory_format=torch.channels_last) if mode == "channels_last" else network
    for part in description:
        if part["spectral_norm"]:  # it draws u and v of its own, and iterates 15 times
            spectral_norm(network.get_submodule(part["name"]), n_power_iterations=1)
    return network


def optimizer(rule: dict, network: torch.nn.Module) -> Any:
    """The optimizer of a description, for the parameters of a network."""
    if "optimizer" in rule:
        return WRAPPERS[rule["kind"]](optimizer(rule["optimizer"], network), network, **rule["options"])
    return OPTIMIZERS[rule["kind"]](list(network.parameters()), **rule["options"])


def adam(parameters: list, beta1: float, beta2: float, **options: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, betas=(beta1, beta2), fused=True, **options)


def rms_prop(parameters: list, rho: float, **options: float) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, alpha=rho, **options)


OPTIMIZERS = {"Adam": adam, "RMSProp": rms_prop, "Momentum": torch.optim.SGD, "SGD": torch.optim.SGD}


class HistoricalAveraging:
    """Salimans et al. 2016, section 3.3: another optimizer, and the gradient of weight |theta - mean|^2 before it. The
    mean is in theta's dtype, where minigan's is in float64."""

    def __init__(self, optimizer: torch.optim.Optimizer, network: torch.nn.Module, weight: float) -> None:
        self.optimizer, self.weight, self.t, self.theta = optimizer, weight, 0, list(network.parameters())
        self.mean = [torch.zeros_like(p, requires_grad=False) for p in self.theta]

    def zero_grad(self, set_to_none: bool = True) -> None:
        self.optimizer.zero_grad(set_to_none=set_to_none)

    @torch.no_grad()
    def step(self) -> None:
        self.t += 1
        torch._foreach_lerp_(self.mean, self.theta, 1 / self.t)
        away = torch._foreach_sub(self.theta, self.mean)
        torch._foreach_add_([p.grad for p in self.theta], away, alpha=2 * self.weight)
        self.optimizer.step()


class Orthogonal:
    """Brock et al. 2019, eq. 3: another optimizer, and the gradient of weight ||W W^T * (1 - I)||^2 before it."""

    def __init__(
        self, optimizer: torch.optim.Optimizer, network: torch.nn.Module, weight: float, axes: dict[str, int]
    ) -> None:  # fmt: skip
        parameters = dict(network.named_parameters())
        self.optimizer, self.weights = optimizer, [(parameters[name], axis) for name, axis in axes.items()]
        self.weight = weight

    def zero_grad(self, set_to_none: bool = True) -> None:
        self.optimizer.zero_grad(set_to_none=set_to_none)

    @torch.no_grad()
    def step(self) -> None:
        for w, axis in self.weights:
            turned = w.transpose(0, axis)
            rows = turned.flatten(1)
            products = (rows @ rows.T).fill_diagonal_(0)
            w.grad.add_((products @ rows).view_as(turned).transpose(0, axis), alpha=4 * self.weight)
        self.optimizer.step()


WRAPPERS = {"HistoricalAveraging": HistoricalAveraging, "Orthogonal": Orthogonal}


class TwinGame:
    """The training step on one batch of images and noise.

    players: descriptions of G, D, and Q1, ... of terms. real: images as minigan has them; z: noise, for both players.
    rules: see `rules.rules`. arrays: those of penalties, {name of the penalty: {key: array}}. labels: of the batch.
    """

    def __init__(
        self, players: dict, real: np.ndarray, z: np.ndarray, rules: dict, arrays: dict | None = None,
        mode: str = "contiguous", labels: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.networks, self.rules, self.mode = {name: build(part, mode) for name, part in players.items()}, rules, mode
        self.G, self.D, self.real, self.z = self.networks["G"], self.networks["D"], self.images(real), self.images(z)
        loss = rules["loss"]
        self.loss, self.penalties = LOSSES[loss["kind"]](**loss["options"]), []
        for i, part in enumerate(rules["penalties"], start=1):
            given = {key: self.images(array) for key, array in (arrays or {}).get(f"penalty{i}", {}).items()}
            self.penalties.append(PENALTIES[part["kind"]](**part["options"], **given))
        self.g_optimizer = optimizer(rules["g_optimizer"], self.G)
        self.d_optimizer = optimizer(rules["d_optimizer"], self.D)
        if labels is not None:  # real images and G's have the same ones
            self.tell(torch.tensor(labels))
        self.terms, self.q_optimizers = [], []
        self.seen_layers = [part["options"]["layer"] for part in rules["terms"] if "layer" in part["options"]]
        for layer in self.seen_layers:
            for module in self.D.get_submodule(layer).modules():
                module.inplace = False  # a term looks at its input, which it must not overwrite
        for i, part in enumerate(rules["terms"], start=1):
            network = self.networks.get(f"Q{i}")
            if network is not None:
                self.q_optimizers.append(optimizer(part["optimizer"], network))
            given = {} if network is None else {"network": network}
            self.terms.append(TERMS[part["kind"]](**part["options"], **given))
        self.average = None
        if rules["ema"] is not None:
            self.average = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(rules["ema"]), use_buffers=True)

    def tell(self, labels: Tensor) -> None:
        """Give the labels to all that knows them."""
        self.loss.labels = labels
        for network in self.networks.values():
            for module in network.modules():
                if isinstance(module, Labelled):
                    module.labels = labels

    def images(self, array: np.ndarray) -> Tensor:
        """An array of minigan in the twin's layout."""
        array = torch.tensor(to_twin_samples(array))
        last = self.mode == "channels_last" and array.ndim == 4
        return array.contiguous(memory_format=torch.channels_last) if last else array

    def step(self) -> None:
        """One whole step of the training."""
        for _ in range(self.rules["k"]):
            self.d_step()
        self.g_step()

    def d_step(self) -> float:
        """One step of D's optimizer -> D's objective."""
        self.d_optimizer.zero_grad(set_to_none=True)
        self.fake = self.G(self.z)
        value = 0.0
        for part in self.d_objective(self.fake.detach()):
            part.backward()
            value += part.item()
        self.d_optimizer.step()
        self.clip(self.D, self.rules["d_optimizer"]["clip"])
        return value

    def d_objective(self, fake: Tensor) -> Iterator[Tensor]:
        """The parts of D's objective, each a graph of its own, which its backward frees."""
        due = [penalty for penalty in self.penalties if penalty.due()]
        if self.loss.paired:
            (real_logits, r1), (fake_logits, r2) = self.judged(self.real, "real", due), self.judged(fake, "fake", due)
            yield self.loss.pairs(real_logits, fake_logits) + r1 + r2
        else:
            for images, place in ((self.real, "real"), (fake, "fake")):
                logits, more = self.judged(images, place, due)
                yield getattr(self.loss, place)(logits) + more
        for penalty in due:
            if penalty.place == "own":
                yield penalty.apart(self.D, self.real, fake)

    def judged(self, x: Tensor, place: str, due: list) -> tuple[Tensor, Any]:
        """D's logits of x, and the penalties that look there, from the same pass."""
        here = [penalty for penalty in due if penalty.place == place]
        if not here:
            return self.D(x), 0.0
        x = x.detach().requires_grad_()
        logits = self.D(x)
        return logits, sum(penalty(logits, x) for penalty in here)

    def g_step(self) -> float:
        """One step of G's optimizer -> its loss, by what G drew in D's step unless the noise is new. D is frozen: its
        gradients would be thrown away."""
        for own in (self.g_optimizer, *self.q_optimizers):
            own.zero_grad(set_to_none=True)
        fake = self.G(self.z) if self.rules["fresh_noise"] else self.fake
        later = self.ahead(fake) if self.rules["unroll"] else None
        self.D.requires_grad_(False)
        loss, seen = 0.0, {}
        if later:
            loss = self.loss.unrolled(later, self.real, fake)
        elif self.rules["adversarial"]:
            others = (self.D(self.real),) if self.loss.paired else ()
            logits, seen = logits_and_features(self.D, fake, self.seen_layers)
            loss = self.loss.generator(logits, *others)
        loss = loss + sum(term(self.D, fake, self.z, self.real, seen) for term in self.terms)
        loss.backward()
        self.D.requires_grad_(True)
        for own in (self.g_optimizer, *self.q_optimizers):
            own.step()
        self.clip(self.G, self.rules["g_optimizer"]["clip"])
        if self.average:
            self.average.update_parameters(self.G)
        self.fake = None
        return loss.item()

    def ahead(self, fake: Tensor) -> Callable:
        """D some steps later, as a function of images, for a loss that is no paired one."""

        def objective(D):
            return self.loss.real(D(self.real)) + self.loss.fake(D(fake))

        return ahead(self.D, self.d_optimizer, self.rules["d_optimizer"], objective, self.rules["unroll"])

    @staticmethod
    def clip(network: torch.nn.Module, size: float | None) -> None:
        """Arjovsky et al. 2017, algorithm 1, line 7."""
        if size is not None:
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.clamp_(-size, size)


def twin_vae() -> type:
    """The twin of an autoencoder; its file takes networks and optimizers from this one."""
    from minigan.bench.torch.autoencoder import TwinVae

    return TwinVae


TWINS = {"Gan": lambda: TwinGame, "Vae": twin_vae}


class Answers(worker.Answers):
    """What the worker is asked by `minigan.bench.stopwatch`."""

    def build(self, path: str, mode: str, threads: int) -> str:
        """Load the twin -> PyTorch's version."""
        torch.set_num_threads(threads)
        self.imported = worker.resident()[0]
        twin = load(path)
        self.game = TWINS[twin["rules"].get("game", "Gan")]()(**twin, mode=mode)
        return torch.__version__


if __name__ == "__main__":
    worker.serve(Answers())
