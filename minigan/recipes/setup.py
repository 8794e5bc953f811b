"""From settings to a trainer: data, networks, optimizers, all from one seed."""

import platform
from dataclasses import replace
from functools import partial

import numpy as np

import minigan
from minigan import data
from minigan.models import build, preset
from minigan.training import Trainer

STREAMS = {"training": 0, "data": 1, "fixed noise": 2, "scores": 3}  # independent random streams of one seed


def stream(seed, name):
    """A numpy Generator of the run with this seed; each name in STREAMS has its own."""
    return np.random.default_rng([seed, STREAMS[name]])


def load_samples(settings):
    """The data of `settings` -> (Dataset, samples ready to train on), float32 in [-1, 1], or points."""
    dataset = data.load(
        settings.data,
        split=settings.split,
        data_dir=settings.data_dir,
        rng=stream(settings.seed, "data"),
        fit=settings.fit,
        channels=settings.channels,
    )
    if not dataset.is_images:
        return dataset, dataset.x
    size = settings.image_size or preset(settings.preset).image_size or dataset.x.shape[1]
    return dataset, data.prepare(dataset, size, settings.channels or dataset.x.shape[3])


def make_networks(settings, sample_shape, rng):
    """G and D of the preset, with fresh weights."""
    return build(settings.preset, sample_shape, z_dim=settings.z_dim, dropout=settings.dropout, rng=rng)


def make_trainer(settings, samples):
    """A Trainer at step 0."""
    rng = stream(settings.seed, "training")
    G, D = make_networks(settings, samples.shape[1:], rng)
    augment = None
    if settings.shift or settings.rotate or settings.flip:
        if samples.ndim != 4:
            raise ValueError("--shift, --rotate and --flip are for images; leave them out for points")
        augment = partial(data.augment, shift=settings.shift, rotate=settings.rotate, flip=settings.flip)
        augment(samples[:1], np.random.default_rng(0))  # a wrong amount is refused now, not in the first step
    return Trainer(
        G, D, samples,
        loss=settings.make_loss(),
        g_optimizer=settings.make_optimizer(G.params),
        d_optimizer=settings.make_optimizer(D.params),
        batch_size=settings.batch_size,
        z_dim=settings.z_dim,
        rng=rng,
        k=settings.k,
        fresh_noise=settings.fresh_noise,
        augment=augment,
    )  # fmt: skip


def describe(settings, dataset, samples, trainer):
    """What config.json holds: everything needed to repeat the run."""
    import numba

    return {
        "settings": replace(settings, data_dir=None).as_dict(),
        "versions": {
            "minigan": minigan.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
            "machine": platform.machine(),
        },
        "data": {
            "name": dataset.name,
            "split": dataset.split,
            "sha256": dataset.sha256,
            "count": len(dataset),
            "cleaning": str(dataset.report),
            "sample_shape": list(samples.shape[1:]),
        },
        "parameters": {
            "G": sum(p.size for p in trainer.G.params.values()),
            "D": sum(p.size for p in trainer.D.params.values()),
        },
    }
