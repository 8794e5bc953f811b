"""The scores of a finished run, computed once and kept beside it.

    ring, grid       of 2,500 fresh points: modes found (of 8, of 25), high-quality share, reverse KL, by the rules of
                     VEEGAN and PacGAN (see `minigan.metrics.modes`)
    digits, mnist    of 10,000 fresh images, through the network of the data: classes found, share of images that it is
                     90 % sure of, reverse KL over the classes, FID. A class needs a hundredth of the images to be
                     found, a tenth of its share: a network that errs now and then sees every class somewhere. Where
                     there are too few real images for FID, KID stands in its place.
    stacked-digits   of 25,600: modes of 1,000 with at least one sample, share of samples that the network of the single
                     digits is 90 % sure of in every colour, reverse KL, and FID of the first 10,000

A run that met a NaN has no scores; its message is kept instead, for it would end in the same step again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from minigan import data, metrics
from minigan.files import replacing
from minigan.metrics.modes import stacked_mode_coverage
from minigan.recipes.evaluate import reference_of_run
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.setup import noise_of, stream
from minigan.report.folder import RunFolder

FILE, VERSION = "compare.json", 1  # the version changes whenever the same run would get other scores
CHUNK = 500  # samples that are drawn at once
LEAST_SHARE = 0.01  # of the images: what a class of digits needs to count as found


@dataclass
class Result:
    """What came of a run. outcome: "finished" or "diverged". scores: {name: number}. seconds: of training. of: how
    many modes there are to find. counts: how many samples belong to each, if they are few. message: why it diverged."""

    outcome: str
    scores: dict = field(default_factory=dict)
    seconds: float = 0.0
    of: int = 0
    samples: int = 0
    counts: list = field(default_factory=list)
    message: str = ""


def score(path, data_dir=None):
    """Score the finished run in the folder `path` -> Result. Raises ValueError for a folder that is no run."""
    G, config = load_generator(path)
    settings = config["settings"]
    rule = RULES[settings["data"].partition(":")[0]]
    samples = draw(G, noise_of(settings), rule.samples, stream(settings["seed"], "scores"))
    if samples is None:
        return Result("diverged", message="the generator draws NaNs or infinities")
    coverage, scores = rule.judge(samples, path, data_dir)
    scores = {"high_quality": coverage.high_quality.value, "reverse_kl": coverage.reverse_kl.value} | scores
    scores = {"modes": coverage.value} | scores
    counts = coverage.counts if len(coverage.counts) <= 25 else []
    return Result("finished", scores, training_seconds(path), len(coverage.counts), len(samples), list(counts))


def draw(G, noise, n, rng):
    """n fresh samples of G: points (n, 2), or uint8 images, as a file would hold them. None if G draws NaNs."""
    parts = []
    for start in range(0, n, CHUNK):
        x = sample(G, noise.sample(min(CHUNK, n - start), rng))
        if not np.isfinite(x).all():
            return None
        parts.append(data.to_uint8(x) if x.ndim == 4 else x)
    return np.concatenate(parts)


def judge_points(points, path, data_dir):
    """The Score of coverage of points (n, 2), and no other scores."""
    name = RunFolder(path).read_config()["settings"]["data"]
    return metrics.mode_coverage(points, *data.known_modes(name)), {}


def judge_digits(images, path, data_dir):
    """The Score of coverage of digits (n, H, W, C), uint8, and {"fid": ...}, or {"kid": ...} of few real ones."""
    ref = reference_of_run(path, data_dir=data_dir, progress=False)
    fake, real = ref.see(images), ref.see(ref.real)
    coverage = stacked_mode_coverage(fake.probs[:, None])  # one channel: its modes are the classes
    found = np.count_nonzero(np.array(coverage.counts) >= LEAST_SHARE * len(images))
    return metrics.Score(found, parts=coverage.parts), distance(real.features, fake.features)


def distance(real, fake):
    """{"fid": ...} of features (N, d), or {"kid": ...} where the real ones are too few to fill a covariance."""
    if len(real) > real.shape[1]:
        return {"fid": metrics.fid(real, fake).value}
    return {"kid": metrics.kid(real, fake).value}


def judge_stacked(images, path, data_dir):
    """The Score of coverage of stacked digits (n, H, W, 3), uint8, and their `distance`, of the first as many as there
    are real ones."""
    ref = reference_of_run(path, data_dir=data_dir, progress=False)
    coverage = metrics.score_stacked(images, ref.network)
    fake, real = ref.see(images[: len(ref.real)]), ref.see(ref.real)
    return coverage, distance(real.features, fake.features)


class Rule(NamedTuple):
    """How a kind of data is scored: how many samples, and a function (samples, path of the run, data_dir)."""

    samples: int
    judge: Callable


RULES = {
    "ring": Rule(2_500, judge_points),
    "grid": Rule(2_500, judge_points),
    "digits": Rule(10_000, judge_digits),
    "mnist": Rule(10_000, judge_digits),
    "stacked-digits": Rule(25_600, judge_stacked),
}


def training_seconds(path):
    """What the steps of the run in folder `path` took, without pictures and checkpoints."""
    return sum(float(row["seconds"]) for row in RunFolder(path).read_metrics())


def keep(path, result):
    """Write a Result into the folder `path` of its run, with what it was made from."""
    kept = {"version": VERSION, "checkpoint": sha256(RunFolder(path).checkpoint), **vars(result)}
    with replacing(path / FILE) as file:
        file.write(json.dumps(kept, indent=2).encode() + b"\n")


def kept(path):
    """The Result that is kept in the folder `path`; None if there is none, or one of another checkpoint or version."""
    try:
        read = json.loads((path / FILE).read_text())
        origin = read.pop("version"), read.pop("checkpoint")
        result = Result(**read)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    checkpoint = RunFolder(path).checkpoint
    return result if checkpoint.exists() and origin == (VERSION, sha256(checkpoint)) else None


def sha256(path):
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
