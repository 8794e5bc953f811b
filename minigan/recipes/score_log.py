"""Scores while a training runs: every so many steps, of fresh samples, into scores.csv, and drawn as scores.png.

Beside each score stands its floor, `real_...`: what real samples get. Both are of equally many samples, half of the
real ones, against the other half, so that they can be compared. They are the last two columns of `minigan evaluate`.
All steps are scored from the same noise and the same halves.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np

from minigan import data
from minigan.files import write_text
from minigan.metrics import nearest_neighbours
from minigan.recipes.reference import reference_for
from minigan.recipes.sampling import sample
from minigan.recipes.scoring import score_halves
from minigan.recipes.settings import Settings
from minigan.recipes.setup import labels_asked, noise_of, stream
from minigan.report import evaluation as report
from minigan.report import pictures
from minigan.report.folder import RunFolder, read_table
from minigan.report.trend import course

SAMPLES, HALVINGS = 2000, 5  # of each side at most: enough for a curve, and it takes about a second


class ScoreLog:
    """The scores of one run so far.

    shape, classes: of a sample, of the labels. step: how far the training is. options: for
    minigan.metrics.feature_network.
    Nothing is drawn from the training's own random numbers, so a run with `every` goes exactly as one without.
    Raises ValueError as `reference` does, before anything is trained.
    """

    def __init__(self, folder: RunFolder, settings: Settings, shape: tuple[int, ...], classes: int, step: int,
                 **options: Any):  # fmt: skip
        self.path, self.picture = folder.path / "scores.csv", folder.path / "scores.png"
        self.every, self.seconds, self.classes = settings.every, 0.0, classes
        self.ref = reference_for(settings.as_dict(), shape, **options)
        rng = stream(settings.seed, "scores")
        self.z = noise_of(settings.as_dict()).shown(SAMPLES, rng)
        self.real = self._some(self.ref.real, rng, self.ref.labels)
        self.train = self.near = None
        if self.ref.network:
            self.train = self._some(self.ref.train, rng).features
            self.near = nearest_neighbours(self.real.features, self.train)
        self.rows = [row for row in read_rows(self.path) if row["step"] <= step]

    def __call__(self, step: int, G: Any) -> None:
        """Score G as it is after `step` steps, and write scores.csv anew."""
        started = time.perf_counter()
        samples = sample(G, self.z, classes=self.classes)
        labels = None if self.real.labels is None else labels_asked(G, len(self.z), self.classes)
        real = self.real if labels is not None else self.real._replace(labels=None)  # no accuracy where none is asked
        fake = self.ref.see(data.to_uint8(samples) if samples.ndim == 4 else samples, labels)
        near = self.near and (self.near, nearest_neighbours(fake.features, self.train))
        floor, scores, _ = score_halves(real, fake, times=HALVINGS, neighbours=near, **self.ref.counts)
        row = {"step": step} | {name: score.value for name, score in scores.items()}
        self.rows.append(row | {f"real_{name}": score.value for name, score in floor.items()})
        self._write()
        self.seconds += time.perf_counter() - started

    @property
    def best(self) -> int | None:
        """The step of the best score so far, the first of equals; None before the first score."""
        found = course(self.rows)
        return found and found.steps[found.best]

    def sentences(self) -> list[str]:
        """When the score was best, and whether the scores still get better."""
        found = course(self.rows)
        return found.sentences() if found else ["no score has been taken yet."]

    def draw(self) -> None:
        """scores.png, the curves of scores.csv."""
        if self.rows:
            save_curves(self.picture, self.rows)

    def _some(self, samples, rng, labels=None):
        chosen = np.sort(rng.choice(len(samples), min(SAMPLES, len(samples)), replace=False))
        return self.ref.see(samples[chosen], None if labels is None else labels[chosen])

    def _write(self):
        names = list(self.rows[-1])
        lines = [",".join(names)]
        lines += [",".join(format(row.get(name, np.nan), ".6g") for name in names) for row in self.rows]
        write_text(self.path, "\n".join(lines) + "\n")


def read_rows(path: Path) -> list[dict[str, float]]:
    """The rows of scores.csv."""
    rows = [{name: float(text) for name, text in row.items()} for row in read_table(path)]
    return [row | {"step": int(row["step"])} for row in rows]


def save_curves(path: Path, rows: list[dict[str, float]]) -> None:
    """Draw rows of scores as scores.png."""
    names = [name for name in rows[-1] if name != "step"]
    columns = {name: [row.get(name, np.nan) for row in rows] for name in names}
    pictures.save_png(path, report.score_curves([row["step"] for row in rows], columns))


def draw_scores(folder: RunFolder) -> bool:
    """scores.png of a run that is finished -> whether there is a scores.csv to draw."""
    rows = read_rows(folder.path / "scores.csv")
    if rows:
        save_curves(folder.path / "scores.png", rows)
    return bool(rows)
