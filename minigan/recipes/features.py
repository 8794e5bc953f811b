"""Scores of features made elsewhere, by whatever network: arrays in files."""

from pathlib import Path

import numpy as np

from minigan.data.npz import read_arrays
from minigan.metrics import Seen
from minigan.metrics.fid import fid_to
from minigan.metrics.moments_file import load_moments
from minigan.recipes.evaluation import Evaluation, progress_bar
from minigan.recipes.scoring import REPLICATES, REPLICATES_WIDE, WIDE, Scores, halvings, score_with_floor

STATS = "stats:"  # before the name of a file of mean and covariance
OWN_FEATURES = "the features are your own: compare only with scores of the same network"
FID_ALONE = "mean and covariance give a FID and no other score: those need the samples themselves"


def evaluate_features(real_path: str | Path, fake_path: str | Path, *, seed: int = 0,
                      progress: bool = True) -> Evaluation:  # fmt: skip
    """Score features made elsewhere: two .npz files, each with an array (N, d) under `features` or alone in it; the
    real one may be stats:FILE, mean and covariance as pytorch-fid writes them.

    Raises ValueError for files that are none, or arrays that do not fit together.
    """
    fake = Seen(read_features(fake_path), None)
    if str(real_path).startswith(STATS):
        saved = load_moments(str(real_path).removeprefix(STATS))
        scores = Scores({"fid": fid_to(saved.pair, fake.features, replicates=replicates_for(fake.features), rng=seed)})
        notes = [OWN_FEATURES, FID_ALONE]
        return Evaluation(str(fake_path), str(real_path), len(fake.features), saved.samples, scores, notes)
    real = Seen(read_features(real_path), None)
    with progress_bar(5 + halvings(len(real.features)), progress) as tick:
        scores = score_with_floor(real, fake, rng=seed, tick=tick)
    notes = [OWN_FEATURES, *missing(scores, real, fake)]
    return Evaluation(str(fake_path), str(real_path), len(fake.features), len(real.features), scores, notes)


def replicates_for(features: np.ndarray) -> int:
    """How many bootstrap replicates the interval of a FID on features (N, d) is made of."""
    return REPLICATES if features.shape[1] < WIDE else REPLICATES_WIDE


def missing(scores: Scores, real: Seen, fake: Seen) -> list[str]:
    """A sentence for the FID where there are too few samples for it."""
    d, n_real, n_fake = real.features.shape[1], len(real.features), len(fake.features)
    if "fid" in scores.values:
        return []
    return [f"no FID: features of width {d} need {d + 1} samples on both sides, and there are {n_real:,} real and "
            f"{n_fake:,} generated ones"]  # fmt: skip


def read_features(path: str | Path) -> np.ndarray:
    """The array (N, d) of an .npz: under the key `features`, or the only one there. ValueError for anything else."""
    arrays = read_arrays(path)
    if "features" not in arrays and arrays.keys() >= {"mu", "sigma"}:
        raise ValueError(f"{path}: expected features (N, d), found mean and covariance; fix: --features-real "
                         f"{STATS}{path}, or give the features themselves")  # fmt: skip
    if "features" not in arrays and len(arrays) != 1:
        raise ValueError(f"{path}: expected the key 'features' or a single array, found {sorted(arrays)[:9]}; "
                         "fix: np.savez(path, features=...)")  # fmt: skip
    features = arrays.get("features", next(iter(arrays.values())))
    if features.ndim != 2:
        raise ValueError(f"{path}: expected features (N, d), found {features.shape}; fix: features.reshape(N, -1)")
    return features
