"""One whole training: from settings to a folder with digits in it."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from minigan.data import Dataset
from minigan.layers.spectral import not_normalised
from minigan.models.wavegan import not_shuffled
from minigan.recipes.health import Watch
from minigan.recipes.sampling import sample
from minigan.recipes.score_log import ScoreLog, draw_scores
from minigan.recipes.settings import Settings
from minigan.recipes.setup import (
    choose_as_before,
    classes_of,
    describe,
    labels_asked,
    load_samples,
    make_trainer,
    stream,
    to_stderr,
    without_samples,
)
from minigan.recipes.start import Start, begin
from minigan.report import pictures, stages
from minigan.report.folder import RunFolder, save_samples
from minigan.report.samples import MEANWHILE, PROJECTOR, draw, kind_of
from minigan.training import StepLimit, TimeLimit, Trainer, run, save_checkpoint

SAVED = 1000  # samples in samples.npz
NAMED = 5  # classes in a note


def train(settings: Settings | None = None, *, out: str | Path | None = None, resume: bool = False,
          source: str | Path | None = None, given: Iterable[str] = (), progress: bool = True,
          say: Callable[[str], Any] = to_stderr) -> tuple[Path, bool]:  # fmt: skip
    """Train by `settings` and leave everything in the folder `out` -> (Path of the folder, whether it was finished).

    out: default runs/<data>-<recipe or preset>-<number>, a new one for each run. resume: go on from out/checkpoint.npz,
    or the newest run of that name; `given` names the settings which the caller insists on. A run that is finished gets
    its pictures again. source: the folder of a run to begin with the networks of; what `settings` leave open is then as
    there (`minigan.recipes.inherited`). say: function (text) for messages.
    Raises ValueError for settings out of range, wrong data, a folder that holds a run already or cannot be written,
    a checkpoint that does not fit; all before anything is written. Raises training.Diverged at a NaN or infinity.
    """
    given = set(given)
    start = begin(settings or Settings(), out, resume, source, given, say)
    folder, settings = start.folder, start.settings
    if resume and folder.has_config():
        choose_as_before(folder.read_config())
    dataset, samples = start.load_samples()
    say(f"data: {dataset.name} ({dataset.split}), {dataset.report}")
    trainer = make_trainer(settings, samples, dataset.labels)
    for note in notes_on(settings, trainer, dataset):
        say(f"note: {note}")
    start.put(trainer, dataset.sha256, say)
    if growth := yet_to_grow(settings, trainer):
        say(growth)
    done = limit_of(settings, start.spent).reached(trainer.t)
    if done and "steps" in given and trainer.t > settings.steps:
        raise ValueError(f"{folder.path} has {trainer.t} steps already, got --steps {settings.steps}; ask for more, or "
                         "leave --steps out")  # fmt: skip
    scores = None
    if settings.every and not done:
        scores = ScoreLog(folder, settings, samples.shape[1:], classes_of(dataset.labels), trainer.t,
                          progress=progress, say=say)  # fmt: skip
    folder.create("copy the run to a place that can be written, and resume the copy" if resume else None)
    if not done or not folder.has_config():
        folder.write_config(describe(settings, dataset, samples, trainer) | start.header)
    recorder = Recorder(folder, settings, trainer, dataset, scores, start)
    if done:
        recorder.write_again(say)
        return folder.path, True
    say(f"to look at meanwhile: {folder.samples}, pictures every {settings.sample_every} steps")
    return folder.path, recorder.run(progress, say)


def notes_on(settings: Settings, trainer: Trainer, dataset: Dataset) -> Iterator[str]:
    """What a user should know of what is about to be trained."""
    if settings.spectral_norm and (others := not_normalised(trainer.objective.D)):
        yield f"spectral norm is for Dense and the convolutions; it leaves as they are: {', '.join(others)}"
    if settings.phase_shuffle and (short := not_shuffled(trainer.objective.D)):
        yield (f"--phase-shuffle {settings.phase_shuffle} shifts nothing behind {', '.join(short)}: the maps there are "
               "too short, or D has no later layer")  # fmt: skip
    if settings.uses("conditional") and (missing := without_samples(dataset.labels)):
        names = [dataset.classes[label] for label in missing[:NAMED]] + ["..."] * (len(missing) > NAMED)
        yield (f"{len(missing)} of {classes_of(dataset.labels)} classes have no sample ({', '.join(names)}); what G "
               "draws for these means nothing")  # fmt: skip


def yet_to_grow(settings: Settings, trainer: Trainer) -> str:
    """What a user should know of how the networks grow from now on; "" if they do not."""
    phases = settings.phases[trainer.stage :]
    if len(phases) < 2:
        return ""
    ends = [phase.start for phase in phases[1:]] + [settings.steps]
    told = (f"{p.size} x {p.size} {'fades in' if p.fade else 'alone'} until {end:,}"
            for p, end in zip(phases, ends, strict=True))  # fmt: skip
    return f"the networks grow, by steps: {', '.join(told)}"


def limit_of(settings: Settings, spent: float = 0.0) -> StepLimit | TimeLimit:
    """How long the training goes. spent: seconds of --minutes that are over; the clock runs from now on."""
    return StepLimit(settings.steps) if settings.minutes is None else TimeLimit(settings.minutes, spent)


class Recorder:
    """What a run writes down while it trains."""

    def __init__(self, folder: RunFolder, settings: Settings, trainer: Trainer, dataset: Dataset,
                 scores: ScoreLog | None, start: Start) -> None:  # fmt: skip
        self.folder, self.settings, self.trainer, self.data_hash = folder, settings, trainer, dataset.sha256
        self.start, self.limit = start, limit_of(settings, start.spent)
        self.scores, self.classes, self.names = scores, classes_of(dataset.labels), dataset.classes
        self.watch = Watch(folder, trainer, scores)
        self.kind = kind_of(trainer.samples.shape[1:])
        self.fixed_z = trainer.noise(self.kind.many, stream(settings.seed, "fixed noise"))
        self.scaling, self.phases = dataset.scaling, settings.phases
        self.real = None if dataset.is_images else self.scaling.undo(dataset.x[:SAVED])  # to draw beside generated ones

    def run(self, progress: bool, say: Callable[[str], Any]) -> bool:
        """Train to the end or to Ctrl-C, and write the results -> whether it was finished."""
        started, before = time.perf_counter(), self.trainer.t
        self.limit = limit_of(self.settings, self.start.spent)
        self.metrics = self.folder.metrics_writer(before, (*self.trainer.columns, "sign"))
        if self.metrics.kept < before:
            say(f"{self.folder.metrics} holds {self.metrics.kept} of {before} steps; the curves will have a gap")
        if before and not self.folder.step_pictures():
            say(f"{self.folder.samples} holds no pictures of earlier steps; samples.gif will begin with the next one")
        if not before:
            self.write_down(0)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # the watch says it better
                finished = run(self.trainer, limit=self.limit, each_step=self.each_step,
                               note=lambda: self.watch.word, progress=progress)  # fmt: skip
        finally:
            self.metrics.close()
        self.checkpoint()
        signs = self.watch.finish(self.made(self.fixed_z), self.labels(len(self.fixed_z)))
        self.write_results()
        seconds = time.perf_counter() - started
        steps = self.trainer.t - before
        scored = f", of which scores {self.scores.seconds:.0f} s" if self.scores else ""
        say(f"{steps} steps in {seconds:.0f} s{scored}, {steps / max(seconds, 1e-9):.1f} steps/s")
        if finished and self.settings.minutes is not None:
            say(f"the time is over after step {self.trainer.t}; --steps {self.trainer.t} makes the same run again")
        for sentence in signs:
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
        if self.ends_a_size(step):
            stages.keep(self.folder, self.made(self.fixed_z))
        if step % self.settings.sample_every == 0:
            samples = self.made(self.fixed_z)
            self.picture(self.folder.sample_path(step), self.scaling.undo(samples))
            self.watch.look(step, samples, self.labels(len(samples)))
        if step % self.settings.checkpoint_every == 0:
            self.metrics.flush()
            self.checkpoint()
        if self.settings.snapshot_every and step and step % self.settings.snapshot_every == 0:
            self.checkpoint(self.folder.snapshot_path(step))
        if self.scores and step % self.scores.every == 0:
            self.scores(step, self.trainer.shown)
            if self.settings.keep_best and self.scores.best == step:
                self.checkpoint(self.folder.best)

    def ends_a_size(self, step: int) -> bool:
        """Whether the networks are larger in the next step."""
        later = self.phases[self.trainer.stage + 1 :]
        return bool(later) and self.phases[self.trainer.stage].last and later[0].start == step

    def checkpoint(self, path: Path | None = None) -> None:
        more = self.start.header | ({} if self.settings.minutes is None else {"seconds": self.limit.spent})
        path = path or self.folder.checkpoint
        save_checkpoint(path, self.trainer, self.settings.as_dict(), self.data_hash, more)

    def made(self, z: np.ndarray) -> np.ndarray:
        """Samples of the network that is shown, as it makes them."""
        return sample(self.trainer.shown, z, classes=self.classes)

    def drawn(self, z: np.ndarray) -> np.ndarray:
        """Samples of the network that is shown, in the units of the data."""
        return self.scaling.undo(self.made(z))

    def picture(self, path: Path, samples: np.ndarray, side: int = MEANWHILE) -> None:
        labels = self.labels(len(samples))
        texts = None if labels is None else [self.names[label] for label in labels]
        samples = stages.enlarged(samples, self.settings.largest) if self.settings.grows else samples
        picture = draw(samples, side=side, texts=texts, title=f"step {self.trainer.t}", real=self.real)
        pictures.save_png(path, picture)

    def labels(self, n: int) -> np.ndarray | None:
        """The classes that n samples are drawn for, where the network takes any."""
        return labels_asked(self.trainer.shown, n, self.classes)

    def write_results(self) -> None:
        """final.png, of the noise of the pictures before; samples.npz, of fresh noise, which is not of the training's
        stream; samples.gif, loss.png, scores.png, path.png; of a VAE reconstructions.png."""
        self.picture(self.folder.path / "final.png", self.drawn(self.fixed_z), PROJECTOR)
        rng = np.random.default_rng([self.settings.seed, self.trainer.t, 3])
        samples = self.drawn(self.trainer.noise(SAVED, rng))
        save_samples(self.folder.path / "samples.npz", samples, self.labels(SAVED))
        if self.settings.grows:
            stages.keep(self.folder, self.made(self.fixed_z))
            stages.draw_stages(self.folder, [phase.size for phase in self.phases if phase.last])
        for name, picture in self.held_out_pictures().items():
            pictures.save_png(self.folder.path / f"{name}.png", picture)
        self.folder.write_animation()
        self.folder.write_loss_curves()
        self.watch.draw()
        if self.scores:
            self.scores.draw()

    def held_out_pictures(self) -> dict[str, np.ndarray]:
        """What the game shows of samples that were held out, {name: picture}; of those of the training where none
        are."""
        game = self.settings.kind("game").held_out
        if game is None:
            return {}
        players = {player.name: player.network for player in self.trainer.objective.players}
        players |= {"G": self.trainer.shown}
        x, seen = self.trainer.samples, True
        if self.settings.split == "train":
            with contextlib.suppress(ValueError):  # a few pictures alone have no test split
                x, seen = load_samples(self.settings.but(split="test", subset=None))[1], False
        return game.pictures(self.settings, players, x, seen)

    def write_again(self, say: Callable[[str], Any]) -> None:
        """The results of a run that is finished, once more. What they are drawn from stays as it is."""
        gif = self.folder.path / "samples.gif"
        if not self.folder.step_pictures() and not gif.exists():
            self.picture(self.folder.sample_path(self.trainer.t), self.drawn(self.fixed_z))
        self.write_results()
        made = ["final.png", "samples.npz"]
        made += ["samples.gif"] if self.folder.step_pictures() else []
        made += ["loss.png"] if self.folder.read_metrics() else []
        made += ["scores.png"] if draw_scores(self.folder) else []
        say(f"all of its {self.trainer.t} steps are done; made again: {', '.join(made)}. For more, give --steps "
            "or --minutes")  # fmt: skip
