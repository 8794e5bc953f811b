"""The scores of a finished run, computed once and kept beside it.

    ring, grid       of 2,500 fresh points: modes found (of 8, of 25), high-quality share, reverse KL, by the rules of
                     VEEGAN and PacGAN (see `minigan.metrics.modes`)
    digits, mnist    of 10,000 fresh images, through the network of the data: classes found, share of images that it is
                     90 % sure of, reverse KL over the classes, FID. A class needs a hundredth of the images to be
                     found, a tenth of its share: a network that errs now and then sees every class somewhere.

A run that met a NaN has no scores; its message is kept instead, for it would end in the same step again.
"""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np

from minigan import data, metrics
from minigan.files import replacing
from minigan.metrics.modes import stacked_mode_coverage
from minigan.recipes.evaluate import reference_of_run
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.setup import noise_of, stream
from minigan.report.folder import RunFolder

FILE, VERSION = "compare.json", 1  # the version changes whenever the same run would get other scores
POINTS, IMAGES = 2_500, 10_000  # samples that are scored
LEAST_SHARE = 0.01  # of the images: what a class of digits needs to count as found


@dataclass
class Result:
    """What came of a run. outcome: "finished" or "diverged". scores: {name: number}. seconds: of training. of: how
    many modes there are to find. counts: how many samples belong to each of them. message: why it diverged."""

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
    known = data.known_modes(settings["data"])
    n = POINTS if known else IMAGES
    z = noise_of(settings).sample(n, stream(settings["seed"], "scores"))
    samples = sample(G, z)
    if not np.isfinite(samples).all():
        return Result("diverged", message="the generator draws NaNs or infinities")
    scores = {}
    if known:
        coverage = metrics.mode_coverage(samples, *known)
        found = coverage.value
    else:
        ref = reference_of_run(path, data_dir=data_dir, progress=False)
        fake, real = ref.see(data.to_uint8(samples)), ref.see(ref.real)
        coverage = stacked_mode_coverage(fake.probs[:, None])  # one channel: the modes are the classes
        found = np.count_nonzero(np.array(coverage.counts) >= LEAST_SHARE * n)
        scores = {"fid": metrics.fid(real.features, fake.features).value}
    scores = {
        "modes": float(found), "high_quality": coverage.high_quality.value, "reverse_kl": coverage.reverse_kl.value,
    } | scores  # fmt: skip
    return Result("finished", scores, training_seconds(path), len(coverage.counts), n, list(coverage.counts))


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
