"""The game that `minigan bench` measures, and the worker that plays it: networks of a preset's kind, any rules, and one
batch of random images and noise, the same in every step."""

import inspect
from collections import Counter

import numpy as np

from minigan.gan import d_step, g_step
from minigan.kernels import threads as own_threads
from minigan.kernels import workspace
from minigan.losses import LOSSES
from minigan.models import dcgan, mlp
from minigan.models import preset as named
from minigan.optim import OPTIMIZERS
from minigan.penalties import PENALTIES, check_discriminator
from minigan.report import worker
from minigan.training import Trainer

PARTS = {"forward": "forward ms", "backward": "backward ms", "double_backward": "second order ms"}  # by method
SGEMM = 2048  # rows of the square matrices
RULES = "loss", "penalty", "k", "optimizer", "clip", "spectral_norm"


def make_trainer(preset, batch_size, image_size, base_width, threads=None, *, loss="non-saturating", penalty=(), k=1,
                 optimizer="adam", clip=None, spectral_norm=False):  # fmt: skip
    """A Trainer of the preset's networks, its samples one batch of random images (or points).

    base_width: channels of D's first map (units of the mlp); the other widths are in proportion, as in the preset.
    loss, optimizer: their names; penalty: texts "name", "name:weight" or "name:weight:every"; k: steps of D for each of
    G; clip: the largest size of D's weights; spectral_norm: of all of D's layers.
    Raises ValueError for a name that there is none of, and rules that do not go together.
    """
    rng, choice = np.random.default_rng(0), named(preset)
    shape = (image_size, image_size, 1) if image_size else (2,)
    G, D = networks(choice, shape, base_width, rng)
    penalties = [make_penalty(text) for text in penalty]
    if penalties:
        check_discriminator(D)
    if spectral_norm:
        from minigan.layers.spectral import spectral_normalised

        D = spectral_normalised(D, rng=rng)
    rule = one_of(OPTIMIZERS, "optimizer", optimizer)
    options = {"lr": choice.lr} | ({"beta1": choice.beta1} if "beta1" in inspect.signature(rule).parameters else {})
    return Trainer(
        G,
        D,
        rng.uniform(-1, 1, (batch_size, *shape)).astype(np.float32),
        loss=one_of(LOSSES, "loss", loss)(),
        g_optimizer=rule(G.params, **options),
        d_optimizer=rule(D.params, **options | ({"clip": clip} if clip else {})),
        batch_size=batch_size,
        z_dim=choice.z_dim,
        rng=rng,
        k=k,
        penalties=penalties,
    )


def networks(choice, image_shape, base_width, rng):
    """G and D of a Preset, with its widths in proportion to `base_width`, that of D's first map."""
    options = choice.options | {"z_dim": choice.z_dim, "rng": rng}
    if choice.network == "mlp":
        return mlp(image_shape, **options | {"width": base_width})
    share = base_width / options["d_widths"][0]
    for key in ("hidden", "g_widths", "d_widths"):
        options[key] = tuple(max(1, round(share * width)) for width in options.get(key, ()))
    return dcgan(*image_shape[1:], **options)


def make_penalty(text):
    """The penalty of "name", "name:weight" or "name:weight:every"."""
    name, *numbers = text.split(":")
    kind = one_of(PENALTIES, "penalty", name)
    try:
        options = {
            key: number(word) for key, number, word in zip(("weight", "every"), (float, int), numbers, strict=False)
        }
    except ValueError:
        options = None
    if options is None or len(numbers) > 2:
        raise ValueError(f"--penalty expected NAME, NAME:WEIGHT or NAME:WEIGHT:EVERY, got {text!r}")
    return kind(**options)


def one_of(known, what, name):
    if name not in known:
        raise ValueError(f"unknown {what} {name!r}; expected one of: {', '.join(known)}")
    return known[name]


class Game:
    """The step of a Trainer on one batch: its samples, all of them, and one batch of noise. Without what goes on around
    the step (hooks, checks for NaN), which the twin has not either."""

    def __init__(self, trainer):
        self.trainer, self.z, self.t = trainer, trainer.noise(trainer.batch_size), 0
        self.G, self.D, self.real = trainer.G, trainer.D, trainer.samples

    def step(self):
        """k steps of D and one of G, as the twin has them."""
        t, self.t = self.trainer, self.t + 1
        for _ in range(t.k):
            drawn = d_step(t.G, t.D, t.loss, t.d_optimizer, self.real, self.z, penalties=t.penalties, rng=t.rng).drawn
        drawn = None if t.fresh_noise else drawn
        g_step(t.G, t.D, t.loss, t.g_optimizer, self.z, drawn, real=self.real, terms=t.terms)
        if t.ema:
            t.ema.update(t.G, self.t)

    def flop(self):
        """Operations of one step, counted as the head of `bench` says."""
        t = self.trainer
        g, g_first = passes(self.G, (t.z_dim,))
        d, d_first = passes(self.D, self.real.shape[1:])
        penalties = sum(4 * d / penalty.every for penalty in t.penalties)
        d_step = g + (2 + 4) * d - 2 * d_first + penalties
        g_step = 2 * g - g_first + 2 * d + (g if t.fresh_noise else 0) + (d if getattr(t.loss, "paired", False) else 0)
        return len(self.real) * (t.k * d_step + g_step)


def passes(network, shape):
    """Operations for one sample: of one pass through all convolutions and dense layers, and through the first layer."""
    flop = [layer.flop(size) if "w" in layer.params else 0 for layer, size in network._walk(shape)]
    return sum(flop), flop[0]


class Answers(worker.Answers):
    """What the worker of minigan is asked, method by method."""

    def build(self, config):
        """Make the networks -> operations of one step."""
        own_threads.set_count(config["threads"])
        self.imported = worker.resident()[0]
        self.game = Game(make_trainer(**config))
        return self.game.flop()

    def memory(self):
        """Also the bytes that are kept for the next step."""
        return super().memory() | {"held_bytes": workspace.held()}

    def layers(self, n):
        """Milliseconds in each layer's passes in one step (the median of n), and in all the rest."""
        spent, layers = Counter(), {}
        for player, network in (("G", self.game.G), ("D", self.game.D)):
            for name, layer in network.layers.items():
                layers[player, name] = {"network": player, "layer": name, "kind": type(layer).__name__}
                for method, part in PARTS.items():
                    setattr(layer, method, worker.clocked(getattr(layer, method), spent, (player, name, part)))
        found = []
        for _ in range(n):
            spent.clear()
            found.append(Counter(rest=1e3 * self.steps(1)[0] - spent.total()) | spent)
        for (player, name), row in layers.items():
            row |= {part: float(np.median([ms[player, name, part] for ms in found])) for part in PARTS.values()}
        return list(layers.values()), float(np.median([ms["rest"] for ms in found]))

    def sgemm(self):
        """GFLOP/s of NumPy's float32 product, the best of six."""
        a, b = np.random.default_rng(0).standard_normal((2, SGEMM, SGEMM), dtype=np.float32)
        return 2 * SGEMM**3 / min(worker.timed(lambda: a @ b, 6)) / 1e9


if __name__ == "__main__":
    worker.serve(Answers())
