"""The game that `minigan bench` measures, and the worker that plays it: the networks and rules of any settings, and one
batch of random images and noise, the same in every step."""

from collections import Counter

import numpy as np

from minigan.batch import Batch
from minigan.bench import worker
from minigan.kernels.machine import memory as workspace
from minigan.kernels.machine import threads as own_threads
from minigan.layers import Layer, MaxoutDense, flop
from minigan.layers.summary import visits
from minigan.models import preset as named
from minigan.models.presets import Preset
from minigan.objectives import Gan, Vae
from minigan.penalties.gradient import GradientPenalty
from minigan.recipes import book, plugins, setup
from minigan.recipes.inspect import stand_in
from minigan.recipes.settings import Settings
from minigan.training import Trainer

PARTS = {"forward": "forward ms", "backward": "backward ms", "second_order": "second order ms"}  # by method
SGEMM = 2048  # rows of the square matrices
CLASSES = 10  # of the random images


def settings_of(preset: str | None = None, **choices: object) -> Settings:
    """The Settings of a preset (default: the recipe's, else paper32) and any choices, filled in. Networks that double
    are measured at their last size, when all has faded in."""
    plugins.load(choices.get("plugin") or ())
    preset = preset or book.choices(choices.get("recipe")).get("preset") or "paper32"
    settings = Settings(**stand_in(named(preset))[0] | {"preset": preset} | choices)
    full = settings.resolved()
    return settings.but(stages=str(full.largest)).resolved() if full.doubles and full.grows else full


def make_trainer(
    preset: str, batch_size: int, image_size: int | str | None, base_width: int, threads: int | None = None,
    choices: dict | None = None,
) -> Trainer:  # fmt: skip
    """A Trainer of random grey images (or points, or signals), its networks and rules those of the settings.

    base_width: channels of D's first map (units of the mlp). If it is not the preset's, the networks are the preset's
    bare ones, with the other widths in proportion.
    Raises ValueError for settings that do not go together.
    """
    settings = settings_of(preset, batch_size=batch_size, image_size=image_size, **choices or {})
    rng, shape = np.random.default_rng(0), stand_in(named(preset), image_size)[1]
    samples = rng.uniform(-1, 1, (max(batch_size, settings.labels), *shape)).astype(np.float32)
    labels = np.arange(len(samples)) % CLASSES if len(shape) == 3 else None  # digits have them, points have none
    trainer = setup.make_trainer(settings, samples, labels)
    if base_width != own_width(preset):
        trainer.replace(*networks(named(preset), shape, base_width / own_width(preset), rng), samples)
    return trainer


def own_width(preset: str) -> int | None:
    """The preset's base width; None for networks of a plugin."""
    options = named(preset).options
    return next(iter(options.get("d_widths", ())), options.get("width"))


def networks(choice: Preset, image_shape: tuple, share: float, rng: np.random.Generator) -> tuple[Layer, Layer]:
    """G and D of a Preset, with all widths times `share`."""

    def scaled(widths: int | tuple) -> int | tuple:
        return tuple(map(scaled, widths)) if isinstance(widths, tuple) else max(1, round(share * widths))

    options = choice.options | {"z_dim": choice.z_dim, "rng": rng}
    for key in {"hidden", "g_widths", "d_widths", "width", "d_width"} & options.keys():
        options[key] = scaled(options[key])
    return choice.network(image_shape, **options)


class SameNoise:
    """Noise that is the same rows z in every step, as the twin has it."""

    def __init__(self, z: np.ndarray) -> None:
        self.z = z

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return self.z

    def beside(self, real: Batch, rng: np.random.Generator) -> np.ndarray:
        return self.z


class Game:
    """The step of a Trainer's objective on one batch of its samples and one of noise. What goes on around that step
    (drawing batches, hooks, checks for NaN) is left out, as the twin has none of it."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.objective, self.t = trainer, trainer.objective, 0
        self.real, self.z = trainer.data.chosen(np.arange(trainer.batch_size)), trainer.noise(trainer.batch_size)
        self.objective.noise = SameNoise(self.z)

    def step(self) -> None:
        """k steps of D and one of G, as the twin has them."""
        self.t += 1
        self.objective.step(self.real, self.trainer.rng)
        if self.trainer.ema:
            self.trainer.ema.update(self.objective.G, self.t)

    def flop(self) -> float:
        """Operations of one step, counted as the head of `stopwatch` says."""
        count = flop_of_autoencoder if isinstance(self.objective, Vae) else flop_of_game
        return len(self.real) * count(self.objective, self.real, self.z)


def flop_of_game(game: Gan, real: Batch, z: np.ndarray) -> float:
    """Operations of one step for each sample of the batch."""
    g, g_back, g_first = passes(game.G, Batch(z, real.given))
    d, d_back, d_first = (cost / game.D.pack_size for cost in passes(game.D, real))
    lazy = [penalty.every for penalty in game.penalties if isinstance(penalty, GradientPenalty)]
    d_step = g + 2 * d + 4 * d_back - 2 * d_first + sum(2 * (d + d_back) / every for every in lazy)
    g_step = 2 * g_back - g_first + d + d_back
    g_step += (g if game.fresh_noise else 0) + (d if game.loss.paired else 0)
    return game.k * d_step + g_step


def flop_of_autoencoder(vae: Vae, real: Batch, z: np.ndarray) -> float:
    """Operations of one step for each sample: both networks forward and back, but for E's gradient by the samples."""
    g, g_back, _ = passes(vae.G, Batch(z, real.given))
    e, e_back, e_first = passes(vae.E, real)
    return g + 2 * g_back + e + 2 * e_back - e_first


def passes(network: Layer, batch: Batch) -> tuple[float, float, float]:
    """Operations for one sample (or one pack) of `batch`: of one pass forward through all convolutions and dense
    layers, of one of backward's two gradients through all of them, and through those at the input, several if the
    network begins with branches."""
    one = batch.chosen(np.arange(network.pack_size))
    seen = visits(network, one.x.shape[1:], one.given)
    forward, back, first, at_input = 0, 0, 0, {id(seen[0].x)}
    for _, layer, x, y in seen:
        cost = flop(layer, x.shape[1:], y.shape[1:]) if "w" in layer.params else 0
        cost_back = cost / layer.pieces if isinstance(layer, MaxoutDense) else cost
        forward, back = forward + cost, back + cost_back
        if id(x) in at_input:
            first += cost_back
            at_input |= {id(y)} if layer.parameter_free else set()
    return forward, back, first


class Answers(worker.Answers):
    """What the worker of minigan is asked, method by method."""

    def build(self, config: dict) -> float:
        """Make the networks -> operations of one step."""
        own_threads.set_count(config["threads"])
        self.imported = worker.resident()[0]
        self.game = Game(make_trainer(**config))
        return self.game.flop()

    def memory(self) -> dict[str, int]:
        """Also the bytes that are kept for the next step."""
        return super().memory() | {"held_bytes": workspace.held()}

    def layers(self, n: int) -> tuple[list[dict], float]:
        """Milliseconds in each layer's passes in one step (the median of n), and in all the rest."""
        spent, layers = Counter(), {}
        for player, network, _ in self.game.objective.players[:2]:  # without those of terms
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

    def sgemm(self) -> float:
        """GFLOP/s of NumPy's float32 product, the best of six."""
        a, b = np.random.default_rng(0).standard_normal((2, SGEMM, SGEMM), dtype=np.float32)
        return 2 * SGEMM**3 / min(worker.timed(lambda: a @ b, 6)) / 1e9


if __name__ == "__main__":
    worker.serve(Answers())
