"""What a comparison shows while it runs: a bar over all runs, what is under way, and a line for each that ended."""

import sys
from collections.abc import Callable
from time import monotonic

from minigan.recipes.compare import scores
from minigan.recipes.compare.jobs import Job
from minigan.recipes.compare.pool import Ending


class Progress:
    """A bar; called with the Jobs under way and {Job: Ending}. shown: whether there is one at all.

    How far a run is can be seen by the pictures it has drawn: one every twentieth of the way.
    """

    def __init__(self, planned: list[Job], waiting: list[Job], steps: dict, shown: bool, say: Callable):
        from tqdm import tqdm

        self.shown, self.say, self.told = shown, say, set()
        self.steps = dict(steps)
        self.begun = {job for job in waiting if steps[job]}
        done = len(planned) - len(waiting)
        if shown:
            again = f", {len(self.begun)} half done" if self.begun else ""
            say(f"{len(planned)} runs: {done} finished{again}, {len(waiting) - len(self.begun)} to begin")
        self.start = done + sum(self.part(job) for job in waiting)
        self.done, self.waiting, self.started = done, waiting, monotonic()
        self.bar = tqdm(
            total=len(planned), initial=self.start, disable=not (shown and sys.stderr.isatty() and waiting), unit="run",
            leave=False, bar_format="{percentage:3.0f}%|{bar:20}| {elapsed}<{remaining} {desc}",
        )  # fmt: skip

    def part(self, job: Job) -> float:
        """The share of its steps that a run has done."""
        return min(1.0, self.steps[job] / job.settings.steps)

    def __call__(self, running: list[Job], ended: dict) -> None:
        for job in running:
            self.steps[job] = max(self.steps[job], job.drawn())
        for job in ended.keys() - self.told:
            self.told.add(job)
            if self.shown:
                self.bar.clear()
                self.say(line(job, ended[job]) + self.left(ended))
        self.bar.n = self.now(ended)
        self.bar.set_description_str(", ".join(f"{job.name} {self.part(job):.0%}" for job in running), refresh=False)
        self.bar.refresh()

    def left(self, ended: dict) -> str:
        """How long it will take at the pace so far, as text to append; "" once all have ended."""
        done = self.now(ended)
        if len(ended) == len(self.waiting) or done <= self.start:
            return ""
        seconds = (len(self.steps) - done) * (monotonic() - self.started) / (done - self.start)
        return f"; {self.bar.format_interval(seconds)} left"

    def now(self, ended: dict) -> float:
        """How many runs are done, in fractions."""
        return self.done + len(ended) + sum(self.part(job) for job in self.waiting if job not in ended)

    def close(self) -> None:
        self.bar.close()


def line(job: Job, ending: Ending) -> str:
    """What to say when a run ended."""
    result = scores.kept(job.path)
    if ending.kind != "finished" or not result:
        return f"{job.name}: {ending.kind}{': ' + ending.message if ending.message else ''}"
    return f"{job.name}: {result.in_words()} ({result.seconds:.0f} s)"
