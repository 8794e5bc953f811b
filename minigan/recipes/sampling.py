"""New samples from a generator, and the generator of a finished run."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from minigan.checks import naming
from minigan.data import Scaling
from minigan.layers import Layer
from minigan.models import Noise
from minigan.models.noise import truncated
from minigan.recipes import plugins
from minigan.recipes.games import GAMES
from minigan.recipes.settings import Settings, of_today
from minigan.recipes.setup import Networks, labels_asked, stream
from minigan.report.folder import RunFolder
from minigan.training.checkpoint import load_network_arrays, read_header
from minigan.training.standing import batch_norms, standing_statistics


def sample(G: Layer, z: np.ndarray, batch: int = 256, classes: int = 0,
           labels: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """Noise z (N, z_dim) -> images (N, H, W, C) in [0, 1], or points, tables and signals as G draws them. G in
    evaluation mode, in batches.

    classes: of the data, 0 for none. A conditional G is given `labels` (N,), without them those of `labels_asked`.
    """
    labels, parts = labels_asked(G, len(z), classes) if labels is None else labels, []
    for some in (slice(i, i + batch) for i in range(0, len(z), batch)):
        given = None if labels is None else {"labels": labels[some]}
        parts.append(G.apply(z[some], training=False, given=given)[0])
    x = np.concatenate(parts)
    return (x + 1) / 2 if x.ndim == 4 else x


def noise_within(noise: Noise, truncation: float | None) -> Noise:
    """The Noise with its numbers within plus and minus `truncation`; 0: anywhere; None: as it is. Raises ValueError for
    a truncation out of range."""
    if truncation is None:
        return noise
    if truncation:
        truncated(np.zeros(1), truncation, np.random.default_rng(0))  # one that is out of range is refused now
    return Noise(noise.z_dim, noise.codes, truncation or None)


def stood(G: Layer, config: dict[str, Any], noise: Noise, batches: int, path: str | Path) -> Layer:
    """G of the run in folder `path` with standing statistics: of so many batches of this Noise, as large as those of
    its training, always the same ones. Raises ValueError for a G without batch norms, or less than one batch."""
    if batches < 1:
        raise ValueError(f"--standing must be at least 1 batch, got {batches}")
    if not batch_norms(G):
        raise ValueError(f"--standing makes the statistics of batch norms anew, and the generator of {path} has none; "
                         "leave it out")  # fmt: skip
    settings = config["settings"]
    n = batches * max(2, settings["batch_size"])
    z = noise.shown(n, stream(settings["seed"], "standing"))
    return standing_statistics(G, z, labels_asked(G, n, config["data"]["classes"]), batches)


def load_generator(path: str | Path, best: bool = False) -> tuple[Layer, dict[str, Any]]:
    """The generator of the run in folder `path`, the average of it if the run has one -> G, its config (a dict).
    best: that of best.npz, the state with the best score, which --keep-best keeps.
    The run's plugins are loaded, that is, run (see `minigan.recipes.plugins`); one that has changed is told on stderr.
    Raises ValueError if it is not a run, a plugin is missing, or it does not draw from noise."""
    players, config = load_players(path, best, names="G")
    if not GAMES[config["settings"]["game"]].draws:
        raise ValueError(f"{path} is an enhancer, which draws nothing from noise; give it pictures: "
                         f"minigan edit {path} enhance")  # fmt: skip
    return players["G"], config


def load_players(path: str | Path, best: bool = False, names: Iterable[str] = "GD") -> tuple[dict[str, Layer], dict]:
    """The networks of the run in folder `path` with these names -> {name: Layer}, its config; else as
    `load_generator`. "G" is the average of G if the run has one. Raises ValueError for a name that its game does not
    have (`minigan.recipes.games`)."""
    folder = RunFolder(path)
    config = folder.read_config()
    try:
        saved = plugins.recalled(config["settings"], note=lambda text: print(f"note: {text}", file=sys.stderr))
        settings, shape = Settings(**of_today(saved)).resolved(), config["data"]["sample_shape"]
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
        built = dict(zip(GAMES[settings.game].players, networks.build(stage), strict=True))
    if missing := [name for name in names if name not in built]:
        raise ValueError(f"{folder.path} has the networks {', '.join(built)}, and no {', '.join(missing)}: it was "
                         f"trained with --game {settings.game}")  # fmt: skip
    players = {name: built[name] for name in names}
    for name, network in players.items():
        load_network_arrays(checkpoint, network, "average" if name == "G" and settings.ema else name)
    return players, config


def scaling_of(config: dict[str, Any]) -> Scaling:
    """How the data of a run with this config were scaled. Raises ValueError for a config that is damaged."""
    with naming("config.json"):
        return Scaling.from_dict(config["data"].get("scaling") or {})
