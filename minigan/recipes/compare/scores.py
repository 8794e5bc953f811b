"""The scores of a finished run, computed once and kept beside it. What is scored depends on the data:

    ring, grid       of 2,500 fresh points: modes found (of 8, of 25), high-quality share, reverse KL, by the rules of
                     VEEGAN and PacGAN (see `minigan.metrics.modes`); of dirac too, whose one mode is at (0, 0)
    chirps, plucks,  of 2,500 fresh signals: modes found (of 8, of 8, of 5), high-quality share, reverse KL, distance of
    beats            the spectra (see `minigan.metrics.signals`)
    digits, mnist    of 10,000 fresh images, through the network of the data: classes found, share of images that it is
                     90 % sure of, reverse KL over the classes, and how they lie (below). A class needs a tenth of its
                     share of the images to be found: a network that errs now and then sees every class somewhere.
    stacked-digits   of 25,600: modes of 1,000 with at least one sample, share of samples that the network of the single
                     digits is 90 % sure of in every colour, reverse KL; of the first 10,000 how they lie
    other images     with labels as digits, against the real share of each class; without labels how they lie
    other numbers    of 2,500 fresh points, rows of a table or signals how they lie, on the numbers themselves, each
    column
                     scaled

How they lie: FID, or KID where there are too few real samples for it; precision and recall; of images also copying,
whether they are nearer to a training image than held-out ones are (`minigan.metrics.neighbours`), and sharpness.

The same rules are for the baselines (`minigan.baselines`), which draw as many samples. Of a run that is told the class,
on labelled images, also the label accuracy and the intra-FID (`minigan.recipes.by_class`).

A run that met a NaN has no scores; its message is kept instead, for it would end in the same step again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigan import data, metrics
from minigan.files import write_text
from minigan.metrics import Score, Seen
from minigan.metrics.modes import stacked_mode_coverage
from minigan.recipes.by_class import lacking, score_by_class
from minigan.recipes.evaluate import CHUNK, draw
from minigan.recipes.reference import Reference, reference_for
from minigan.recipes.sampling import load_generator
from minigan.recipes.setup import labels_asked, noise_of, stream
from minigan.report.folder import RunFolder

FILE, VERSION = "compare.json", 3  # the version changes whenever the same run would get other scores
CHECKPOINT = "checkpoint.npz"
SHARE_TO_FIND = 10  # a class needs a tenth of its share of the images to count as found


@dataclass
class Result:
    """What came of a run. outcome: "finished" or "diverged". scores: {name: number}. seconds: of training, or of the
    fit. of: how many modes there are to find, 0 where none are known. counts: how many samples belong to each, if they
    are few. message: why it diverged."""

    outcome: str
    scores: dict = field(default_factory=dict)
    seconds: float = 0.0
    of: int = 0
    samples: int = 0
    counts: list = field(default_factory=list)
    message: str = ""

    def in_words(self) -> str:
        """The scores as a line of text."""
        forms = {"high_quality": "{:.1%} of high quality", "reverse_kl": "reverse KL {:.3f}", "fid": "FID {:.3g}",
                 "spectral_distance": "spectra {:.2f} dB apart",
                 "kid": "KID {:.3g}", "precision": "precision {:.1%}", "recall": "recall {:.1%}",
                 "copying": "copying {:.2f}", "sharpness": "sharpness {:.2f}",
                 "label_accuracy": "label accuracy {:.1%}", "intra_fid": "intra-FID {:.3g}"}  # fmt: skip
        forms["modes"] = f"{{:.0f}} of {self.of} modes"
        return ", ".join(forms[name].format(value) for name, value in self.scores.items())


def score(path: str | Path, data_dir: str | None = None) -> Result:
    """Score the finished run in the folder `path` -> Result. Raises ValueError for a folder that is no run."""
    G, config = load_generator(path)
    settings = config["settings"]
    rule, noise, rng = (
        rule_for(settings["data"], settings["data_as"]),
        noise_of(settings),
        stream(settings["seed"], "scores"),
    )
    classes = config["data"]["classes"]
    sizes = [min(CHUNK, rule.samples - start) for start in range(0, rule.samples, CHUNK)]
    samples = draw(G, (noise.shown(n, rng) for n in sizes), classes)
    if samples is None:
        return Result("diverged", message="the generator draws NaNs or infinities")
    ref = reference_for(settings, config["data"]["sample_shape"], data_dir=data_dir, progress=False)
    asked = [labels_asked(G, n, classes) for n in sizes]
    return judged(samples, rule, ref, training_seconds(path), None if asked[0] is None else np.concatenate(asked))


def judged(samples: np.ndarray, rule: "Rule", ref: Reference, seconds: float,
           labels: np.ndarray | None = None) -> Result:  # fmt: skip
    """The Result of samples, as many as the Rule asks for: uint8 images, or numbers as G draws them. seconds: of the
    training. labels: the classes that they were drawn for, (n,), or None."""
    coverage, others = rule.judge(samples, ref)
    others |= of_classes(samples, ref, labels)
    if coverage is None:
        return Result("finished", others, seconds, samples=len(samples))
    scores = {"modes": coverage.value, "high_quality": coverage.high_quality.value}
    scores |= {"reverse_kl": coverage.reverse_kl.value} | others
    of, counts = len(coverage.counts), list(coverage.counts)
    return Result("finished", scores, seconds, of, len(samples), counts if of <= 25 else [])


def of_classes(samples: np.ndarray, ref: Reference, labels: np.ndarray | None) -> dict[str, float]:
    """Of samples that were drawn for classes which the network tells apart: how many it reads as those, and the
    intra-FID if every class has enough images for it. labels: (n,), or None."""
    if labels is None or lacking(ref):
        return {}
    fake, real = ref.see(samples, labels), ref.see(ref.real)
    found = {"label_accuracy": metrics.label_accuracy(fake.probs, labels).value}
    intra = score_by_class(ref, real, ref.see(ref.train), fake).mean("fid")
    return found | ({} if intra is None else {"intra_fid": intra.value})


def judge_points(points: np.ndarray, ref: Reference) -> tuple[Score, dict]:
    """The Score of coverage of points (n, 2), and no other scores."""
    return metrics.mode_coverage(points, *data.known_modes(ref.name)), {}


def judge_digits(images: np.ndarray, ref: Reference) -> tuple[Score, dict]:
    """The Score of coverage of digits (n, H, W, C), uint8, and how they lie among real ones."""
    fake, real = ref.see(images), ref.see(ref.real)
    coverage, others = classes_found(fake, real)
    return coverage, others | likeness(images, fake, real, ref)


def judge_stacked(images: np.ndarray, ref: Reference) -> tuple[Score, dict]:
    """The Score of coverage of stacked digits (n, H, W, 3), uint8, and how they lie, of the first as many as there
    are real ones."""
    coverage, some = metrics.score_stacked(images, ref.network), images[: len(ref.real)]
    fake, real = ref.see(some), ref.see(ref.real)
    return coverage, distance(real.features, fake.features) | likeness(some, fake, real, ref)


def judge_signals(signals: np.ndarray, ref: Reference) -> tuple[Score, dict]:
    """The Score of coverage of made signals (n, T, 1), and how far their spectra are from those of real ones."""
    fake, real = ref.see(signals), ref.see(ref.real)
    return ref.modes(fake), {name: score(real, fake).value for name, score in ref.more.items()}


def judge_others(samples: np.ndarray, ref: Reference) -> tuple[Score | None, dict]:
    """Of labelled images the Score of coverage of their classes, of other samples None; and how they lie."""
    fake, real = ref.see(samples), ref.see(ref.real)
    coverage, others = None, distance(real.features, fake.features)
    if ref.labels is not None:
        coverage, others = classes_found(fake, real, real_shares(ref))
    return coverage, others | likeness(samples, fake, real, ref)


def likeness(samples: np.ndarray, fake: Seen, real: Seen, ref: Reference) -> dict[str, float]:
    """Precision and recall of samples (n, ...), which the network sees as `fake`; of images copying and sharpness, too,
    against the training and the held-out images of a Reference."""
    found = {name: score.value for name, score in metrics.precision_recall(real.features, fake.features).parts.items()}
    if ref.network is None:
        return found
    train = ref.see(ref.train).features
    near = (metrics.nearest_neighbours(seen.features, train) for seen in (real, fake))
    return found | {"copying": metrics.copying_of(*near).value,
                    "sharpness": metrics.sharpness(ref.real, samples).value}  # fmt: skip


def classes_found(fake: Seen, real: Seen, shares: np.ndarray | None = None) -> tuple[Score, dict]:
    """The Score of coverage of classes, whose value is how many are found, and the `distance`. shares: (K,), the real
    share of each class; None: equal ones."""
    coverage = stacked_mode_coverage(fake.probs[:, None], shares=shares)  # one channel: its modes are the classes
    N, K = fake.probs.shape
    wanted = N * (np.full(K, 1 / K) if shares is None else shares)
    found = np.count_nonzero((SHARE_TO_FIND * np.array(coverage.counts) >= wanted) & (np.array(coverage.counts) > 0))
    return Score(found, parts=coverage.parts), distance(real.features, fake.features)


def real_shares(ref: Reference) -> np.ndarray:
    """The share of each class (K,) among the held-out images. One is added to every count: no share is 0, and the
    reverse KL stays finite."""
    counts = np.bincount(ref.labels, minlength=len(ref.classes)) + 1
    return counts / counts.sum()


def distance(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """{"fid": ...} of features (N, d), or {"kid": ...} where the real ones are too few to fill a covariance."""
    if len(real) > real.shape[1]:
        return {"fid": metrics.fid(real, fake).value}
    return {"kid": metrics.kid(real, fake).value}


class Rule(NamedTuple):
    """How a kind of data is scored: how many samples, and a function (samples, Reference) -> the Score of coverage or
    None, and {name: number} of the others."""

    samples: int
    judge: Callable[[np.ndarray, Reference], tuple[Score | None, dict]]


RULES = {
    "ring": Rule(2_500, judge_points),
    "grid": Rule(2_500, judge_points),
    "dirac": Rule(2_500, judge_points),
    **dict.fromkeys(data.SIGNAL_SETS, Rule(2_500, judge_signals)),
    "digits": Rule(10_000, judge_digits),
    "digits-8x8": Rule(10_000, judge_digits),
    "mnist": Rule(10_000, judge_digits),
    "stacked-digits": Rule(25_600, judge_stacked),
}
OTHER_POINTS, OTHER_IMAGES = Rule(2_500, judge_others), Rule(10_000, judge_others)


def rule_for(name: str, kind: str | None = None) -> Rule:
    """The Rule for a data set, as it stands after --data. kind: what its samples are, as --data-as has it; None: as
    the name says, which of array files is pictures. Raises ValueError for an unknown name."""
    others = OTHER_IMAGES if (kind or data.kind_by_name(name)) == "pictures" else OTHER_POINTS
    return RULES.get(name.partition(":")[0], others)


def training_seconds(path: str | Path) -> float:
    """What the steps of the run in folder `path` took, without pictures and checkpoints."""
    return sum(float(row["seconds"]) for row in RunFolder(path).read_metrics())


def keep(path: Path, result: Result, made_from: str = CHECKPOINT) -> None:
    """Write a Result into the folder `path` of its run, with the hash of the file there that it was made from."""
    kept = {"version": VERSION, "made_from": made_from, "checkpoint": sha256(path / made_from), **vars(result)}
    write_text(path / FILE, json.dumps(kept, indent=2) + "\n")


def kept(path: Path) -> Result | None:
    """The Result that is kept in the folder `path`; None if there is none, or one of another version, or if the file
    that it was made from has changed."""
    try:
        read = json.loads((path / FILE).read_text())
        version, made_from, origin = read.pop("version"), read.pop("made_from"), read.pop("checkpoint")
        result = Result(**read)
        return result if (version, origin) == (VERSION, sha256(path / made_from)) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
