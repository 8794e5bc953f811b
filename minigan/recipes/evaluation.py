"""What an evaluation found: scores, notes and pictures, and how they are written and printed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minigan.files import write_text
from minigan.recipes.scoring import Scores
from minigan.report import evaluation as report
from minigan.report import pictures


class Samples(NamedTuple):
    """What is to be scored: its name, uint8 images (N, H, W, C) or points (N, 2), the labels (N,) that they were drawn
    for or came with, and the names of all classes; None where there are none."""

    name: str
    x: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] | None = None


@dataclass
class Evaluation:
    """What came out: of `n` samples of `subject`, held against `n_real` of `reference`.

    scores: Scores. notes: list of sentences to print. network: its hash. eye: whose it is, in words. accuracy: of the
    network on the real images. clear: (share of generated, of real) whose class it is surer of than CONFIDENT.
    by_class: `minigan.recipes.by_class.ByClass`. curve: the rows of `minigan.recipes.truncation_curve`.
    held_out: what the run's game says of held-out samples (`minigan.recipes.games.Game`).
    classes: (shares of generated, of real). class_names: of `classes`. pictures: {name:
    uint8 picture}. None: there is none; of n_real: a file of mean and covariance does not say how many they were.
    """

    subject: str
    reference: str
    n: int
    n_real: int | None
    scores: Scores
    notes: list
    network: str | None = None
    accuracy: float | None = None
    classes: tuple | None = None
    class_names: tuple | None = None
    pictures: dict = field(default_factory=dict)
    eye: str | None = None
    clear: tuple | None = None
    by_class: Any = None
    curve: list | None = None
    held_out: Any = None

    def as_dict(self) -> dict:
        """Everything but the pictures, as JSON can hold it."""
        scores = {name: score.as_dict() for name, score in self.scores.values.items()}
        for column, found in (("floor", self.scores.floor), ("matched", self.scores.matched)):
            for name, entry in scores.items():
                entry[column] = found[name].value if name in found else None
        times, half = self.scores.halves
        result = {
            "subject": self.subject, "reference": self.reference, "samples": self.n, "real_samples": self.n_real,
            "network": self.network, "eye": self.eye, "accuracy": self.accuracy, "scores": scores,
            "floor": {"halvings": times, "samples": half}, "notes": self.notes,
        }  # fmt: skip
        if self.clear:
            result["clear"] = dict(zip(("generated", "real"), self.clear, strict=True))
        if self.classes:
            result["classes"] = {"generated": self.classes[0].tolist(), "real": self.classes[1].tolist()}
            result["classes"] |= {"names": list(self.class_names)} if self.class_names else {}
        if self.by_class:
            scores |= self.by_class.scores()
            result["by_class"] = self.by_class.as_dict()
        if self.held_out:
            result["held_out"] = self.held_out.as_dict()
        if self.curve:
            result["truncation_curve"] = self.curve
        return result

    def write(self, folder: str | Path) -> Path:
        """scores.json and the pictures, into `folder`, made if need be -> its Path."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "scores.json", json.dumps(self.as_dict(), indent=2) + "\n")
        for name, picture in self.pictures.items():
            pictures.save_png(folder / f"{name}.png", picture)
        return folder


@contextmanager
def progress_bar(total: int, shown: bool) -> Iterator[Callable[[str], None]]:
    """A bar over `total` parts, as a function that names the part that comes next."""
    from tqdm import tqdm

    with tqdm(total=total, disable=not shown, leave=False, unit="part", bar_format="{l_bar}{bar}{elapsed}") as bar:

        def tick(text):
            bar.set_description_str(text)
            bar.update()

        yield tick


def write_and_print(evaluations: list[Evaluation], folder: str | Path | None, as_json: bool,
                    out: Callable[[str], Any] = print) -> None:  # fmt: skip
    """Write one or two Evaluations into `folder` (the first one; None: nowhere) and print them: a table, or JSON."""
    if as_json:
        dicts = [evaluation.as_dict() for evaluation in evaluations]
        out(json.dumps(dicts[0] if len(dicts) == 1 else {"runs": dicts}, indent=2))
    else:
        out(report.comparison(*evaluations) if len(evaluations) == 2 else report.table(evaluations[0]))
    if folder is not None:
        path = evaluations[0].write(folder)
        written = sorted(["scores.json", *(f"{name}.png" for name in evaluations[0].pictures)])
        if not as_json:
            out("written: " + ", ".join(str(path / name) for name in written))
