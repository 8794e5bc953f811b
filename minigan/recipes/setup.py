"""From settings to a trainer: data, networks, optimizers, all from one seed."""

import inspect
import platform
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import minigan
from minigan import data
from minigan.data.steps import is_framed
from minigan.layers import DiffAugment, InstanceNoise, Layer, spectral_normalised
from minigan.layers.instance_noise import anneal
from minigan.models import build, preset, recogniser, variants
from minigan.models.conditional import CONDITIONALS, takes_labels
from minigan.objectives import Objective
from minigan.recipes.games import GAMES
from minigan.recipes.labelled import labelled_alone
from minigan.recipes.make import check_passed, passed
from minigan.recipes.rules import sides, unknown
from minigan.recipes.settings import Settings
from minigan.recipes.streams import noise_of, stream
from minigan.schedules import FadingPenalties, LearningRate
from minigan.training import Trainer
from minigan.training.ema import Average
from minigan.training.growing import Growth

REFERENCE_SIZE = 64  # rows of noise that virtual batch norm is about


def to_stderr(text: str) -> None:
    """Print a message beside the results."""
    print(text, file=sys.stderr, flush=True)


def load_data(settings: Settings) -> data.Dataset:
    """The data of `settings`, as a Dataset."""
    dataset = data.load(
        settings.data, split=settings.split, data_dir=settings.data_dir, rng=stream(settings.seed, "data"),
        fit=settings.fit, channels=settings.channels, size=sides(settings.image_size), background=settings.background,
        kind=settings.data_as,
    )  # fmt: skip
    if settings.without_class:
        dataset = without(dataset, settings.without_class)
    if settings.subset:
        dataset = data.subset(dataset, settings.subset, stream(settings.seed, "subset"))
    if settings.labels and settings.uses("conditional"):
        dataset = labelled_alone(settings, dataset)
    return dataset


def without(dataset: data.Dataset, name: str) -> data.Dataset:
    """The Dataset without the samples of the class with this name or number; its report says so. Raises ValueError for
    data without labels, an unknown class, and where nothing else would be left."""
    if dataset.labels is None:
        raise ValueError(f"--without-class leaves one class of several out, and {dataset.name!r} has no labels; use "
                         "digits, mnist, or folder:PATH with a subfolder for each class")  # fmt: skip
    number = class_number(dataset.classes, name)
    kept = np.flatnonzero(dataset.labels != number)
    out = len(dataset) - len(kept)
    if not len(kept) or not out:
        which = "is all that there is" if out else "has no samples"
        raise ValueError(
            f"--without-class {name}: this class {which} in {dataset.name} ({dataset.split}); name another"
        )
    part = dataset.part(kept, f"{dataset.split} without {dataset.classes[number]}")
    note = f"trained without class {dataset.classes[number]}, {out:,} of {len(dataset):,} left out (--without-class)"
    return replace(part, report=replace(part.report, notes=(*part.report.notes, note)))


def class_number(names: Sequence[str], text: str) -> int:
    """The number of a class that is named by its name, or by its number where no class has that name. Raises ValueError
    for an unknown one."""
    if text in names:
        return list(names).index(text)
    if str(text).isdecimal() and int(text) < len(names):
        return int(text)
    raise unknown("class", text, names)


def load_samples(settings: Settings) -> tuple[data.Dataset, np.ndarray]:
    """The data of `settings` -> (Dataset, samples ready to train on), float32: pictures in [-1, 1], points, or scaled
    numbers."""
    dataset = load_data(settings)
    if not dataset.is_images:
        return dataset, dataset.x
    size = sides(settings.image_size) or dataset.x.shape[1:3]
    samples = data.prepare(dataset, size, settings.channels or dataset.x.shape[3])
    return with_size_note(dataset, samples.shape[1:3], hint=not settings.phases), samples


