"""Which score of a run was the best, and whether its scores still get better."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

FEWEST = 6  # scores in the half of a run that is looked at
SURE = 3.0  # how many times its own error a slope must be
SMALL, STEADY = 0.02, 0.2  # changes of the score over that half, as shares of its mean: a trifle; no longer the same


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

    def direction(self) -> str:
        """What the scores of the second half of the run do: a key of DIRECTIONS.

        A straight line is fitted by least squares; with its slope, the line changes by c over that half, with the
        standard error e. "better", "worse": c is above SURE * e and above SMALL. "same": surely less than STEADY. All
        as shares of the mean of the scores. "unclear": neither can be told from the noise. "few": too few scores.
        """
        half = np.asarray(self.steps) >= (self.steps[0] + self.steps[-1]) / 2
        x, y = np.asarray(self.steps, float)[half], self.better * self.values[half]
        x, y = x[np.isfinite(y)], y[np.isfinite(y)]
        if len(x) < FEWEST:
            return "few"
        size, width = abs(y.mean()), np.ptp(x)
        x = x - x.mean()
        slope = x @ y / (x @ x)
        rest = y - y.mean() - slope * x
        change, error = slope * width, width * np.sqrt(rest @ rest / (len(x) - 2) / (x @ x))
        if abs(change) > max(SURE * error, SMALL * size):
            return "better" if change > 0 else "worse"
        return "same" if abs(change) + 2 * error < STEADY * size else "unclear"

    def sentences(self) -> list[str]:
        """The best step, and the direction."""
        at, last = self.best, self.steps[-1]
        said = f"best score: at step {self.steps[at]}, {self.texts[at]}"
        said += ", the last one." if self.steps[at] == last else f"; at step {last} {self.texts[-1]}."
        return [said, DIRECTIONS[self.direction()].format(n=FEWEST)]


DIRECTIONS = {
    "better": "improves: over the last half of the run the scores got better. Try more --steps, with --resume.",
    "same": "has stopped improving: over the last half of the run the scores got neither better nor worse. Try a "
            "smaller --lr, --lr-schedule cosine, --ema 0.999, or another recipe.",
    "worse": "gets worse: over the last half of the run the scores fell back. Try --keep-best, a smaller --lr, or "
             "fewer --steps.",
    "unclear": "cannot be told: in the last half of the run the scores go up and down by more than they change in the "
               "long run. Try a smaller --every, for more of them, or --ema 0.999, for steadier ones.",
    "few": "too few scores to say whether they still get better: {n} in the last half of the run are needed. Try a "
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
        names = ["mode" if m == 1 else "modes" for m in modes]
        texts = [f"{m:.3g} {name} and {q:.0%} of high quality" for m, name, q in zip(modes, names, good, strict=True)]
        return Course(steps, modes + good, 1, texts)
    name = "fid" if "fid" in rows[-1] else "kid"
    return Course(steps, column(name), -1, [f"{name.upper()} {value:.4g}" for value in column(name)])
