"""One run of a comparison: a training, or a baseline that is fitted. Each knows how far it is, whether its folder is
its own, how to try itself out, and how to do its work.

Both have: recipe, seed, settings (resolved), path; `name`, `step`, `drawn`, `rehearse`, `work`. `worker.py` calls
`work` in a process of its own.
"""

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import ClassVar

import numpy as np

from minigan.baselines import BASELINES, Baseline
from minigan.data import denormalise, to_uint8
from minigan.files import write_text
from minigan.recipes import plugins
from minigan.recipes.compare import scores
from minigan.recipes.games import GAMES
from minigan.recipes.options import TABLE
from minigan.recipes.reference import reference_for
from minigan.recipes.rules import flag
from minigan.recipes.run import SAVED, train
from minigan.recipes.settings import Settings, saved_settings
from minigan.recipes.setup import load_samples, make_trainer, stream
from minigan.report import pictures
from minigan.report.folder import RunFolder, save_samples
from minigan.report.portrait import draw as draw_portrait
from minigan.report.samples import PROJECTOR, draw, kind_of
from minigan.training import Diverged
from minigan.training.checkpoint import read_header

MAY_DIFFER = ("data_dir", "sample_every", "checkpoint_every", "every")  # they change no number of a training
AUGMENTATION = ("shift", "rotate", "flip")
OF_DATA = tuple(option.name for option in TABLE["the data"] if option.name not in AUGMENTATION)
HALF_A_GREY = 1 / 255  # of 256 from -1 to 1: what lies outside by less is rounded to black or white anyway
SCORED = 4000  # samples whose likelihood is told in the log
CHUNK = 500  # samples of a baseline that are drawn at once
STOPPED = 130  # an exit code, as a shell has it


@dataclass(frozen=True)
class Job:
    """One run: which, how, where. `settings` are resolved. Its length is settings.steps; of a baseline that is 1."""

    takes: ClassVar[tuple[str, ...] | None] = None  # the options that concern it; None: all

    recipe: str
    seed: int
    settings: Settings
    path: Path

    @property
    def trained(self) -> bool:
        """Whether it is trained step by step."""
        return self.takes is None

    @property
    def name(self) -> str:
        """As its folder is called inside that of the comparison."""
        return f"{self.recipe}/seed-{self.seed}"

    def _check_made_with(self, saved):
        """Raise ValueError unless the settings `saved` (a dict) are those of this run."""
        before, now = ([sha256 for _, sha256 in files] for files in (plugins.kept(saved), self.settings.plugin))
        if before != now:
            raise ValueError(f"{self.path} was made with other plugins, or before they changed; choose another --out")
        try:
            before = saved_settings(saved | {"plugin": self.settings.plugin}).resolved()
        except TypeError as error:
            raise ValueError(f"the settings saved in {self.path} are damaged ({error}); move it away") from error
        one, two = (json.loads(json.dumps(settings.as_dict())) for settings in (before, self.settings))
        other = [key for key in one if key not in MAY_DIFFER and one[key] != two[key]]
        if other:
            said = ", ".join(f"{flag(key)} {one[key]} where {two[key]} is asked for now" for key in other[:3])
            raise ValueError(f"{self.path} was made with {said}; choose another --out, or go on with the same settings")


