"""All scores of one set of generated samples at once, each beside its floor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigan import metrics
from minigan.metrics import Neighbours, Score, Seen
from minigan.metrics.bootstrap import Rng, random
from minigan.report.evaluation import ROWS

REPLICATES = 200
LEAST_REAL, LEAST_FAKE = 20, 10  # samples: below that, neighbours, splits and halves have nothing to work on
SPLITS, PART = 10, 10  # of the Inception Score: the authors' ten; the least images in one of them
WIDE, REPLICATES_WIDE = 256, 20  # features from this width on make every replicate of FID take seconds: fewer then


@dataclass
class Scores:
    """Scores by name, of as many samples as there are, and what they would be for real ones.

    values: with intervals, of all samples. floor: real against real, two halves. matched: generated against one of the
    halves, as many as the other has. Biased scores depend on the number of samples, so the floor is to be compared with
    `matched`. All three have the same keys. halves: (how many times it was halved, samples in a half).
    """

    values: dict
    floor: dict = field(default_factory=dict)
    matched: dict = field(default_factory=dict)
    halves: tuple = (0, 0)

    def seen_by(self, network: str | None) -> "Scores":
        """The same with the hash of the network in every score."""
        tagged = ({k: s.seen_by(network) for k, s in d.items()} for d in (self.values, self.floor, self.matched))
        return Scores(*tagged, self.halves)


def score_all(real: Seen, fake: Seen, *, neighbours: Sequence[Neighbours] | None = None,
              modes: Callable[..., Score] | None = None, more: Mapping[str, Callable[..., Score]] | None = None,
              classes: bool = True, replicates: int | None = None,
              rng: Rng = 0, subsets: int = 100, splits: int | None = None,
              tick: Callable[[str], Any] = lambda text: None) -> dict[str, Score]:  # fmt: skip
    """Every score that the samples allow -> dict of Scores by name.

    Args:
        real, fake: Seen. Where `fake` has labels, the classes its samples were drawn for, they are scored as well.
        neighbours: (of real, of fake), the Neighbours that they have among the training samples, for `copying`.
        modes: function (Seen, replicates=, rng=) -> Score that counts the modes, where the data are made of known ones.
        more: further scores of both sides by name, functions (real, fake, replicates=, rng=) -> Score.
        classes: whether fake.probs are of real classes, which the Inception Score needs.
        replicates: for the intervals; None: 200, or 20 for wide features.
        rng: numpy Generator or seed.
        splits: of the Inception Score; None: `SPLITS`. Fewer where each would have less than `PART` images.
        tick: function (text), called before each score.

    FID is left out where there are too few samples for it. Raises ValueError as the scores do.
    """
    rng = random(rng)
    if replicates is None:
        replicates = REPLICATES if real.features.shape[1] < WIDE else REPLICATES_WIDE
    options = dict(replicates=replicates, rng=rng)
    scores = {}
    if modes is not None:
        tick("modes")
        scores["modes"] = modes(fake, **options)
        scores |= {key: scores["modes"].parts[key] for key in ("high_quality", "reverse_kl")}
    for name, of_both in (more or {}).items():
        tick(ROWS[name][0])
        scores[name] = of_both(real, fake, **options)
    if min(len(real.features), len(fake.features)) > real.features.shape[1]:
        tick("FID")
        scores["fid"] = metrics.fid(real.features, fake.features, **options)
    tick("KID")
    scores["kid"] = metrics.kid(real.features, fake.features, subsets=subsets, **options)
    tick("precision and recall")
    scores |= metrics.precision_recall(real.features, fake.features, **options).parts
    tick("density and coverage")
    scores |= metrics.density_coverage(real.features, fake.features, **options).parts
    if classes and fake.probs is not None:
        tick("Inception Score")
        scores["inception_score"] = metrics.inception_score(
            fake.probs, splits=splits_for(len(fake.probs), splits), shuffle=rng, **options
        )
    if neighbours is not None:
        tick("copying")
        scores["copying"] = metrics.copying_of(*neighbours, **options)
    if classes and fake.probs is not None and fake.labels is not None:
        tick("label accuracy")
        scores["label_accuracy"] = metrics.label_accuracy(fake.probs, fake.labels, **options)
    return scores


def score_with_floor(real: Seen, fake: Seen, *, rng: Rng = 0, **options: Any) -> Scores:
    """`score_all`, and the floor: the real samples halved, one half scored against the other -> Scores.

    Small sets are halved several times and the scores averaged: one halving of 360 images says little. If `fake` has
    labels, `real` must have them too. Raises ValueError if there are too few samples, and as the scores do.
    """
    check_enough(len(real.features), len(fake.features))
    rng, times = random(rng), halvings(len(real.features))
    values = score_all(real, fake, rng=rng, **options)
    floor, matched, half = score_halves(real, fake, times=times, rng=rng, **options)
    return Scores(values, floor, matched, (times, half))


def score_halves(real: Seen, fake: Seen, *, times: int, neighbours: Sequence[Neighbours] | None = None, rng: Rng = 0,
                 tick: Callable[[str], Any] = lambda text: None,
                 **options: Any) -> tuple[dict[str, Score], dict[str, Score], int]:  # fmt: skip
    """The real samples halved: the other half, and as many generated samples, scored against the one half.

    Means over so many `times` -> (floor, matched, samples in a half); the first two are dicts as in Scores.
    """
    rng, n = random(rng), len(real.features)
    half = min(n // 2, len(fake.features))
    options |= dict(replicates=0, subsets=max(1, half // 1000))  # KID's subsets of 1,000: each sample about once
    floors, matched = [], []
    for i in range(times):
        tick(f"floor, halving {i + 1} of {times}")
        order = rng.permutation(n)
        one, other = order[: n // 2], order[n // 2 : n // 2 + half]
        some = rng.choice(len(fake.features), half, replace=False)
        for column, (seen, rows), which in ((floors, (real, other), 0), (matched, (fake, some), 1)):
            near = neighbours and (_take(neighbours[0], one), _take(neighbours[which], rows))
            column.append(score_all(_take(real, one), _take(seen, rows), neighbours=near, rng=rng, **options))
    return _mean(floors), _mean(matched), half


def splits_for(n: int, asked: int | None = None) -> int:
    """How many splits n images are scored in: as many as asked for, or `SPLITS`, if each has `PART` images or more."""
    return max(1, min(asked or SPLITS, n // PART))


def check_splits(n: int, asked: int | None) -> None:
    """Raise ValueError unless n images fill the splits that are asked for."""
    if asked is not None and asked < 1:
        raise ValueError(f"--fake-splits must be at least 1, got {asked}")
    if asked is not None and n < asked * PART:
        raise ValueError(f"--fake-splits {asked} needs at least {asked * PART:,} generated images, {PART} in each, got "
                         f"{n:,}; fix: more images, or --fake-splits {max(1, n // PART)}")  # fmt: skip


def check_enough(real: int = LEAST_REAL, fake: int = LEAST_FAKE, fix: str = "take more", what: str = "") -> None:
    """Raise ValueError unless there are so many samples that every score and the floor can be had. fix: what to do.
    what: of the real ones, " held-out" where only some of the data are."""
    for name, n, least in ((what + " real", real, LEAST_REAL), (" generated", fake, LEAST_FAKE)):
        if n < least:
            raise ValueError(f"scores need at least {least}{name} samples, got {n}; fix: {fix}")


def halvings(n: int) -> int:
    """How often n real samples are halved for the floor: 20 times where they are few, twice where there are many."""
    return int(np.clip(20_000 // n, 2, 20))


def _take(arrays, rows):
    """The same rows of each array of a Seen or a Neighbours."""
    return type(arrays)(*(None if array is None else array[rows] for array in arrays))


def _mean(runs):
    """The mean of each score over several runs; the spread is over them."""
    names = runs[0].keys()
    columns = {name: [run[name].value for run in runs] for name in names}
    return {name: Score(np.mean(v), name=name, spread=float(np.std(v))) for name, v in columns.items()}
