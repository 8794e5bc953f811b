"""`compare`: several recipes and baselines, several seeds each, one table and one picture."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minigan.data.npz import read_arrays
from minigan.files import write_text
from minigan.recipes.compare import scores
from minigan.recipes.compare.jobs import Job
from minigan.recipes.compare.plan import cores, plan
from minigan.recipes.compare.pool import run_all
from minigan.recipes.compare.progress import Progress
from minigan.recipes.compare.published import PUBLISHED, Published, published
from minigan.recipes.reference import reference_for
from minigan.recipes.rules import flag
from minigan.recipes.setup import load_samples, to_stderr
from minigan.report import comparison as report
from minigan.report import pictures
from minigan.tables import aligned


def compare(recipes: list[str], data: str = "ring", seeds: int = 5, *, out: str | Path | None = None,
            jobs: int | None = None, dry_run: bool = False, progress: bool = True,
            say: Callable[[str], Any] = to_stderr, **options: Any) -> "Comparison":  # fmt: skip
    """Train every recipe with every seed, as many at once as `jobs` (default: one for each core), and write the table
    and the picture into the folder `out` -> Comparison. What is finished already is not trained again, and what is half
    done goes on where it was.

    options: fields of `Settings`, such as steps and preset, for every run; None: as the recipe has it. dry_run: only
    look.
    Raises ValueError for wrong names and numbers, a recipe that cannot be trained on the data, a folder that was made
    with other settings, is in use or cannot be written: all before anything is trained.
    """
    if jobs is not None and jobs < 1:
        raise ValueError(f"--jobs must be at least 1, got {jobs}")
    planned = plan(recipes, data, seeds, out=out, **options)
    folder = planned[0].path.parent.parent
    steps = {job: job.step() for job in planned}
    waiting = [job for job in planned if not scores.kept(job.path)]
    choices = said(options)
    if dry_run:
        return Comparison(folder, planned, steps, {}, choices)
    prepare(waiting, say, progress)
    with owned(folder) as lock:
        shown = Progress(planned, waiting, steps, progress, say)
        try:
            endings, interrupted = run_all(waiting, jobs or cores(), watch=shown, inherited=lock)
        finally:
            shown.close()
        result = Comparison(folder, planned, {job: job.step() for job in planned}, endings, choices, interrupted)
        result.write()
    return result


def said(options: dict[str, Any]) -> str:
    """What every run was given, as flags in a row; without what the heading names anyway."""
    flags = [""]
    for name, value in options.items():
        if value is None or name in ("steps", "preset", "data_dir", "plugin"):
            continue
        if isinstance(value, bool):
            flags.append(flag(name if value else f"no_{name}"))
        else:
            flags += [f"{flag(name)} {one}" for one in (value if isinstance(value, list | tuple) else [value])]
    return " ".join(flags)


def prepare(waiting: list[Job], say: Callable[[str], Any], progress: bool) -> None:
    """What is to be done once, and not in every process: a rehearsal of every recipe, so that those that do not fit the
    data are refused now and numba compiles its loops; and the network that images are scored by, trained if need be.

    Raises ValueError, naming the recipe.
    """
    for job in {job.recipe: job for job in waiting}.values():
        try:
            job.rehearse()
        except ValueError as error:
            raise ValueError(f"recipe {job.recipe!r}: {error}") from error
    if waiting and not waiting[0].settings.points:
        reference_for(waiting[0].settings.as_dict(), progress=progress, say=say)


@contextmanager
def owned(folder: Path) -> Iterator[tuple]:
    """Make the folder and hold it, so that no second comparison writes into it -> file descriptors that keep it held.

    Raises ValueError if it cannot be written, or is held.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / ".lock", "w")
    except OSError as error:
        raise ValueError(f"cannot write to the output folder {folder}: {error.strerror}; "
                         "choose another with --out") from error  # fmt: skip
    with file:
        try:
            import fcntl
        except ImportError:  # Windows; there nothing is held
            yield ()
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"another comparison is at work in {folder}; wait for it, or choose another "
                             "--out") from None  # fmt: skip
        yield (file.fileno(),)