@dataclass(frozen=True)
class Trained(Job):
    """A recipe, trained step by step."""

    def step(self) -> int:
        """How many steps its checkpoint holds; 0 if there is none. Raises ValueError for a folder that was made with
        other settings, or holds something else."""
        folder = RunFolder(self.path)
        if folder.checkpoint.exists():
            header = read_header(folder.checkpoint)
            self._check_made_with(header["settings"])
            return header["step"]
        if folder.config.exists():
            self._check_made_with(folder.read_config().get("settings", {}))
        elif folder.in_use():
            raise ValueError(f"{self.path} holds something that is not a run of a comparison; choose another --out")
        return 0

    def drawn(self) -> int:
        """How many steps it had done when it last drew a picture: what can be seen of a run under way."""
        names = (path.stem.removeprefix("step_") for path in RunFolder(self.path).samples.glob("step_*.png"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def rehearse(self) -> None:
        """One step, so that a recipe that does not fit the data is refused now, and numba compiles its loops. Raises
        ValueError, also for a game that draws nothing."""
        if not GAMES[self.settings.game].draws:
            raise ValueError("it draws nothing from noise, so there are no samples to compare; leave it out")
        dataset, samples = load_samples(self.settings)
        try:
            with np.errstate(all="ignore"):
                make_trainer(self.settings, samples, dataset.labels).step()
        except Diverged:
            pass  # its own run will say so

    def work(self, stopped: Event) -> int:
        """Begin the run or go on with it, then score it -> the exit code."""
        folder = RunFolder(self.path)
        begun = folder.checkpoint.exists()
        if not begun:  # a run that was killed before its first checkpoint leaves its settings and empty tables
            for path in (folder.config, folder.metrics, *folder.samples.glob("step_*.png")):
                path.unlink(missing_ok=True)
        if not begun or read_header(folder.checkpoint)["step"] < self.settings.steps:
            train(self.settings, out=self.path, resume=begun, given=["data_dir"], progress=False)
        if stopped.is_set():
            return STOPPED
        scores.keep(self.path, scores.score(self.path, self.settings.data_dir))
        return 0


@dataclass(frozen=True)
class Fitted(Job):
    """A model of `minigan.baselines`, fitted to the same samples, and scored by the same rule. Its folder has
    baseline.json, what it was made with; samples.npz and final.png, as those of a training; learnt.png."""

    takes = ("data", "preset", "plugin", "seed", *OF_DATA)

    def step(self) -> int:
        """1 if it is done, 0 if not. Raises ValueError for a folder that was made with other settings, or holds
        something else."""
        made = RunFolder(self.path).baseline
        if made.exists():
            try:
                saved = json.loads(made.read_text())["settings"]
            except (OSError, ValueError, KeyError, TypeError):
                raise ValueError(f"{made} is damaged; move the folder away") from None
            self._check_made_with(saved)
        elif RunFolder(self.path).in_use():
            raise ValueError(f"{self.path} holds something that is not a run of a comparison; choose another --out")
        return int(scores.kept(self.path) is not None)

    def drawn(self) -> int:
        """It draws nothing on its way."""
        return 0

    def rehearse(self) -> None:
        """Whether the model can be fitted to the data. Raises ValueError."""
        self.model().check(load_samples(self.settings)[1])

    def model(self) -> Baseline:
        """A new one, not fitted."""
        return BASELINES[self.recipe]()

    def work(self, stopped: Event) -> int:
        """Fit it, draw, score -> the exit code. It is fast: one that is stopped is fitted anew the next time."""
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the worker presses Ctrl-C when it is told to stop
        try:
            self._fit_and_score()
        except KeyboardInterrupt:
            return STOPPED
        return 0

    def _fit_and_score(self) -> None:
        settings, folder = self.settings, self.path
        folder.mkdir(parents=True, exist_ok=True)
        made_with = {key: value for key, value in settings.as_dict().items() if key in (*self.takes, "steps")}
        text = json.dumps({"baseline": self.recipe, "settings": made_with | {"data_dir": None}}, indent=2)
        write_text(RunFolder(folder).baseline, text + "\n")
        dataset, x = load_samples(settings)
        started = time.perf_counter()
        model = self.model().fit(x, stream(settings.seed, "training"))
        seconds = time.perf_counter() - started
        some = x[:SCORED]
        print(
            f"{self.name}: {model.unit}: {model.score(some):.4g} of {len(some):,} of its own samples; {seconds:.1f} s"
        )
        rule, rng = scores.rule_for(settings.data, settings.data_as), stream(settings.seed, "scores")
        samples = drawn(model, rule.samples, rng)
        ref = reference_for(settings.as_dict(), x.shape[1:], progress=False)
        result = scores.judged(samples, rule, ref, seconds)
        shown = samples / 255 if dataset.is_images else dataset.scaling.undo(samples)
        real = None if dataset.is_images else dataset.scaling.undo(x[:SAVED])
        save_samples(folder / "samples.npz", shown[:SAVED])
        some = shown[: kind_of(x.shape[1:]).many]
        pictures.save_png(folder / "final.png", draw(some, side=PROJECTOR, title=self.recipe, real=real))
        portrait = draw_portrait(model.portrait(), x)
        if portrait is not None:
            pictures.save_png(folder / "learnt.png", portrait)
        scores.keep(folder, result, "samples.npz")


def drawn(model: Baseline, n: int, rng: np.random.Generator) -> np.ndarray:
    """n samples of a fitted model: uint8 images, or numbers as those that it was fitted to, float32. Pixels outside of
    [-1, 1], which a Gaussian has, are set to the nearer of the two; a line says how many."""
    parts, outside = [], 0
    for first in range(0, n, CHUNK):
        x = model.sample(min(CHUNK, n - first), rng)
        if x.ndim == 4:
            outside += np.count_nonzero(np.abs(x) > 1 + HALF_A_GREY)
            x = to_uint8(denormalise(np.clip(x, -1, 1)))
        parts.append(x if x.dtype == np.uint8 else x.astype(np.float32))
    samples = np.concatenate(parts)
    if outside:
        print(f"{outside / samples.size:.1%} of the pixels lay outside of black and white, and were set to these")
    return samples


def job_of(recipe: str, settings: Settings, path: str | Path) -> Job:
    """The Job of a recipe or baseline by its name, with resolved settings, in the folder `path`."""
    return kind_of_job(recipe)(recipe, settings.seed, settings, Path(path))


def kind_of_job(recipe: str) -> type[Job]:
    """Whether it is Trained or Fitted."""
    return Fitted if recipe in BASELINES else Trained
