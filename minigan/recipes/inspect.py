"""Looking before training: the data as it comes and as the network gets it, and the networks as tables."""

import numpy as np

from minigan import data
from minigan.models import build, preset
from minigan.report import pictures

MANY_LABELS = 20


def show_data(name, split, data_dir=None, image_size=None, channels=None, fit=None, seed=0, out=None):
    """Write a picture of ten samples before and after preprocessing to `out` -> the report on the data, as text."""
    if seed < 0:
        raise ValueError(f"--seed must be at least 0, got {seed}")
    if image_size is not None and image_size < 1:
        raise ValueError(f"--image-size must be at least 1, got {image_size}")
    rng = np.random.default_rng(seed)
    dataset = data.load(name, split=split, data_dir=data_dir, rng=rng, fit=fit, channels=channels)
    out = out or f"data-{name.replace(':', '-').replace('/', '-')}.png"
    lines = [f"{dataset.name} ({dataset.split}): {dataset.report}", f"shape {dataset.x.shape}, {dataset.x.dtype}"]
    if dataset.labels is not None:
        counts = np.bincount(dataset.labels)
        lines.append(f"labels {label_counts(counts)}")
    if not dataset.is_images:
        pictures.save_png(out, pictures.scatter(dataset.x[:2000], dataset.x[:0], name))
    else:
        size = image_size or preset("quick").image_size
        shown = np.sort(rng.choice(len(dataset), min(10, len(dataset)), replace=False))
        prepared = data.prepare(dataset, size, channels or dataset.x.shape[3])
        before, after = dataset.x[shown].astype(np.float32) / 255, (prepared[shown] + 1) / 2
        H, W = before.shape[1:3]
        titles = [f"as it comes: {H}x{W}, 0..255", f"as the network gets it: {size}x{size}, -1..1"]
        pictures.save_png(out, pictures.before_after([before, after], titles))
        lines.append(f"after preprocessing: shape {prepared.shape}, {prepared.dtype}, "
                     f"from {prepared.min():.2f} to {prepared.max():.2f}")  # fmt: skip
    lines += [f"sha256 {dataset.sha256}", f"picture: {out}"]
    return "\n".join(lines)


def label_counts(counts):
    """How many images each label has, as text: each for itself, or of many labels the fewest and the most."""
    if len(counts) > MANY_LABELS:
        return f"{np.count_nonzero(counts):,} of 0..{len(counts) - 1}, with {counts.min():,} to {counts.max():,} images"
    return ", ".join(f"{label}: {count:,}" for label, count in enumerate(counts))


def summary(name, image_size=None, channels=1):
    """Both networks of the preset `name` as tables."""
    choice = preset(name)
    size = image_size or choice.image_size
    shape = (size, size, channels) if size else (2,)
    G, D = build(name, shape, rng=np.random.default_rng(0))
    z_shape = (choice.z_dim,)
    return (
        f"preset {name}: {choice.description}\n"
        f"batch {choice.batch_size}, {choice.steps} steps, {choice.loss} loss, "
        f"{choice.optimizer} (lr {choice.lr}, beta1 {choice.beta1})\n\n"
        f"generator, from noise of {z_shape[0]} numbers\n{G.summary(z_shape)}\n\n"
        f"discriminator, from {' x '.join(map(str, shape))}\n{D.summary(shape)}"
    )
