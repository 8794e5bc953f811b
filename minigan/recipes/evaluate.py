"""How good is it? Samples in, scores out: of a run, of pictures from anywhere, or of features made elsewhere."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from minigan import data
from minigan.checks import whole
from minigan.models import Noise
from minigan.recipes.evaluation import Evaluation, Samples, progress_bar, write_and_print  # noqa: F401
from minigan.recipes.features import evaluate_features
from minigan.recipes.games import GAMES
from minigan.recipes.options import OPTIONS
from minigan.recipes.real_side import RealSamples, check_place, real_side, save_stats_of
from minigan.recipes.reference import UNITS, is_own_file, reference_for
from minigan.recipes.rules import flag
from minigan.recipes.same_data import settings_of
from minigan.recipes.sampling import load_generator, load_players, noise_within, sample, stood
from minigan.recipes.scoring import check_enough, check_splits
from minigan.recipes.settings import Settings
from minigan.recipes.setup import labels_asked, noise_of, to_stderr
from minigan.recipes.truncation_curve import LIMITS, SAMPLES
from minigan.recipes.truncation_curve import truncation_curve as curve_of
from minigan.report.truncation import picture as curve_picture

CHUNK = 500  # images that are drawn between two looks at the progress bar


def evaluate(run: str | Path | None = None, *, against: str | Path | None = None, n: int = 10_000,
             images: str | None = None, reference_name: str | None = None, split: str | None = None,
             fit: str | None = None, channels: int | None = None, background: str | None = None,
             network: str | None = None,
             fake_splits: int | None = None, save_stats: str | Path | None = None,
             features_real: str | Path | None = None, features_fake: str | Path | None = None,
             data_dir: str | None = None, by_class: bool = False, truncation: float | None = None,
             truncation_curve: bool | None = None, standing: int | None = None, draws: int | None = None,
             seed: int = 0, progress: bool = True,
             say: Callable[[str], Any] = to_stderr) -> list[Evaluation]:  # fmt: skip
    """Score a run, or images, or features -> a list of one Evaluation, or of two with `against`.

    Just one of run, images (with reference_name) and features_real with features_fake is to be given; ValueError if
    not. With reference_name and save_stats alone nothing is scored -> []. The rest is as in `evaluate_run`,
    `evaluate_images` and `evaluate_features`.
    """
    kinds = {"RUN": run, "--images": images, "--features-real and --features-fake": features_real or features_fake}
    given = [kind for kind, value in kinds.items() if value]
    alone = not given and reference_name and save_stats
    if len(given) != 1 and not alone:
        raise ValueError(f"expected one of {', '.join(kinds)}, got {' and '.join(given) or 'none'}")
    OPTIONS["seed"].check(seed)
    if save_stats:
        check_place(save_stats)
    pictures_only = {"--reference": reference_name, "--split": split, "--fit": fit, "--channels": channels,
                     "--background": background, "--network": network, "--fake-splits": fake_splits,
                     "--save-stats": save_stats, "--by-class": by_class or None}  # fmt: skip
    of_run = dict(truncation=truncation, truncation_curve=truncation_curve, standing=standing, draws=draws)
    refuse("RUN", {"--against": against} | {flag(name): value for name, value in of_run.items()}, kinds["RUN"])
    refuse("RUN or --images", pictures_only, not (features_real or features_fake))
    refuse("--reference", {"--split": split, "--fit": fit, "--channels": channels,
                           "--background": background}, reference_name or images)  # fmt: skip
    options = dict(data_dir=data_dir, seed=seed, progress=progress, say=say)
    if features_real or features_fake:
        if not (features_real and features_fake):
            raise ValueError("--features-real and --features-fake go together; give both")
        return [evaluate_features(features_real, features_fake, seed=seed, progress=progress)]
    real = dict(name=reference_name, split=split, fit=fit, channels=channels, background=background,
                network=network)  # fmt: skip
    if alone:
        save_stats_of(real_side(**real, **options), save_stats, say)
        return []
    options |= dict(real=real, fake_splits=fake_splits, save_stats=save_stats, by_class=by_class)
    if images:
        if reference_name is None:
            raise ValueError("--images needs --reference: what to hold them against, such as mnist, folder:PATH or "
                             "stats:FILE.npz")  # fmt: skip
        return [evaluate_images(images, **options)]
    options |= of_run | {"n": n}
    if against is None:
        return [evaluate_run(run, **options)]
    load_generator(against)  # a wrong folder is refused before the first run is scored
    first = evaluate_run(run, **options)
    return [first, evaluate_run(against, against=first, **options | {"save_stats": None, "truncation_curve": False})]


def refuse(kind: str, flags: dict[str, Any], allowed: Any) -> None:
    """Raise ValueError for the first of the flags that is given, unless they are allowed."""
    for name, value in flags.items():
        if value is not None and not allowed:
            raise ValueError(f"{name} goes with {kind}; leave it out")


@dataclass(frozen=True)
class Drawn:
    """The generator of the run in folder `path`, as its samples are drawn: from which Noise, and with the statistics of
    so many fresh batches in its batch norms (None: its own)."""

    path: str | Path
    G: Any
    config: dict[str, Any]
    noise: Noise
    standing: int | None = None

    def truncated(self, limit: float | None) -> "Drawn":
        """The same with noise within plus and minus `limit`; None: any noise."""
        return replace(self, noise=Noise(self.noise.z_dim, self.noise.codes, limit))

    def samples(self, n: int, seed: int, tick: Callable[[str], Any] = lambda text: None) -> Samples:
        """`n` Samples. Raises ValueError if G draws NaNs or infinities."""
        G = self.G if self.standing is None else stood(self.G, self.config, self.noise, self.standing, self.path)
        z, classes = self.noise.shown(n, np.random.default_rng(seed)), self.config["data"]["classes"]
        chunks = [z[i : i + CHUNK] for i in range(0, n, CHUNK)]
        asked = [labels_asked(G, len(chunk), classes) for chunk in chunks]
        x = draw(G, chunks, classes, lambda: tick(f"drawing {n:,} samples"))
        if x is None:
            raise ValueError(f"the generator of {self.path} draws NaNs or infinities: its training diverged; train "
                             "anew")  # fmt: skip
        labels = None if asked[0] is None else np.concatenate(asked)
        return Samples(str(self.path), x, labels, tuple(self.config["data"]["class_names"]))

    def held_out(self, side: Any, draws: int | None, seed: int,
                 tick: Callable[[str], Any] = lambda text: None) -> tuple[Any, dict] | None:  # fmt: skip
        """What the game of the run says of the real samples of `side` (RealSamples of its own data) -> scores,
        pictures; None for a game that says nothing. draws: see `minigan.recipes.autoencoder.scores`."""
        settings = Settings(**self.config["settings"])
        game = settings.kind("game")
        if game.held_out is None:
            return None
        tick("held-out samples")
        players, x = load_players(self.path, names=game.players)[0], side.ref.real
        x = data.normalise(x) if x.ndim == 4 else x
        made = game.held_out.scores(settings, players, x, np.random.default_rng(seed), draws)
        return made, game.held_out.pictures(settings, players, x, settings.split != "train")


def draw(G: Any, noise: Iterable[np.ndarray], classes: int = 0,
         tick: Callable[[], Any] = lambda: None) -> np.ndarray | None:  # fmt: skip
    """What G makes of each array of noise, together: points (n, 2), or uint8 images, as a file would hold them. None if
    G draws NaNs or infinities. classes: as for `sample`. tick: called before each array."""
    parts = []
    for z in noise:
        tick()
        x = sample(G, z, classes=classes)
        if not np.isfinite(x).all():
            return None
        parts.append(data.to_uint8(x) if x.ndim == 4 else x)
    return np.concatenate(parts)


def evaluate_run(path: str | Path, *, n: int = 10_000, seed: int = 0, against: Evaluation | None = None,
                 real: dict[str, Any] | None = None, fake_splits: int | None = None,
                 save_stats: str | Path | None = None, by_class: bool = False, truncation: float | None = None,
                 truncation_curve: bool | None = None, standing: int | None = None, draws: int | None = None,
                 data_dir: str | None = None, progress: bool = True,
                 say: Callable[[str], Any] = to_stderr) -> Evaluation:  # fmt: skip
    """Score `n` samples of the run in folder `path` -> Evaluation.

    against: an Evaluation whose reference is used, so that both are seen through the same eyes; its network must be
    that of this run's data. real: arguments of `real_side`; without a name in it: the data that the run was trained
    on, which must be what they were then. fake_splits: of the Inception Score. save_stats: a file for the mean and
    covariance of the real side. by_class: scores by class also of a run without labels, sorted by what the network
    reads. truncation: how far from 0 the noise may lie; 0: anywhere; None: as in the run's settings. truncation_curve:
    whether there is one; None: of conditional runs. standing: batches of standing statistics; None: none.
    draws: for each held-out sample, of the bound that a run of a VAE has on its own data; None: 64.
    Raises ValueError for a folder that is no run, data that have changed, too small an n, a generator that draws NaNs.
    """
    check_enough(fake=n, fix="more, with -n")
    check_splits(n, fake_splits)
    G, config = load_generator(path)
    check_draws(path, config, draws)
    run = Drawn(path, G, config, noise_within(noise_of(config["settings"]), truncation), standing)
    side = real_side_of(path, config, real or {}, data_dir=data_dir, seed=seed, progress=progress, say=say)
    if against is not None and against.network != side.sha256:
        raise ValueError(f"{path} and {against.subject} are of different data ({side.name}, {against.reference}): each "
                         "is scored by the network of its own data, and such scores cannot be compared; fix: name one "
                         "--reference for both")  # fmt: skip
    if save_stats:
        save_stats_of(side, save_stats, say)
    if truncation_curve and not side.ref:
        raise ValueError(f"--truncation-curve needs real samples, and {side.name} holds their mean and covariance; "
                         "leave it out")  # fmt: skip
    with progress_bar(-(-n // CHUNK) + side.parts + len(LIMITS) * bool(truncation_curve), progress) as tick:
        samples = run.samples(n, seed, tick)
        made = side.evaluate(samples, seed=seed, splits=fake_splits, tick=tick, by_judge=by_class)
        if truncation_curve or truncation_curve is None and side.ref and samples.labels is not None:
            made.curve = curve_of(run, side.ref, n=min(n, SAMPLES), seed=seed, tick=tick)
            made.pictures["truncation"] = curve_picture(made.curve)
        if held_out := run.held_out(side, draws, seed, tick) if not (real or {}).get("name") else None:
            made.held_out, more = held_out
            made.pictures |= more
    return made


def check_draws(path: str | Path, config: dict[str, Any], draws: int | None) -> None:
    """Raise ValueError for draws below 1, or for a run whose game has no bound."""
    if draws is None:
        return
    whole("--draws", draws)
    if GAMES[config["settings"]["game"]].held_out is None:
        raise ValueError(f"--draws is of the bound of a variational autoencoder, and {path} is a run of --game "
                         f"{config['settings']['game']}; leave it out")  # fmt: skip


def real_side_of(path: str | Path, config: dict[str, Any], real: dict[str, Any], *, say: Callable[[str], Any],
                 **options: Any) -> Any:  # fmt: skip
    """What a run is held against: what `real` names, or else the data that it was trained on."""
    shape, trained_on = config["data"]["sample_shape"], config["settings"]["data"]
    if real.get("name") is None:
        settings = settings_of(path, config, data_dir=options["data_dir"], say=say)
        options |= {"seed": None, "network": real.get("network")}  # points are drawn by the run's own seed
        return RealSamples(reference_for(settings, shape, say=say, **options))
    side = real_side(**real, shape=tuple(shape) if len(shape) == 3 else None, say=say, **options)
    if side.unit != UNITS[len(shape)]:
        raise ValueError(f"{path} does not draw {side.unit}, which {side.name} holds; name another --reference")
    say(f"note: held against {side.name}; {path} was trained on {trained_on}")
    return side


def evaluate_images(spec: str, reference_name: str | None = None, *, seed: int = 0, progress: bool = True,
                    say: Callable[[str], Any] = to_stderr, real: dict[str, Any] | None = None,
                    fake_splits: int | None = None, save_stats: str | Path | None = None, by_class: bool = False,
                    data_dir: str | None = None) -> Evaluation:  # fmt: skip
    """Score the images of `spec` (folder:PATH, npz:FILE or the name of a data set), held against the data
    `reference_name` -> Evaluation.

    real: more arguments of `real_side`, of which `fit` and `channels` are for `spec` as well. The rest is as for
    `evaluate_run`. Labels that are classes of the reference count as what was asked for.
    Raises ValueError as `minigan.data.load` does, and for too few images.
    """
    real = {"name": reference_name} | (real or {})
    images = data.load(spec, split="all" if is_own_file(spec) else "train", data_dir=data_dir, **of_folder(spec, real),
                       channels=real.get("channels"), rng=np.random.default_rng(seed))  # fmt: skip
    if not images.is_images:
        raise ValueError(f"--images expected folder:PATH or npz:FILE, got {spec}, which holds "
                         f"{images.report.unit}")  # fmt: skip
    check_enough(fake=len(images), fix=f"more pictures in {spec}")
    check_splits(len(images), fake_splits)
    say(f"images: {images.name}, {images.report}")
    real |= of_folder(real["name"], real) if real["name"].startswith("folder:") else {"fit": None, "background": None}
    real |= {"channels": real.get("channels") if is_own_file(real["name"]) else None}
    side = real_side(**real, data_dir=data_dir, seed=seed, progress=progress, say=say)
    if side.unit != "images":
        raise ValueError(f"{side.name} holds {side.unit}; give images a --reference of images, such as mnist")
    if save_stats:
        save_stats_of(side, save_stats, say)
    with progress_bar(side.parts, progress) as tick:
        samples = Samples(spec, images.x, images.labels, images.classes)
        return side.evaluate(samples, seed=seed, splits=fake_splits, tick=tick, by_judge=by_class)


def of_folder(spec: str, real: dict[str, Any]) -> dict[str, Any]:
    """--fit and --background are for folders; of two sides, of which one is a folder, for that one."""
    names = ("fit", "background")
    if not spec.startswith("folder:") and str(real["name"]).startswith("folder:"):
        return dict.fromkeys(names)
    return {name: real.get(name) for name in names}
