"""Looking before training: the data as it comes and as the network gets it, and the networks as tables."""

import numpy as np

from minigan import data
from minigan.models import Preset, preset
from minigan.recipes import book, plugins
from minigan.recipes.options import OPTIONS
from minigan.recipes.rules import sides
from minigan.recipes.settings import Settings
from minigan.recipes.setup import Networks, file_name
from minigan.report import numbers, pictures

MANY_LABELS = 20
SIGNAL = (64, 1)  # steps and channels, where there are no data to say


def show_data(name: str, split: str, data_dir: str | None = None, image_size: int | str | None = None,
              channels: int | None = None, fit: str | None = None, data_as: str | None = None, seed: int = 0,
              out: str | None = None) -> str:  # fmt: skip
    """Write a picture of ten samples before and after preprocessing to `out` -> the report on the data, as text."""
    OPTIONS["seed"].check(seed)
    OPTIONS["image_size"].check(image_size)
    OPTIONS["data_as"].check_names([data_as] if data_as else [])
    rng = np.random.default_rng(seed)
    dataset = data.load(name, split=split, data_dir=data_dir, rng=rng, fit=fit, channels=channels, kind=data_as,
                        size=sides(image_size))  # fmt: skip
    out = out or f"data-{file_name(name)}.png"
    lines = [f"{dataset.name} ({dataset.split}): {dataset.report}", f"shape {dataset.x.shape}, {dataset.x.dtype}"]
    if dataset.labels is not None:
        lines.append(f"labels {label_counts(np.bincount(dataset.labels))}")
    if not dataset.is_images:
        pictures.save_png(out, numbers.draw_real(dataset.scaling.undo(dataset.x[:2000]), name))
    else:
        size = sides(image_size or preset("quick").image_size)
        shown = np.sort(rng.choice(len(dataset), min(10, len(dataset)), replace=False))
        prepared = data.prepare(dataset, size, channels or dataset.x.shape[3])
        before, after = dataset.x[shown].astype(np.float32) / 255, (prepared[shown] + 1) / 2
        H, W = before.shape[1:3]
        titles = [f"as it comes: {H}x{W}, 0..255", f"as the network gets it: {size[0]}x{size[1]}, -1..1"]
        pictures.save_png(out, pictures.before_after([before, after], titles))
        lines.append(f"after preprocessing: shape {prepared.shape}, {prepared.dtype}, "
                     f"from {prepared.min():.2f} to {prepared.max():.2f}")  # fmt: skip
    lines += [f"sha256 {dataset.sha256}", f"picture: {out}"]
    return "\n".join(lines)


def label_counts(counts: np.ndarray) -> str:
    """How many images each label has, as text: each for itself, or of many labels the fewest and the most."""
    if len(counts) > MANY_LABELS:
        return f"{np.count_nonzero(counts):,} of 0..{len(counts) - 1}, with {counts.min():,} to {counts.max():,} images"
    return ", ".join(f"{label}: {count:,}" for label, count in enumerate(counts))


def stand_in(choice: Preset, image_size: int | str | None = None, channels: int = 1) -> tuple[dict, tuple]:
    """What a preset is looked at with, where there are no data: choices of Settings, and the shape of a sample."""
    size = image_size or choice.image_size
    if size and choice.pictures:
        return {"data": "digits"}, (*sides(size), channels)
    if choice.points:
        return {"data": "ring"}, (2,)
    return {"data": "npz:FILE", "data_as": "signals", "z_dim": choice.z_dim}, SIGNAL  # this file is never looked for


def summary(name: str, image_size: int | str | None = None, channels: int = 1, recipe: str | None = None,
            plugin: list[str] | None = None) -> str:  # fmt: skip
    """Both networks of the preset `name` as tables, with the changes of a recipe if one is named. plugin: files that
    may bring either."""
    plugins.load(plugin or ())
    choice = preset(name)
    OPTIONS["image_size"].check(image_size)
    data, shape = stand_in(choice, image_size, channels)
    settings = Settings(**data, recipe=recipe, preset=name, plugin=plugin).resolved()
    G, D = Networks(settings, shape, np.random.default_rng(0), classes=10).build()
    n = settings.z_dim + settings.codes
    of_recipe = f"recipe {recipe}: {book.recipe(recipe).SUMMARY}\n" if recipe else ""
    return (
        f"preset {name}: {choice.description}\n{of_recipe}"
        f"batch {settings.batch_size}, {settings.steps} steps, {settings.loss} loss, "
        f"{settings.optimizer} (lr {settings.lr}, beta1 {settings.beta1})\n\n"
        f"generator, from noise of {n} numbers\n{G.summary((n,))}\n\n"
        f"discriminator, from {' x '.join(map(str, shape))}\n{D.summary(shape)}"
    )