@dataclass
class Comparison:
    """What came out. jobs: all Jobs. steps: {Job: steps done}. endings: {Job: Ending} of those that ran just now.
    choices: what every run was given, as flags."""

    folder: Path
    jobs: list
    steps: dict
    endings: dict
    choices: str = ""
    interrupted: bool = False

    def __post_init__(self):
        self.results = {job: scores.kept(job.path) for job in self.jobs}
        self.data = self.jobs[0].settings.data

    @property
    def failed(self) -> bool:
        """Whether any run met a NaN, an error, or a signal."""
        kinds = {ending.kind for ending in self.endings.values()}
        diverged = any(result and result.outcome == "diverged" for result in self.results.values())
        return diverged or bool(kinds & {"failed", "killed"})

    def rows(self) -> list[report.Row]:
        """A report.Row for each recipe."""
        return [self._row(recipe) for recipe in dict.fromkeys(job.recipe for job in self.jobs)]

    def _row(self, recipe):
        results = {job: result for job, result in self.results.items() if job.recipe == recipe}
        good = {job: result for job, result in results.items() if result and result.outcome == "finished"}
        found = list(good.values())
        return report.Row(
            recipe=recipe,
            wanted=len(results),
            seeds=[job.seed for job in good],
            scores={name: [result.scores[name] for result in found] for name in report.SCORES
                    if found and all(name in result.scores for result in found)},
            seconds=[result.seconds for result in found],
            of=max((result.of for result in found), default=0),
            published=published(self.data, recipe),
            troubles=list(filter(None, map(self.trouble, results))),
        )  # fmt: skip

    def trouble(self, job: Job) -> str:
        """Why this run has no scores, in a sentence; "" if it has."""
        result, ending = self.results[job], self.endings.get(job)
        if result:
            return f"{job.name}: diverged: {result.message}" if result.outcome == "diverged" else ""
        if ending and ending.message:
            return f"{job.name}: {ending.kind}: {ending.message}"
        if self.endings and not ending:
            return f"{job.name}: not begun"
        return f"{job.name}: {self.steps[job]:,} of {job.settings.steps:,} steps"

    def heading(self) -> str:
        """What was compared, in a line."""
        first = self.jobs[0].settings
        samples = max((result.samples for result in self.results.values() if result), default=0)
        seeds = len({job.seed for job in self.jobs})
        trained = self.trainings()
        return (f"{first.data}, {trained}{seeds} seed{'s'[: seeds > 1]}"
                f"{f', scored on {samples:,} fresh samples' if samples else ''}")  # fmt: skip

    def trainings(self) -> str:
        """The preset and the length of the trainings among the runs, as text with a comma behind; "" if there are
        none."""
        trained = [job.settings for job in self.jobs if job.trained]
        if not trained:
            return ""
        steps = sorted({settings.steps for settings in trained})
        lengths = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
        return f"preset {trained[0].preset}{self.choices}, {lengths} steps, "

    def others(self) -> list[Published]:
        """The Published rows that no recipe here stands for."""
        compared = {job.recipe for job in self.jobs}
        return [row for row in PUBLISHED.get(self.data, ()) if row.recipe not in compared]

    def remarks(self) -> list[str]:
        """What to say of the runs that are not trained, beside trainings."""
        fitted = list(dict.fromkeys(job.recipe for job in self.jobs if not job.trained))
        if not fitted or len(fitted) == len({job.recipe for job in self.jobs}):
            return []
        return [f"fitted to the same samples, not trained in steps: {', '.join(fitted)}; flags of trainings do not "
                f"concern {'it' if len(fitted) == 1 else 'them'}"]  # fmt: skip

    def text(self) -> str:
        """The table, for the terminal."""
        return report.table(self.heading(), self.rows(), self.others(), self.remarks())

    def listing(self) -> str:
        """How far every run is, in order: for --dry-run."""
        rows = [("run", "state", "steps", "folder")]
        for job, result in self.results.items():
            state = result.outcome if result else "half done" if self.steps[job] else "to begin"
            rows.append((job.name, state, f"{self.steps[job]:,} of {job.settings.steps:,}", str(job.path)))
        return "\n".join([self.heading(), "", *aligned(rows)])

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {
            "heading": self.heading(), "data": self.data, "folder": str(self.folder),
            "interrupted": self.interrupted, "recipes": [row.as_dict() for row in self.rows()],
            "runs": [{"recipe": job.recipe, "seed": job.seed, "steps": self.steps[job], "of_steps": job.settings.steps,
                      "folder": str(job.path), "result": result and vars(result)}
                     for job, result in self.results.items()],
            "published": [row._asdict() for row in PUBLISHED.get(self.data, ())],
        }  # fmt: skip

    def write(self) -> None:
        """compare.csv (a line for each run), compare.md (the table), compare.json and compare.png."""
        rows = self.rows()
        files = {
            "compare.csv": self._csv(),
            "compare.md": report.markdown(self.heading(), rows, self.others(), self.remarks()),
            "compare.json": json.dumps(self.as_dict(), indent=2) + "\n",
        }
        for name, text in files.items():
            write_text(self.folder / name, text)
        picture = report.picture(self.heading(), rows, self.samples(), self.real())
        pictures.save_png(self.folder / "compare.png", picture)

    def _csv(self):
        lines = [",".join(("recipe", "seed", "outcome", "steps", *report.SCORES, "seconds"))]
        for job, result in self.results.items():
            ending, found = self.endings.get(job), result.scores if result else {}
            outcome = result.outcome if result else ending.kind if ending else "unfinished"
            values = [f"{found[name]:.6g}" if name in found else "" for name in report.SCORES]
            seconds = f"{result.seconds:.1f}" if result else ""
            lines.append(",".join((job.recipe, str(job.seed), outcome, str(self.steps[job]), *values, seconds)))
        return "\n".join(lines) + "\n"

    def samples(self) -> dict[str, dict[int, np.ndarray]]:
        """{recipe: {seed: samples}} of the first runs that have any: what the picture shows."""
        shown = {}
        for job in self.jobs:
            path = job.path / "samples.npz"
            some = shown.setdefault(job.recipe, {})
            if len(some) < report.SHOWN and self.results[job] and path.exists():
                some[job.seed] = next(iter(read_arrays(path).values()))
        return shown

    def real(self) -> np.ndarray:
        """Real samples to draw beside the generated ones: images in [0, 1], or numbers in their own units."""
        dataset, samples = load_samples(self.jobs[0].settings)
        if not dataset.is_images:
            return dataset.scaling.undo(samples[:1000])
        order = np.random.default_rng(0).permutation(len(samples))  # many sets lie in the order of their classes
        return (samples[order[: report.SHOWN * report.TILES]] + 1) / 2
