"""Looking before training: the data as it comes and as the network gets it, and the networks as tables."""

from pathlib import Path
from typing import Any

import numpy as np

from minigan import data
from minigan.data.folder import glimpse
from minigan.models import Preset, preset
from minigan.recipes import book, plugins
from minigan.recipes.games import GAMES
from minigan.recipes.options import OPTIONS
from minigan.recipes.rules import sides
from minigan.recipes.settings import Settings
from minigan.recipes.setup import Networks, file_name, with_size_note
from minigan.recipes.sound import MANY
from minigan.report import numbers, pictures
from minigan.report.sound import save_wav

MANY_LABELS = 20
CLASSES, DIGITS = 10, 28  # of the bundled digits, and their height and width


def show_data(name: str, split: str, data_dir: str | None = None, image_size: Any = None, channels: int | None = None,
              fit: str | None = None, data_as: str | None = None, seed: int = 0, out: str | None = None,
              background: str | None = None) -> str:  # fmt: skip
    """Write a picture of ten samples before and after preprocessing to `out` -> the report on the data, as text. Of
    made signals `out` may be a .wav. Raises ValueError as `data.load`, and for a .wav of anything else."""
    OPTIONS["seed"].check(seed)
    OPTIONS["image_size"].check(image_size)
    OPTIONS["data_as"].check_names([data_as] if data_as else [])
    if out and out.endswith(".wav") and not data.rate_of(name):
        known = ", ".join(data.SIGNAL_SETS)
        raise ValueError(f"a .wav is for signals whose steps a second are known ({known}), got {name}; choose a .png")
    rng = np.random.default_rng(seed)
    kind = data_as or data.kind_of(name, size=sides(image_size))
    size = sides(image_size or preset("quick").image_size)
    dataset = data.load(name, split=split, data_dir=data_dir, rng=rng, fit=fit, channels=channels, size=size,
                        background=background, kind=kind)  # fmt: skip
    out = out or f"data-{file_name(name)}.png"
    if not dataset.is_images:
        after, what = [], write_numbers(out, dataset)
    else:
        prepared = data.prepare(dataset, size or dataset.x.shape[1:3], channels or dataset.x.shape[3])
        h, w = prepared.shape[1:3]
        dataset = with_size_note(dataset, (h, w))
        shown = np.sort(rng.choice(len(dataset), min(10, len(dataset)), replace=False))
        before, title = as_it_comes(dataset, shown)
        titles = [f"as it comes: {title}", f"as the network gets it: {h}x{w}, -1..1"]
        pictures.save_png(out, pictures.before_after([before, (prepared[shown] + 1) / 2], titles))
        what = "picture"
        after = [f"after preprocessing: shape {prepared.shape}, {prepared.dtype}, "
                 f"from {prepared.min():.2f} to {prepared.max():.2f}"]  # fmt: skip
    lines = [f"{dataset.name} ({dataset.split}): {dataset.report}", f"shape {dataset.x.shape}, {dataset.x.dtype}"]
    if dataset.labels is not None:
        lines.append(f"labels {label_counts(np.bincount(dataset.labels))}")
    return "\n".join([*lines, *after, f"sha256 {dataset.sha256}", f"{what}: {out}"])


def write_numbers(out: str, dataset: data.Dataset) -> str:
    """Samples of a Dataset that are numbers, as a picture, or signals as a .wav -> what was written."""
    if out.endswith(".wav"):
        save_wav(out, dataset.x[:MANY], data.rate_of(dataset.name))
        return f"sound of {min(MANY, len(dataset)):,} signals"
    pictures.save_png(out, numbers.draw_real(dataset.scaling.undo(dataset.x[:2000]), dataset.name))
    return "picture"


def as_it_comes(dataset: data.Dataset, shown: np.ndarray) -> tuple[np.ndarray, str]:
    """(some images of a Dataset before preprocessing, in [0, 1], their title): of a folder, the whole of each file."""
    if dataset.names:
        folder = Path(dataset.name.partition(":")[2]).expanduser()
        whole = np.stack([glimpse(folder / dataset.names[row]) for row in shown])
        return whole.astype(np.float32) / 255, "the whole of each file"
    H, W = dataset.x.shape[1:3]
    return dataset.x[shown].astype(np.float32) / 255, f"{H}x{W}, 0..255"


def label_counts(counts: np.ndarray) -> str:
    """How many images each label has, as text: each for itself, or of many labels the fewest and the most."""
    if len(counts) > MANY_LABELS:
        return f"{np.count_nonzero(counts):,} of 0..{len(counts) - 1}, with {counts.min():,} to {counts.max():,} images"
    return ", ".join(f"{label}: {count:,}" for label, count in enumerate(counts))


def stand_in(choice: Preset, image_size: int | str | None = None, channels: int = 1) -> tuple[dict, tuple]:
    """What a preset is looked at with, where there are no data: choices of Settings, and the shape of a sample."""
    size = image_size or choice.image_size or (None if choice.points else DIGITS)
    if size and choice.pictures:
        return {"data": "digits"}, (*sides(size), channels)
    if choice.points:
        return {"data": "ring"}, (2,)
    return {
        "data": "npz:FILE",
        "data_as": "signals",
        "z_dim": choice.z_dim,
    }, choice.signal  # this file is never looked for


def summary(name: str, image_size: int | str | None = None, channels: int = 1, recipe: str | None = None,
            plugin: list[str] | None = None) -> str:  # fmt: skip
    """Both networks of the preset `name` as tables, with the changes of a recipe if one is named. plugin: files that
    may bring either."""
    plugins.load(plugin or ())
    choice = preset(name)
    OPTIONS["image_size"].check(image_size)
    data, shape = stand_in(choice, image_size, channels)
    settings = Settings(**data, recipe=recipe, preset=name, plugin=plugin).resolved()
    made = Networks(settings, shape, np.random.default_rng(0), classes=CLASSES)
    for stage in range(max(1, len(settings.phases))):  # of networks that grow, the last ones are shown
        networks = made.build(stage)
    given = {"labels": np.zeros(1, int)}
    game = GAMES[settings.game]
    inputs = [(input_in_words(size), size)
              for size in (game.g_input(settings, shape), *[shape] * (len(networks) - 1))]  # fmt: skip
    tables = [
        f"{title}, from {said}\n{network.summary(takes, given)}"
        for title, network, (said, takes) in zip(game.titles, networks, inputs, strict=True)
    ]
    aim = f"{settings.loss} loss" if "D" in settings.players else f"{settings.likely} likelihood"
    of_recipe = f"recipe {recipe}: {book.recipe(recipe).SUMMARY}\n" if recipe else ""
    return (
        f"preset {name}: {choice.description}\n{of_recipe}"
        f"batch {settings.batch_size}, {settings.steps} steps, {aim}, "
        f"{settings.optimizer} (lr {settings.lr}, beta1 {settings.beta1})\n\n" + "\n\n".join(tables)
    )


def input_in_words(shape: tuple) -> str:
    """What a network takes: numbers of noise, or samples of a shape."""
    return f"noise of {shape[0]} numbers" if len(shape) == 1 else " x ".join(map(str, shape))
