"""Which score of a run was the best, and whether its scores still get better."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

FEWEST = 6  # scores in the half of a run that is looked at
SURE = 3.0  # how many times its own error a slope must be
TRIFLE = 0.02  # what the fitted line must change by over that half, as a share of the mean score


class Course(NamedTuple):
    """The course of the main score of a run.

    steps: of the rows of scores.csv. values: of each row the number that is judged. better: 1 if more is better, -1 if
    less is. texts: the score of each row in words.
    """

    steps: Sequence[int]
    values: np.ndarray
    better: int
    texts: Sequence[str]

    @property
    def best(self) -> int:
        """The index of the best value, the first of equals."""
        return int(np.nanargmax(self.better * self.values)) if np.isfinite(self.values).any() else 0

    def direction(self) -> int | None:
        """1 if the scores of the second half of the run get better, -1 if they get worse, 0 if they do neither; None
        if they are too few to say.

        A straight line is fitted by least squares. Its slope must be SURE times its standard error, and the line must
        change by TRIFLE of the mean of the scores; else the change is taken for noise.
        """
        half = np.asarray(self.steps) >= (self.steps[0] + self.steps[-1]) / 2
        x, y = np.asarray(self.steps, float)[half], self.better * self.values[half]
        x, y = x[np.isfinite(y)], y[np.isfinite(y)]
        if len(x) < FEWEST:
            return None
        x = x - x.mean()
        slope = x @ y / (x @ x)
        rest = y - y.mean() - slope * x
        error = np.sqrt(rest @ rest / (len(x) - 2) / (x @ x))
        trifle = abs(slope) * np.ptp(x) < TRIFLE * abs(y.mean())
        return 0 if trifle or abs(slope) <= SURE * error else int(np.sign(slope))

    def sentences(self) -> list[str]:
        """The best step, and the direction."""
        at, last = self.best, self.steps[-1]
        said = f"best score: at step {self.steps[at]}, {self.texts[at]}"
        said += ", the last one." if self.steps[at] == last else f"; at step {last} {self.texts[-1]}."
        direction = self.direction()
        return [said, DIRECTIONS[direction].format(n=FEWEST)]


DIRECTIONS = {
    1: "improves: over the last half of the run the scores got better. Try more --steps, with --resume.",
    0: "has stopped improving: over the last half of the run the scores got neither better nor worse. Try a smaller "
       "--lr, --lr-schedule cosine, --ema 0.999, or another recipe.",
    -1: "gets worse: over the last half of the run the scores fell back. Try --keep-best, a smaller --lr, or fewer "
        "--steps.",
    None: "too few scores to say whether they still get better: {n} in the last half of the run are needed. Try a "
          "smaller --every.",
}  # fmt: skip


def course(rows: Sequence[Mapping[str, float]]) -> Course | None:
    """The Course of the rows of scores.csv. The main score is the modes found, with the high-quality share to decide
    between equal ones, where modes are known; else FID; else KID. None without rows."""
    if not rows:
        return None
    steps = [int(row["step"]) for row in rows]

    def column(name):
        return np.array([row.get(name, np.nan) for row in rows], float)

    if "modes" in rows[-1]:
        modes, good = column("modes"), column("high_quality")
        texts = [f"{m:.3g} modes and {q:.0%} of high quality" for m, q in zip(modes, good, strict=True)]
        return Course(steps, modes + good, 1, texts)
    name = "fid" if "fid" in rows[-1] else "kid"
    return Course(steps, column(name), -1, [f"{name.upper()} {value:.4g}" for value in column(name)])
