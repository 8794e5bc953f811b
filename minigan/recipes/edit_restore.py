"""`minigan edit`: find, repair, denoise, enlarge; and how well, beside methods without a generator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigan.edit.average import average
from minigan.edit.find import Found
from minigan.edit.objective import Objective
from minigan.edit.tasks import Task, psnr, squared_error
from minigan.recipes.edit_subject import AT_ONCE, Pictures, Subject
from minigan.report import pictures
from minigan.tables import aligned

BEST, MEAN = "one picture: G(z)", "mean over z"
SHOWN = 16  # pictures in the picture
WALKS = 60  # steps of the walks that the mean is taken over


@dataclass(frozen=True)
class Score:
    """How near pictures come to the truth. psnr, error: means over the pictures, with their standard errors (None: of
    one picture); (None, None) for the truth itself. read: the share that the judge reads as the true class, or None."""

    psnr: tuple[float | None, float | None]
    error: tuple[float | None, float | None]
    read: float | None

    def as_dict(self) -> dict[str, Any]:
        return {"psnr": self.psnr[0], "psnr_se": self.psnr[1], "error": self.error[0], "error_se": self.error[1],
                "read_as_true_class": self.read}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Restored:
    """What came of a task. seen: y, as pictures. results: {method: pictures (N, H, W, C) in [-1, 1]}, ours first.
    came: the pictures that it is about, whole ones where there are scores. scores: {} for pictures of which nobody
    knows the truth. content: arrays for found.npz, beside images (the first result) and given, both in [0, 1]."""

    title: str
    seen: np.ndarray
    results: dict[str, np.ndarray]
    came: Pictures
    scores: dict[str, Score]
    content: dict[str, np.ndarray]

    def picture(self) -> np.ndarray:
        """A row for what is seen, each method and the truth; a column for each picture, at most SHOWN."""
        rows = {"given": self.seen, **self.results}
        if self.scores:
            rows = {"real": self.came.x, **rows}
        n = min(SHOWN, len(self.seen))
        table = np.concatenate([(x[:n] + 1) / 2 for x in rows.values()])
        grid = pictures.grid(table, n, zoom=pictures.zoom_to(1000, table.shape, columns=n))
        return pictures.headed(grid, list(rows), list(self.came.names[:n]))

    def arrays(self) -> dict[str, np.ndarray]:
        """What found.npz holds."""
        first = next(iter(self.results.values()))
        return {"images": in_file(first), "given": in_file(self.seen)} | self.content

    def as_dict(self) -> dict[str, Any]:
        """The numbers, for table.json."""
        return {"task": self.title, "pictures": len(self.seen),
                "scores": {name: score.as_dict() for name, score in self.scores.items()}}  # fmt: skip

    def text(self) -> str:
        """The table."""
        if not self.scores:
            return f"{self.title}: {len(self.seen):,} pictures of yours; how near they come to the truth, nobody knows"
        head = [self.title, "PSNR (dB)", "squared error", "read right"]
        rows = [[name, with_error(s.psnr, 2), with_error(s.error, 4), "" if s.read is None else f"{s.read:.1%}"]
                for name, s in self.scores.items()]  # fmt: skip
        return "\n".join(aligned([head, *rows]))


def restore(subject: Subject, task: Task, came: Pictures, *, title: str, held_out: bool, y: np.ndarray | None = None,
            label: int | None = None, error: str = "squared", realism: float = 0.0, keep: int = 6,
            tick: Callable[[], Any] = lambda: None) -> Restored:  # fmt: skip
    """Restore pictures. held_out: whether `came` are whole ones, which the task damages; if not, what is seen of them
    is y, or else their A x. keep: how many starts the mean begins at. The rest as for `Subject.search_for`."""
    if y is None:
        y = task.see(came.x, subject.rng(3)) if held_out else task.A.forward(came.x)

    def objective(some: np.ndarray) -> Objective:
        return task.objective(subject.G, some, error=error, realism=realism, D=subject.D)

    found = subject.search_for(objective, y, label=label, keep=keep, tick=tick, start=subject.start(task))
    best = found.pictures(subject.G)[:, 0]
    results = {BEST: task.finish(y, best), MEAN: task.finish(y, mean_of(subject, objective, y, found, tick))}
    content = {"mean": in_file(results[MEAN]), "z": found.z[:, 0], "errors": found.values[:, 0],
               "history": found.history}  # fmt: skip
    if found.labels is not None:
        content["labels"] = found.labels[:, 0].astype(np.int64)
    if held_out:
        results |= {name: other(subject.train, y, came.x) for name, other in task.others().items()}
    scores = scores_of(subject, results, came, task.counted) if held_out else {}
    return Restored(title, task.shown(y), results, came, scores, content)


def in_file(x: np.ndarray) -> np.ndarray:
    """Pictures in [-1, 1] as a file has them, in [0, 1]."""
    return (np.clip(x, -1, 1) + 1) / 2


def scores_of(subject: Subject, results: dict[str, np.ndarray], came: Pictures,
              counted: Callable[[np.ndarray], np.ndarray]) -> dict[str, Score]:  # fmt: skip
    """The Score of each result; where there is a judge, also of the real pictures: what the judge reads of these is the
    most that can be asked for."""
    scores = {name: score(subject, counted, x, came) for name, x in results.items()}
    if subject.judge is not None:
        scores["the real pictures themselves"] = Score((None, None), (None, None), read_right(subject, came.x, came))
    return scores


def mean_of(subject: Subject, objective: Callable[[np.ndarray], Objective], y: np.ndarray, found: Found,
            tick: Callable[[], Any]) -> np.ndarray:  # fmt: skip
    """The mean picture of the posterior, by walks from all kept starts. objective: that of the search."""
    parts = []
    for i in range(0, len(y), AT_ONCE):
        some = slice(i, i + AT_ONCE)
        labels = None if found.labels is None else found.labels[some]
        part = Found(found.z[some], labels, found.values[some], found.history[some])
        parts.append(average(objective(y[some]), part, subject.rng(4, i), WALKS,
                             free=subject.noise.z_dim, tick=tick))  # fmt: skip
    return np.concatenate(parts)


def ticks(subject: Subject, count: int) -> int:
    """How often `restore` ticks for so many pictures."""
    return subject.ticks(count) + -(-count // AT_ONCE) * WALKS


def score(subject: Subject, counted: Callable[[np.ndarray], np.ndarray], x: np.ndarray, came: Pictures) -> Score:
    """The Score of pictures x: the errors are over the pixels that are counted, the judge sees all of them."""
    x = np.clip(x, -1, 1)
    one, truth = counted(x), counted(came.x)
    return Score(mean_and_error(psnr(one, truth)), mean_and_error(squared_error(one, truth)),
                 read_right(subject, x, came))  # fmt: skip


def read_right(subject: Subject, x: np.ndarray, came: Pictures) -> float | None:
    """The share of pictures x that the judge reads as the true class; None without a judge, or without classes."""
    if subject.judge is None or came.labels is None:
        return None
    return float(np.mean(subject.read(x)[0] == came.labels))


def mean_and_error(values: np.ndarray) -> tuple[float, float | None]:
    """The mean of values (N,), and its standard error: their deviation divided by the root of N; None where N = 1."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None


def with_error(number: tuple[float | None, float | None], digits: int) -> str:
    """A mean and its standard error, as the table has them; "-" for what there is not."""
    mean, error = ("-" if one is None else f"{one:.{digits}f}" for one in number)
    return "-" if mean == "-" else f"{mean} ± {error}"