def with_size_note(dataset: data.Dataset, size: tuple[int, int], hint: bool = True) -> data.Dataset:
    """The Dataset of images; its report also says at which size, (height, width), they are trained, if they come in
    another. hint: whether it names an --image-size that keeps more of them."""
    came, report = dataset.x.shape[1:3], dataset.report
    largest = report.largest or came
    if largest == size:
        return dataset
    done = "" if came == size else f"{'padded' if is_framed(came, size) else 'resized'}, "
    (H, W), (h, w) = largest, size
    side = min(2 * h, min(H, W) // 4 * 4)
    larger = (str(side) if side > h else "") if h == w else f"{2 * h}x{2 * w}" if 2 * h <= H and 2 * w <= W else ""
    more = f", --image-size {larger} for more" if hint and larger else ""
    note = f"{done}trained at {h} x {w}{more}"
    return replace(dataset, report=report.with_size_note(note if report.largest else f"{H} x {W}, {note}"))


class Networks:
    """Builds the networks of a run, stage by stage; only a preset that grows has more stages than one.

    sample_shape: of the data, (H, W, C), (T, C) or (d,). rng: what the weights are drawn from. classes: how many labels
    the data have, 0 for none: a conditional network is built for them. told_apart: how many kinds of samples a
    semi-supervised D tells apart; None: as many as classes.
    Raises ValueError for choices that do not fit the samples.
    """

    def __init__(self, settings: Settings, sample_shape: tuple, rng: np.random.Generator, classes: int = 0,
                 told_apart: int | None = None) -> None:  # fmt: skip
        self.settings, self.sample_shape, self.rng, self.classes = settings, tuple(sample_shape), rng, classes
        self.told_apart = classes if told_apart is None else told_apart
        self.bare: tuple | None = None  # G and D of the stage so far, as the preset's network has built them
        self.noise, self.augment = make_views(settings, sample_shape, rng)  # in front of D, the same in all stages

    def build(self, stage: int = 0) -> tuple[Layer, ...]:
        """The players' networks of a stage, G and D in a GAN, with what the settings change; the stages before it must
        have been built."""
        s, shape = self.settings, self.shape(stage)
        fades = bool(s.phases) and s.phases[stage].fade > 0
        self.bare = self._built(shape, z_dim=noise_of(s.as_dict()).size, dropout=s.dropout, pac=s.pac, stage=stage,
                                 fades=fades, previous=self.bare)  # fmt: skip
        return GAMES[s.game].networks(self, *self.bare, shape)

    def _built(self, shape, **options):
        """G and D of the preset's network."""
        name = self.settings.preset
        options |= passed(preset(name).network, self.settings)
        options |= {"classes": self.classes, "attention": self.settings.attention}
        return build(name, shape, rng=self.rng, **options)

    def shape(self, stage: int) -> tuple:
        """The shape of the samples in a stage."""
        phases = self.settings.phases
        return (phases[stage].size, phases[stage].size, self.sample_shape[-1]) if phases else self.sample_shape

    def changed(self, G: Layer, D: Layer, shape: tuple) -> tuple[Layer, Layer]:
        """G and D, changed as the settings say."""
        s, rng = self.settings, self.rng
        if s.minibatch:
            D = variants.minibatch_discriminating(D, rng=rng)
        if s.semi_supervised and self.told_apart:
            D = variants.classifying(D, self.told_apart, rng=rng)
        if s.d_norm == "batch":  # before layers come in that are told the class, or attend
            D = variants.batch_normalised(D)
        G, D = CONDITIONALS[s.conditional].told(G, D, self.classes, rng)
        if s.attention:
            G, D = self.attending(G, D, shape)
        if s.virtual_batch_norm:
            reference = noise_of(s.as_dict()).sample(REFERENCE_SIZE, stream(s.seed, "reference"))
            given = {"labels": np.arange(REFERENCE_SIZE) % self.classes} if self.classes else None
            G = variants.virtually_normalised(G, reference, given)
        if s.spectral_norm:
            D = spectral_normalised(D, rng=rng)
        if s.g_spectral_norm:
            G = spectral_normalised(G, rng=rng)
        if s.pac > 1:
            D = variants.packed(D, s.pac, shape)
        for name, view in (("noise", self.noise), ("augment", self.augment)):
            D = variants.seen_through(D, (name, view)) if view else D
        return G, D

    def attending(self, G: Layer, D: Layer, shape: tuple) -> tuple[Layer, Layer]:
        """Both players with self-attention, where their network has not seen to it."""
        s, given = self.settings, {"labels": np.zeros(2, int)} if self.classes else {}
        if "attention" in inspect.signature(preset(s.preset).network).parameters:
            return G, D
        seen = (*shape[:-1], shape[-1] * s.pac)  # by a D that is made for packs
        inputs = np.zeros((2, noise_of(s.as_dict()).size), np.float32), np.zeros((2, *seen), np.float32)
        return tuple(
            variants.attending(network, s.attention, x, given, rng=self.rng)
            for network, x in zip((G, D), inputs, strict=True)
        )

    def recogniser(self, n_out: int) -> Layer:
        """A new network that looks at a sample and gives n_out numbers. Raises ValueError for networks that grow."""
        if self.settings.grows:
            raise ValueError(f"--preset {self.settings.preset} grows, and a term with a network of its own (entropy, "
                             "information) cannot go on with larger samples; leave it out")  # fmt: skip
        return recogniser(self._built(self.sample_shape)[1], n_out, rng=self.rng)


def make_views(settings: Settings, sample_shape: tuple, rng: np.random.Generator) -> tuple:
    """What D sees everything through: an InstanceNoise or None, a DiffAugment or None."""
    noise = InstanceNoise(settings.instance_noise, rng=rng) if settings.instance_noise else None
    if not settings.diff_augment:
        return noise, None
    if "saturation" in settings.diff_augment and sample_shape[-1] == 1:
        raise ValueError("--diff-augment saturation changes colours, and the samples are grey; leave it out")
    p = 0.0 if settings.ada else 1.0  # adaptive augmentation begins with none
    return noise, DiffAugment(settings.diff_augment, p=p, rng=rng)


def file_name(data_name: str) -> str:
    """The name of a data set as part of the name of a file: "folder-my-pictures" of "folder:my/pictures"."""
    return re.sub(r"[:/\\]", "-", data_name).strip("-.")


def classes_of(labels: np.ndarray | None) -> int:
    """How many classes the game is told of: labels are 0, 1, ..., classes - 1. 0 for data without labels."""
    return 0 if labels is None else int(labels.max()) + 1


def labels_asked(G: Layer, n: int, classes: int) -> np.ndarray | None:
    """The classes that n samples are drawn for, (n,): each in turn, 0, 1, ..., classes - 1, 0, 1, ... None if no layer
    of G takes labels, or the data have none."""
    return np.arange(n) % classes if classes and takes_labels(G) else None


def make_trainer(settings: Settings, samples: np.ndarray, labels: np.ndarray | None = None) -> Trainer:
    """A Trainer at step 0. labels: the class of each sample, for conditional networks and a semi-supervised D."""
    check_passed(settings)
    rng = stream(settings.seed, "training")
    told_apart = len(np.unique(labels)) if settings.semi_supervised and labels is not None else 0
    classes = check_classes(settings, labels)
    networks = Networks(settings, samples.shape[1:], rng, classes, told_apart)
    objective = GAMES[settings.game](settings, networks, samples, labels)
    return Trainer(
        objective, samples_at(samples, networks.shape(0)), batch_size=settings.batch_size, rng=rng,
        given={"labels": labels} if classes else None, augment=make_augment(settings, samples),
        ema=Average(objective.players[0].network, settings.ema) if settings.ema else None,
        before_step=make_before_step(settings, networks.noise, objective),
        growth=make_growth(settings, networks, samples),
    )  # fmt: skip


def check_classes(settings: Settings, labels: np.ndarray | None) -> int:
    """How many classes the game is told of, or ValueError if a conditional game has none to play with."""
    if settings.uses("conditional") and (labels is None or len(np.unique(labels)) < 2):
        known = "no labels" if labels is None else "one class only"
        raise ValueError(f"--conditional {settings.conditional} needs labelled data of at least 2 classes, and "
                         f"{settings.data!r} has {known}; use digits, mnist, or folder:PATH with a subfolder for each "
                         "class, or leave it out (--conditional none)")  # fmt: skip
    return classes_of(labels)


def without_samples(labels: np.ndarray | None) -> list[int]:
    """The classes below the largest of which there is no sample: what G draws for one of them, nobody has shown it."""
    return [] if labels is None else np.flatnonzero(np.bincount(labels) == 0).tolist()


def make_growth(settings: Settings, networks: Networks, samples: np.ndarray) -> Growth | None:
    """When which networks follow, for a preset that grows; else None."""
    if not settings.grows:
        return None
    phases = settings.phases

    def grown(stage: int, G: Layer, D: Layer) -> tuple:
        return (*networks.build(stage), samples_at(samples, networks.shape(stage)))

    fades = {stage: phase.fade for stage, phase in enumerate(phases) if phase.fade}
    return Growth([phase.start for phase in phases[1:]], grown, fades)


def samples_at(samples: np.ndarray, shape: tuple) -> np.ndarray:
    """Samples brought to the size of a stage; as they are if they have it."""
    if samples.shape[1:] == tuple(shape):
        return samples
    return data.prepare_images(data.to_uint8(data.denormalise(samples)), shape[:2], shape[-1])


def make_augment(settings: Settings, samples: np.ndarray) -> Callable | None:
    """The function (batch, rng) -> batch that moves real images about before anybody sees them, or None."""
    if not (settings.shift or settings.rotate or settings.flip):
        return None
    if samples.ndim != 4:
        raise ValueError(f"--shift, --rotate and --flip are for images; leave them out for {settings.held}")
    augment = partial(data.augment, shift=settings.shift, rotate=settings.rotate, flip=settings.flip)
    augment(samples[:1], np.random.default_rng(0))  # a wrong amount is refused now, not in the first step
    return augment


def make_before_step(settings: Settings, noise: InstanceNoise | None, objective: Objective) -> list:
    """What is set anew before each step: learning rates and penalties by their schedules; instance noise, which falls
    to 0."""
    hooks = []
    if settings.lr_schedule != "constant":
        optimizers = [player.optimizer for player in objective.players]
        hooks.append(LearningRate(settings.lr_schedule, settings.steps, optimizers, settings.lr_last))
    if settings.penalty_fade != 1:
        hooks.append(FadingPenalties(settings.penalty_fade, settings.steps, objective.penalties))
    if noise:
        hooks.append(anneal(noise, settings.steps))
    return hooks


def choose_as_before(config: dict[str, Any]) -> None:
    """Let convolutions be computed by the same algorithms as in the run of this config.json, on the same processor."""
    from minigan.kernels import costs
    from minigan.kernels.machine import processor

    before, now = config.get("processor"), processor.describe()
    known = isinstance(before, dict) and isinstance(before.get("costs"), dict)
    if known and all(before.get(key) == now[key] for key in ("model", "vector_bits", "fma")):
        costs.use(before["costs"].get("ns"))


def describe(settings: Settings, dataset: data.Dataset, samples: np.ndarray, trainer: Trainer) -> dict[str, Any]:
    """What config.json holds: everything needed to repeat the run, and on what it ran."""
    import numba

    from minigan.kernels import costs
    from minigan.kernels.machine import processor

    convolves = any(p.ndim > 2 for player in trainer.objective.players for p in player.network.params.values())
    return {
        "settings": settings.but(data_dir=None).as_dict(),
        "versions": {
            "minigan": minigan.__version__, "python": platform.python_version(), "numpy": np.__version__,
            "numba": numba.__version__, "machine": platform.machine(),
        },
        "processor": processor.describe() | {"costs": costs.record(look=convolves)},
        "data": {
            "name": dataset.name, "split": dataset.split, "sha256": dataset.sha256, "count": len(dataset),
            "cleaning": str(dataset.report), "sample_shape": list(samples.shape[1:]),
            "classes": classes_of(dataset.labels), "class_names": list(dataset.classes or ()),
            "scaling": dataset.scaling.as_dict(), "rate": data.rate_of(settings.data),
        },
        "parameters": {
            player.name: sum(p.size for p in player.network.params.values()) for player in trainer.objective.players
        },
    }  # fmt: skip
