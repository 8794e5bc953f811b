"""The game that `minigan bench` measures, and the worker that plays it: the networks and rules of any settings, and one
batch of random images and noise, the same in every step."""

from collections import Counter

import numpy as np

from minigan.bench import worker
from minigan.gan import d_step
from minigan.kernels.machine import memory as workspace
from minigan.kernels.machine import threads as own_threads
from minigan.models import dcgan, mlp
from minigan.models import preset as named
from minigan.recipes import book, plugins, setup
from minigan.recipes.make import make_optimizer
from minigan.recipes.settings import Settings
from minigan.training import Trainer

PARTS = {"forward": "forward ms", "backward": "backward ms", "double_backward": "second order ms"}  # by method
SGEMM = 2048  # rows of the square matrices
CLASSES = 10  # of the random images, for a semi-supervised D


def settings_of(preset=None, **choices):
    """The Settings of a preset (default: the recipe's, else paper32) and any choices, filled in."""
    plugins.load(choices.get("plugin") or ())
    preset = preset or book.choices(choices.get("recipe")).get("preset") or "paper32"
    data = "ring" if named(preset).points else "digits"
    return Settings(data=data, preset=preset, **choices).resolved()


def make_trainer(preset, batch_size, image_size, base_width, threads=None, choices=None):
    """A Trainer of random grey images (or points), its networks and rules those of the settings.

    base_width: channels of D's first map (units of the mlp). If it is not the preset's, the other widths are in
    proportion, and the game is the plain one.
    Raises ValueError for settings that do not go together.
    """
    settings = settings_of(preset, batch_size=batch_size, image_size=image_size, **choices or {})
    rng, shape = np.random.default_rng(0), (image_size, image_size, 1) if image_size else (2,)
    samples = rng.uniform(-1, 1, (max(batch_size, settings.labels), *shape)).astype(np.float32)
    if base_width == own_width(preset):
        return setup.make_trainer(settings, samples, np.arange(len(samples)) % CLASSES if settings.labels else None)
    G, D = networks(named(preset), shape, base_width, rng)
    optimizers = {"g_optimizer": make_optimizer(settings, G.params, settings.g_lr),
                  "d_optimizer": make_optimizer(settings, D.params, settings.d_lr)}  # fmt: skip
    return Trainer(G, D, samples, loss=setup.make_loss(settings), **optimizers, batch_size=batch_size,
                   z_dim=named(preset).z_dim, rng=rng)  # fmt: skip


def own_width(preset):
    """The preset's base width; None for networks of a plugin."""
    choice = named(preset)
    return next(iter(choice.options.get("d_widths", ())), choice.options.get("width"))


def networks(choice, image_shape, base_width, rng):
    """G and D of a Preset, with its widths in proportion to `base_width`."""
    options = choice.options | {"z_dim": choice.z_dim, "rng": rng}
    if choice.points:
        share = base_width / options["width"]
        widths = {key: max(1, round(share * options[key])) for key in ("width", "d_width") if key in options}
        return mlp(image_shape, **options | widths)
    share = base_width / options["d_widths"][0]
    for key in ("hidden", "g_widths", "d_widths"):
        options[key] = tuple(max(1, round(share * width)) for width in options.get(key, ()))
    return dcgan(*image_shape[1:], **options)


class Game:
    """The step of a Trainer on one batch of its samples and one of noise. Without what goes on around the step (drawing
    batches, hooks, checks for NaN), which the twin has not either."""

    def __init__(self, trainer):
        self.trainer, self.z, self.t = trainer, trainer.noise(trainer.batch_size), 0
        self.G, self.D, self.real = trainer.G, trainer.D, trainer.samples[: trainer.batch_size]

    def step(self):
        """k steps of D and one of G, as the twin has them."""
        t, self.t = self.trainer, self.t + 1
        for _ in range(t.k):
            drawn = d_step(t.G, t.D, t.loss, t.d_optimizer, self.real, self.z, penalties=t.penalties, rng=t.rng).drawn
        t._g_step(self.z, None if t.fresh_noise else drawn, self.real)
        if t.ema:
            t.ema.update(t.G, self.t)

    def flop(self):
        """Operations of one step, counted as the head of `bench` says."""
        t = self.trainer
        g, g_back, g_first = passes(self.G, self.z.shape[1:])
        d, d_back, d_first = (flop / t.D.joins for flop in passes(self.D, self.real.shape[1:]))
        penalties = sum(2 * (d + d_back) / penalty.every for penalty in t.penalties if hasattr(penalty, "every"))
        d_step = g + 2 * d + 4 * d_back - 2 * d_first + penalties
        g_step = 2 * g_back - g_first + d + d_back
        g_step += (g if t.fresh_noise else 0) + (d if getattr(t.loss, "paired", False) else 0)
        return len(self.real) * (t.k * d_step + g_step)


def passes(network, shape):
    """Operations for one sample: of one pass forward through all convolutions and dense layers, of one of backward's
    two gradients through all of them, and through the first of them."""
    walk = [(layer.flop(size) if "w" in layer.params else 0, layer.back_share) for layer, size in network._walk(shape)]
    back = [flop * share for flop, share in walk]
    return sum(flop for flop, _ in walk), sum(back), next(filter(None, back), 0)


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
