"""One whole training: from settings to a folder with digits in it."""

import glob
import shlex
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from minigan.data import Dataset
from minigan.layers.spectral import not_normalised
from minigan.recipes.health import Watch
from minigan.recipes.options import optimizer_options
from minigan.recipes.sampling import draw, sample
from minigan.recipes.score_log import ScoreLog
from minigan.recipes.settings import Settings
from minigan.recipes.setup import (
    classes_of,
    describe,
    file_name,
    labels_asked,
    load_samples,
    make_trainer,
    stream,
    to_stderr,
)
from minigan.report import pictures
from minigan.report.folder import RunFolder, save_samples
from minigan.training import Trainer, load_checkpoint, run, save_checkpoint
from minigan.training.checkpoint import read_header

GRID, SAVED = 64, 1000  # samples in a picture, in samples.npz


def train(settings: Settings | None = None, *, out: str | Path | None = None, resume: bool = False,
          given: Iterable[str] = (), progress: bool = True,
          say: Callable[[str], Any] = to_stderr) -> tuple[Path, bool]:  # fmt: skip
    """Train by `settings` and leave everything in the folder `out` -> (Path of the folder, whether it was finished).

    out: default runs/<data>-<recipe or preset>-<number>, a new one for each run. resume: go on from out/checkpoint.npz,
    or the newest run of that name; `given` names the settings which the caller insists on. say: function (text) for
    messages.
    Raises ValueError for settings out of range, wrong data, a folder that holds a run already or cannot be written,
    a checkpoint that does not fit; all before anything is written. Raises training.Diverged at a NaN or infinity.
    """
    settings = settings or Settings()
    folder = RunFolder(out or default_folder(settings.resolved(), resume))
    if resume:
        settings = settings.merged_for_resume(read_header(folder.checkpoint)["settings"], given)
    else:
        settings = settings.resolved()
        if "beta1" in given and "beta1" not in optimizer_options(settings.optimizer):
            raise ValueError(f"--beta1 is no setting of --optimizer {settings.optimizer}; leave it out")
        if folder.in_use():
            raise ValueError(f"{folder.path} already holds a run; go on with --resume, or choose another --out")
    dataset, samples = load_samples(settings)
    say(f"data: {dataset.name} ({dataset.split}), {dataset.report}")
    trainer = make_trainer(settings, samples, dataset.labels)
    if settings.spectral_norm and (others := not_normalised(trainer.objective.D)):
        say(f"note: spectral norm is for Dense and the convolutions; it leaves as they are: {', '.join(others)}")
    if resume:
        header = load_checkpoint(folder.checkpoint, trainer)
        if header["data"] != dataset.sha256:
            raise ValueError(f"the data have changed since {folder.checkpoint} was written; restore them, or start "
                             "anew")  # fmt: skip
        say(f"resuming {folder.path} after step {trainer.t}")
        if trainer.t >= settings.steps:
            raise ValueError(f"{folder.path} has all of its {trainer.t} steps; ask for more with --steps")
    scores = None
    if settings.every:
        scores = ScoreLog(folder, settings, samples.shape[1:], classes_of(dataset.labels), trainer.t,
                          progress=progress, say=say)  # fmt: skip
    folder.create()
    folder.write_config(describe(settings, dataset, samples, trainer))
    say(f"to look at meanwhile: {folder.samples}, pictures every {settings.sample_every} steps")
    finished = Recorder(folder, settings, trainer, dataset, scores).run(progress, say)
    return folder.path, finished


def default_folder(settings: Settings, resume: bool) -> str:
    """runs/<data>-<recipe, or else preset>-<number>: one more than the largest there, or for a resume the largest."""
    stem = f"{file_name(settings.data)}-{settings.recipe or settings.preset}-"
    found = [path.name.removeprefix(stem) for path in Path("runs").glob(f"{glob.escape(stem)}*")]
    newest = max((int(number) for number in found if number.isdecimal()), default=0)
    if resume and not newest:
        raise ValueError(f"found no run runs/{stem}* to resume; name its folder with --out")
    return f"runs/{stem}{newest if resume else newest + 1}"


