"""The game that `minigan bench` measures, and the worker that plays it: the networks and rules of any settings, and one
batch of random images and noise, the same in every step."""

from collections import Counter

import numpy as np

from minigan.batch import Batch
from minigan.bench import worker
from minigan.gan import draw
from minigan.kernels.machine import memory as workspace
from minigan.kernels.machine import threads as own_threads
from minigan.layers import Layer, MaxoutDense
from minigan.layers.summary import flop, visits
from minigan.models import dcgan, mlp
from minigan.models import preset as named
from minigan.models.noise import Noise
from minigan.objectives import Gan
from minigan.penalties.gradient import GradientPenalty
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
    optimizers = (make_optimizer(settings, net.params, lr) for net, lr in ((G, settings.g_lr), (D, settings.d_lr)))
    game = Gan(G, D, setup.make_loss(settings), *optimizers, Noise(named(preset).z_dim))
    return Trainer(game, samples, batch_size=batch_size, rng=rng)


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
        self.trainer, self.objective, self.t = trainer, trainer.objective, 0
        self.z, self.real = trainer.noise(trainer.batch_size), Batch(trainer.samples[: trainer.batch_size])

    def step(self) -> None:
        """k steps of D and one of G, as the twin has them."""
        game, self.t = self.objective, self.t + 1
        for _ in range(game.k):
            fake = draw(game.G, self.z)
            game.d_step(self.real, fake, self.trainer.rng)
        game.g_step(self.real, draw(game.G, self.z) if game.fresh_noise else fake)
        if self.trainer.ema:
            self.trainer.ema.update(game.G, self.t)

    def flop(self) -> float:
        """Operations of one step, counted as the head of `stopwatch` says."""
        game = self.objective
        g, g_back, g_first = passes(game.G, self.z.shape[1:])
        d, d_back, d_first = (flop / game.D.pack_size for flop in passes(game.D, self.real.x.shape[1:]))
        lazy = [penalty.every for penalty in game.penalties if isinstance(penalty, GradientPenalty)]
        d_step = g + 2 * d + 4 * d_back - 2 * d_first + sum(2 * (d + d_back) / every for every in lazy)
        g_step = 2 * g_back - g_first + d + d_back
        g_step += (g if game.fresh_noise else 0) + (d if game.loss.paired else 0)
        return len(self.real) * (game.k * d_step + g_step)


def passes(network: Layer, shape: tuple) -> tuple[float, float, float]:
    """Operations for one sample: of one pass forward through all convolutions and dense layers, of one of backward's
    two gradients through all of them, and through the first of them."""
    products = [visit for visit in visits(network, shape) if "w" in visit.layer.params]
    forward = [flop(layer, x.shape[1:], y.shape[1:]) for _, layer, x, y in products]
    back = [
        cost / (visit.layer.pieces if isinstance(visit.layer, MaxoutDense) else 1)
        for cost, visit in zip(forward, products, strict=True)
    ]
    return sum(forward), sum(back), next(iter(back), 0)


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
        for player, network in (("G", self.game.objective.G), ("D", self.game.objective.D)):
            for name, layer in network.leaves():
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
