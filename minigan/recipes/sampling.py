"""New samples from a generator, and from the folder of a finished run."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigan.layers import Layer
from minigan.recipes import plugins
from minigan.recipes.settings import Settings
from minigan.recipes.setup import Networks, labels_asked, noise_of, stream
from minigan.report import pictures
from minigan.report.folder import RunFolder, save_samples
from minigan.training.checkpoint import load_generator_arrays, read_header


def sample(G: Layer, z: np.ndarray, batch: int = 256, classes: int = 0) -> np.ndarray:
    """Noise z (N, z_dim) -> images (N, H, W, C) in [0, 1], or points (N, 2). G in evaluation mode, in batches.

    classes: of the data, 0 for none. A conditional G is given the labels of `labels_asked`.
    """
    labels, parts = labels_asked(G, len(z), classes), []
    for some in (slice(i, i + batch) for i in range(0, len(z), batch)):
        given = None if labels is None else {"labels": labels[some]}
        parts.append(G.apply(z[some], training=False, given=given)[0])
    x = np.concatenate(parts)
    return (x + 1) / 2 if x.ndim == 4 else x


def load_generator(path: str | Path, best: bool = False) -> tuple[Layer, dict[str, Any]]:
    """The generator of the run in folder `path`, the average of it if the run has one -> G, its config (a dict).
    best: that of best.npz, the state with the best score, which --keep-best keeps.
    The run's plugins are loaded, that is, run (see `minigan.recipes.plugins`); one that has changed is told on stderr.
    Raises ValueError if it is not a run, or a plugin is missing."""
    folder = RunFolder(path)
    config = folder.read_config()
    try:
        saved = plugins.recalled(config["settings"], note=lambda text: print(f"note: {text}", file=sys.stderr))
        settings, shape = Settings(**saved).resolved(), config["data"]["sample_shape"]
        config["settings"] = settings.as_dict()
    except (KeyError, TypeError) as error:
        raise ValueError(f"{folder.config} is not a config of this minigan: {error}") from error
    classes = config["data"].setdefault("classes", 0)
    config["data"].setdefault("class_names", list(map(str, range(classes))))
    networks = Networks(settings, shape, stream(settings.seed, "training"), classes)
    checkpoint = folder.best if best else folder.checkpoint
    if best and not checkpoint.exists():
        raise ValueError(f"{folder.path} has no best.npz; train with --every 200 --keep-best to keep the best state")
    for stage in range(read_header(checkpoint)["stage"] + 1):
        G, _ = networks.build(stage)
    load_generator_arrays(checkpoint, G, "average" if settings.ema else "G")
    return G, config


def draw(samples: np.ndarray, real: np.ndarray | None = None, title: str = "", labels: np.ndarray | None = None,
         names: Sequence[str] = ()) -> np.ndarray:  # fmt: skip
    """Generated samples as one picture: a grid for images, a scatter plot (with real ones beneath) for points.
    labels: of the images, (N,); the name of its class then stands below each."""
    if samples.ndim == 4:
        return pictures.grid(samples, labels=None if labels is None else [names[label] for label in labels])
    return pictures.scatter(samples if real is None else real, samples, title)


def sample_run(path: str | Path, n: int, seed: int, out: str | Path) -> None:
    """n fresh samples of the run in folder `path`, written to `out`: .png (a picture) or .npz (key `images`, float32
    in [0, 1], (n, H, W, C); for points key `points`; of a conditional G also `labels`, int64 (n,)). Raises ValueError
    for any other ending, or n below 1."""
    if not str(out).endswith((".png", ".npz")):
        raise ValueError(f"--out must end in .png (a picture) or .npz (arrays), got {out}")
    if n < 1:
        raise ValueError(f"-n must be at least 1, got {n}")
    G, config = load_generator(path)
    if seed < 0:
        raise ValueError(f"--seed must be at least 0, got {seed}")
    z = noise_of(config["settings"]).sample(n, np.random.default_rng(seed))
    classes, names = config["data"]["classes"], config["data"]["class_names"]
    samples, labels = sample(G, z, classes=classes), labels_asked(G, n, classes)
    if not np.isfinite(samples).all():
        raise ValueError(f"the generator of {path} draws NaNs or infinities: its training diverged; train anew")
    if str(out).endswith(".npz"):
        save_samples(out, samples, labels)
    else:
        pictures.save_png(out, draw(samples, labels=labels, names=names))