class Recorder:
    """What a run writes down while it trains."""

    def __init__(self, folder: RunFolder, settings: Settings, trainer: Trainer, dataset: Dataset,
                 scores: ScoreLog | None = None) -> None:  # fmt: skip
        self.folder, self.settings, self.trainer, self.data_hash = folder, settings, trainer, dataset.sha256
        self.scores, self.classes, self.names = scores, classes_of(dataset.labels), dataset.classes
        self.watch = Watch(folder, trainer, scores)
        self.fixed_z = trainer.noise(GRID if dataset.is_images else SAVED, stream(settings.seed, "fixed noise"))
        self.real = None if dataset.is_images else dataset.x[:SAVED]  # points, to draw the generated ones over

    def run(self, progress: bool, say: Callable[[str], Any]) -> bool:
        """Train to the end or to Ctrl-C, and write the results -> whether it was finished."""
        started, before = time.perf_counter(), self.trainer.t
        self.metrics = self.folder.metrics_writer(before, (*self.trainer.columns, "sign"))
        if self.metrics.kept < before:
            say(f"{self.folder.metrics} holds {self.metrics.kept} of {before} steps; the curves will have a gap")
        if not before:
            self.write_down(0)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # the watch says it better
                finished = run(self.trainer, self.settings.steps, each_step=self.each_step,
                               note=lambda: self.watch.word, progress=progress)  # fmt: skip
        finally:
            self.metrics.close()
        self.checkpoint()
        self.write_results()
        seconds = time.perf_counter() - started
        steps = self.trainer.t - before
        scored = f", of which scores {self.scores.seconds:.0f} s" if self.scores else ""
        say(f"{steps} steps in {seconds:.0f} s{scored}, {steps / max(seconds, 1e-9):.1f} steps/s")
        for sentence in self.watch.finish(self.drawn(self.fixed_z)):
            say(sentence)
        if not finished:
            say(f"interrupted after step {self.trainer.t}; the checkpoint is saved. Go on with:\n"
                f"  minigan train --resume --out {shlex.quote(str(self.folder.path))}")  # fmt: skip
        return finished

    def each_step(self, numbers: dict[str, float]) -> None:
        self.metrics(self.watch.step(numbers))
        self.write_down(numbers["step"])

    def write_down(self, step: int) -> None:
        """What is due after this step: the picture of the fixed noise and a look at it, the checkpoint, a snapshot, a
        row of scores.csv."""
        if step % self.settings.sample_every == 0:
            samples = self.drawn(self.fixed_z)
            self.picture(self.folder.sample_path(step), samples)
            self.watch.look(step, samples)
        if step % self.settings.checkpoint_every == 0:
            self.metrics.flush()
            self.checkpoint()
        if self.settings.snapshot_every and step and step % self.settings.snapshot_every == 0:
            self.checkpoint(self.folder.snapshot_path(step))
        if self.scores and step % self.scores.every == 0:
            self.scores(step, self.trainer.shown)
            if self.settings.keep_best and self.scores.best == step:
                self.checkpoint(self.folder.best)

    def checkpoint(self, path: Path | None = None) -> None:
        save_checkpoint(path or self.folder.checkpoint, self.trainer, self.settings.as_dict(), self.data_hash)

    def drawn(self, z: np.ndarray) -> np.ndarray:
        """Samples of the network that is shown."""
        return sample(self.trainer.shown, z, classes=self.classes)

    def picture(self, path: Path, samples: np.ndarray) -> None:
        picture = draw(samples, self.real, f"step {self.trainer.t}", self.labels(len(samples)), self.names)
        pictures.save_png(path, picture)

    def labels(self, n: int) -> np.ndarray | None:
        """The classes that n samples are drawn for, where the network takes any."""
        return labels_asked(self.trainer.shown, n, self.classes)

    def write_results(self) -> None:
        """final.png, of the noise of the pictures before; samples.npz, of fresh noise, which is not of the training's
        stream; samples.gif, loss.png, scores.png."""
        self.picture(self.folder.path / "final.png", self.drawn(self.fixed_z))
        rng = np.random.default_rng([self.settings.seed, self.trainer.t, 3])
        samples = self.drawn(self.trainer.noise(SAVED, rng))
        save_samples(self.folder.path / "samples.npz", samples, self.labels(SAVED))
        self.folder.write_animation()
        self.folder.write_loss_curves()
        if self.scores:
            self.scores.draw()
