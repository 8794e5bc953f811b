"""The PyTorch twin of a game: the networks, weights and rules of a minigan trainer, the step as one writes it there.

    described = torch_twin.describe(G, (100,)), torch_twin.describe(D, (32, 32, 1))
    game = TwinGame(*described, real, z, torch_rules.rules(trainer), mode="channels_last")
    game.step()                                  # k times game.d_step(), then game.g_step()

`python -m minigan.report.torch_game` is the worker that `minigan bench --against torch` talks to; it imports PyTorch
and none of minigan's kernels, so that its memory and its threads are PyTorch's alone.
"""

from collections import OrderedDict

import torch
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from minigan.report import worker
from minigan.report.torch_objectives import LOSSES, PENALTIES
from minigan.report.torch_rules import load
from minigan.report.torch_twin import to_twin_samples


class Maxout(torch.nn.Module):
    """Of each `pieces` features next to each other, the largest."""

    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (-1, self.pieces)).max(dim=2).values


class Pack(torch.nn.Module):
    """The channels of m consecutive samples side by side, as one sample."""

    def __init__(self, m):
        super().__init__()
        self.m = m

    def forward(self, x):
        return x.reshape(-1, self.m * x.shape[1], *x.shape[2:])


OWN = {"Maxout": Maxout, "Pack": Pack}  # kinds that torch.nn has not


def build(description, mode="contiguous"):
    """The torch.nn.Sequential of a description, in the dtype of its arrays."""
    modules = OrderedDict()
    for part in description:
        kind = OWN.get(part["kind"]) or getattr(torch.nn, part["kind"])
        module = modules[part["name"]] = kind(**part["options"])
        arrays = {key: torch.tensor(array) for key, array in part["arrays"].items()}
        module.load_state_dict(arrays, strict=False, assign=True)
    network = torch.nn.Sequential(modules)
    network = network.to(memory_format=torch.channels_last) if mode == "channels_last" else network
    for part in description:
        if part["spectral_norm"]:  # it draws u and v of its own, and iterates 15 times
            spectral_norm(network.get_submodule(part["name"]), n_power_iterations=1)
    return network


def optimizer(rule, parameters):
    """The optimizer of a description."""
    options = dict(rule["options"])
    if rule["kind"] == "Adam":
        betas = options.pop("beta1"), options.pop("beta2")
        return torch.optim.Adam(parameters, betas=betas, fused=True, **options)
    return {"RMSProp": torch.optim.RMSprop, "Momentum": torch.optim.SGD, "SGD": torch.optim.SGD}[rule["kind"]](
        parameters, **options
    )


class TwinGame:
    """The training step on one batch of images and noise.

    G, D: descriptions. real: images as minigan has them; z: noise, for both players. rules: see `torch_rules.rules`.
    """

    def __init__(self, G, D, real, z, rules, mode="contiguous"):
        self.G, self.D, self.rules = build(G, mode), build(D, mode), rules
        self.real, self.z = torch.tensor(to_twin_samples(real)), torch.tensor(z)
        if mode == "channels_last" and real.ndim == 4:
            self.real = self.real.contiguous(memory_format=torch.channels_last)
        self.loss = LOSSES[rules["loss"]["kind"]](**rules["loss"]["options"])
        self.penalties = [PENALTIES[part["kind"]](**part["options"]) for part in rules["penalties"]]
        self.g_optimizer = optimizer(rules["g_optimizer"], self.G.parameters())
        self.d_optimizer = optimizer(rules["d_optimizer"], self.D.parameters())
        self.average = None
        if rules["ema"] is not None:
            self.average = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(rules["ema"]), use_buffers=True)

    def step(self):
        """One whole step of the training."""
        for _ in range(self.rules["k"]):
            self.d_step()
        self.g_step()

    def d_step(self):
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

    def d_objective(self, fake):
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
                x = penalty.points(self.real, fake).requires_grad_()
                yield penalty(self.D(x), x)

    def judged(self, x, place, due):
        """D's logits of x, and the penalties that look there, from the same pass."""
        here = [penalty for penalty in due if penalty.place == place]
        if not here:
            return self.D(x), 0.0
        x = x.detach().requires_grad_()
        logits = self.D(x)
        return logits, sum(penalty(logits, x) for penalty in here)

    def g_step(self):
        """One step of G's optimizer -> its loss, by what G drew in D's step unless the noise is new. D is frozen: its
        gradients would be thrown away."""
        self.g_optimizer.zero_grad(set_to_none=True)
        fake = self.G(self.z) if self.rules["fresh_noise"] else self.fake
        self.D.requires_grad_(False)
        others = (self.D(self.real),) if self.loss.paired else ()
        loss = self.loss.generator(self.D(fake), *others)
        loss.backward()
        self.D.requires_grad_(True)
        self.g_optimizer.step()
        self.clip(self.G, self.rules["g_optimizer"]["clip"])
        if self.average:
            self.average.update_parameters(self.G)
        self.fake = None
        return loss.item()

    @staticmethod
    def clip(network, size):
        """Arjovsky et al. 2017, algorithm 1, line 7."""
        if size is not None:
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter.clamp_(-size, size)


class Answers(worker.Answers):
    """What the worker is asked by `minigan.report.bench`."""

    def build(self, path, mode, threads):
        """Load the twin -> PyTorch's version."""
        torch.set_num_threads(threads)
        self.imported = worker.resident()[0]
        self.game = TwinGame(*load(path), mode)
        return torch.__version__


if __name__ == "__main__":
    worker.serve(Answers())
