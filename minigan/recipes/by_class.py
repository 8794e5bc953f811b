"""Scores of every class by itself: which real images stand for it, what real ones get, and which classes are poor.

The real side of a class is its held-out images. Where any class has too few of them for a FID (d + 1, 85 of a minigan
network), all classes are held against the training images instead: one rule for every run on the same data. What was
not taken is scored as if it were generated: the "real" columns, which say how good a score can be. As many generated
images count as there are in those, so that both columns compare; a FID and a recall depend on the number of images.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigan.metrics import Score, Seen
from minigan.metrics.by_class import mean_of_classes, within_class
from minigan.recipes.reference import Reference

MANY_CLASSES = 100  # more are not listed one by one
VARIETY, RECALL = 0.8, 0.5  # a class below is named: of the variety of real images; of the recall that real ones get
TITLES = {"accuracy": "label_accuracy", "fid": "intra_fid", "variety": "class_variety", "recall": "class_recall"}
LABEL, JUDGE = "label", "judge"
BLIND = ("variety and recall within a class do not see copies of training images, and take images of other classes for "
         "variety: read them beside the accuracy")  # fmt: skip


@dataclass
class ByClass:
    """The scores of every class.

    names: of the classes. sorted_by: LABEL, what the images were drawn for, or JUDGE, what the network reads. side:
    which real images stand for a class: "held-out", "training" or "all". rows, floor: for each class {"samples": how
    many, ...} and scores by name, of generated and of real images; a score is missing where there are too few. notes:
    sentences to print.
    """

    names: tuple[str, ...]
    sorted_by: str
    side: str
    rows: list[dict[str, Any]]
    floor: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)

    def mean(self, name: str, floor: bool = False) -> Score | None:
        """The mean of a score over the classes; None unless every class has it: the others alone would flatter."""
        rows = self.floor if floor else self.rows
        if not all(name in row for row in rows):
            return None
        values = [row[name] for row in rows]
        return mean_of_classes(TITLES[name], values, dict(zip(self.names, values, strict=True)))

    @property
    def poor(self) -> list[str]:
        """A line for each class that is far less varied than real images: its name and why."""
        lines = []
        for name, row, real in zip(self.names, self.rows, self.floor, strict=True):
            why = [] if row["samples"] else ["no image at all"]
            why += [f"variety {row['variety']:.2f}"] if row.get("variety", 1) < VARIETY else []
            if row.get("recall", 1) < RECALL * real.get("recall", 0):
                why.append(f"recall {row['recall']:.2f}, real images {real['recall']:.2f}")
            lines += [f"{name} ({'; '.join(why)})"] if why else []
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        rows = [{"name": name} | row | {"floor": floor}
                for name, row, floor in zip(self.names, self.rows, self.floor, strict=True)]  # fmt: skip
        return {"sorted_by": self.sorted_by, "real": self.side, "classes": rows, "collapsed": self.poor}

    def scores(self) -> dict[str, dict[str, Any]]:
        """The means as the entries of scores.json."""
        found = {}
        for name in ("fid", "variety", "recall"):
            if (score := self.mean(name)) is not None:
                floor = self.mean(name, floor=True)
                found[TITLES[name]] = score.as_dict() | {"floor": None if floor is None else floor.value}
        return found


def score_by_class(ref: Reference, real: Seen, train: Seen, fake: Seen, by_judge: bool = False,
                   seed: int = 0) -> ByClass:  # fmt: skip
    """The ByClass of generated images `fake`, whose labels are classes of the Reference, or are read by the network.

    real, train: what the network sees in the images of the Reference. seed: of the choice where not all are taken.
    Raises ValueError if the Reference has no labels (`lacking` says so before), or there are more than MANY_CLASSES.
    """
    if why := lacking(ref):
        raise ValueError(why)
    labels = fake.probs.argmax(axis=1) if by_judge else fake.labels
    K, need = len(ref.classes), real.features.shape[1] + 1
    sides = {"held-out": (real.features, ref.labels), "training": (train.features, ref.train_labels)}
    counts = {name: np.bincount(side[1], minlength=K).min() for name, side in sides.items()}
    taken, other = ("training", "held-out") if counts["held-out"] < need <= counts["training"] else tuple(sides)
    rows, floors, rng = [], [], np.random.default_rng(seed)
    for k in range(K):
        of_class, rest = (x[y == k] for x, y in (sides[taken], sides[other]))
        made, read = fake.features[labels == k], fake.probs[labels == k].argmax(axis=1)
        made, rest = rng.permutation(made), rng.permutation(rest if ref.held_out else rest[:0])  # a file may be sorted
        row, floor = compared(of_class, made, rest, need)
        row |= {} if by_judge or not len(made) else {"accuracy": float(np.mean(read == k))}
        mine = real.probs[ref.labels == k].argmax(axis=1)
        floor |= {"accuracy": float(np.mean(mine == k))} if len(mine) and not by_judge else {}
        rows.append(row)
        floors.append(floor)
    made = ByClass(ref.classes, JUDGE if by_judge else LABEL, taken if ref.held_out else "all", rows, floors)
    made.notes += notes_on(made, need)
    return made


def compared(real: np.ndarray, fake: np.ndarray, rest: np.ndarray, need: int) -> tuple[dict, dict]:
    """The scores of generated features of one class, and of real ones, `rest`, as if they were generated. Of both as
    many are taken; but for a FID all generated ones, where the rest are too few to have one."""
    few = min(len(fake), len(rest)) if len(rest) else len(fake)
    row, floor = within_class(real, fake[:few]), within_class(real, rest[:few])
    counts = {"samples": few, "samples_of_fid": few, "real": len(real)}
    if len(rest) < need:
        whole = within_class(real, fake)
        row |= {"fid": whole["fid"]} if "fid" in whole else {}
        counts["samples_of_fid"] = len(fake)
    return counts | row, {"samples": min(few, len(rest))} | floor


def lacking(ref: Reference) -> str:
    """Why there can be no scores by class; "" if there can."""
    if ref.labels is None or ref.train_labels is None:
        return f"no scores by class: the feature network does not tell classes of {ref.name} apart"
    if len(ref.classes) > MANY_CLASSES:
        return f"no scores by class: {ref.name} has {len(ref.classes):,} classes, more than {MANY_CLASSES}"
    return ""


def notes_on(made: ByClass, need: int) -> list[str]:
    """What to say of these scores."""
    notes = []
    if short := [name for name, row in zip(made.names, made.rows, strict=True) if "fid" not in row]:
        least = min(made.rows, key=lambda row: min(row["samples_of_fid"], row["real"]))
        fix = "a larger -n" if least["samples_of_fid"] < need else "more images of each class in the data"
        notes.append(f"no intra-FID: {', '.join(short[:5])}{', ...'[: 5 * (len(short) > 5)]} with fewer than {need} "
                     f"generated or real images of the class ({least['samples_of_fid']:,} and {least['real']:,}); "
                     f"fix: {fix}")  # fmt: skip
    if made.side == "training":
        notes.append(f"within a class the training images are the real side: some class has fewer than {need} held-out "
                     "ones; a generator that copies them gains by that")  # fmt: skip
    if made.sorted_by == JUDGE:
        notes.append("sorted by what the network reads: an image of no class counts for the one it is nearest to, so "
                     "confusion is not seen")  # fmt: skip
    return [*notes, BLIND]
