"""New samples from a generator, and from the folder of a finished run."""

import sys

import numpy as np

from minigan.recipes import plugins
from minigan.recipes.settings import Settings
from minigan.recipes.setup import make_networks, noise_of, stream
from minigan.report import pictures
from minigan.report.folder import RunFolder, save_samples
from minigan.training.checkpoint import load_generator_arrays


def sample(G, z, batch=256):
    """Noise z (N, z_dim) -> images (N, H, W, C) in [0, 1], or points (N, 2). G in evaluation mode, in batches."""
    parts = [G.forward(z[i : i + batch], training=False)[0] for i in range(0, len(z), batch)]
    x = np.concatenate(parts)
    return (x + 1) / 2 if x.ndim == 4 else x


def load_generator(path):
    """The generator of the run in folder `path`, the average of it if the run has one -> G, its config (a dict).
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
    G, _ = make_networks(settings, shape, stream(settings.seed, "training"))
    load_generator_arrays(folder.checkpoint, G, "average" if settings.ema else "G")
    return G, config


def draw(samples, real=None, title=""):
    """Generated samples as one picture: a grid for images, a scatter plot (with real ones beneath) for points."""
    if samples.ndim == 4:
        return pictures.grid(samples)
    return pictures.scatter(samples if real is None else real, samples, title)


def sample_run(path, n, seed, out):
    """n fresh samples of the run in folder `path`, written to `out`: .png (a picture) or .npz (key `images`, float32
    in [0, 1], (n, H, W, C); for points key `points`). Raises ValueError for any other ending, or n below 1."""
    if not str(out).endswith((".png", ".npz")):
        raise ValueError(f"--out must end in .png (a picture) or .npz (arrays), got {out}")
    if n < 1:
        raise ValueError(f"-n must be at least 1, got {n}")
    G, config = load_generator(path)
    if seed < 0:
        raise ValueError(f"--seed must be at least 0, got {seed}")
    z = noise_of(config["settings"]).sample(n, np.random.default_rng(seed))
    samples = sample(G, z)
    if not np.isfinite(samples).all():
        raise ValueError(f"the generator of {path} draws NaNs or infinities: its training diverged; train anew")
    if str(out).endswith(".npz"):
        save_samples(out, samples)
    else:
        pictures.save_png(out, draw(samples))
