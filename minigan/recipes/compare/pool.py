"""Many runs at once, each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from minigan.recipes.compare.jobs import Job

LOG = "log.txt"  # in the folder of a run: what it said
LOOK_EVERY = 0.2  # seconds
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)  # read by the libraries when they are loaded, so they have to be in the environment before


class Ending(NamedTuple):
    """How a process ended. kind: "finished", "diverged", "failed", "killed" or "stopped"; message: why it failed."""

    kind: str
    message: str = ""


class Worker:
    """The process of one run."""

    def __init__(self, job: Job, inherited: tuple = ()) -> None:
        job.path.mkdir(parents=True, exist_ok=True)
        self.job = job
        with open(job.path / LOG, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "minigan.recipes.compare.worker"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=os.environ | ONE_THREAD, pass_fds=inherited,
                start_new_session=True,  # Ctrl-C in the terminal reaches it through `stop` alone
            )  # fmt: skip
        task = {"recipe": job.recipe, "settings": job.settings.as_dict(), "out": str(job.path)}
        self._tell(lambda stdin: (stdin.write(json.dumps(task).encode() + b"\n"), stdin.flush()))

    def stop(self) -> None:
        """Ask it to end after the step under way."""
        self._tell(lambda stdin: stdin.close())

    def ending(self) -> Ending | None:
        """The Ending, or None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        self.stop()
        if code < 0:
            return Ending("killed", f"by {signal.Signals(-code).name}, from outside or for want of memory")
        kind = {0: "finished", 1: "diverged", 130: "stopped"}.get(code, "failed")
        return Ending(kind, self._last_words() if kind in ("diverged", "failed") else "")

    def _last_words(self):
        """The last line of its log, with the place where the rest stands."""
        path = Path(self.job.path) / LOG
        lines = path.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1].removeprefix('error: ') if lines else 'ended without a word'} (see {path})"

    def _tell(self, do):
        try:
            do(self.process.stdin)
        except BrokenPipeError:
            pass  # it has died already, which `ending` tells


def run_all(jobs: list, workers: int, *, watch: Callable, inherited: tuple = ()) -> tuple[dict, bool]:
    """Run every Job, in order, up to `workers` at once -> ({Job: Ending}, whether Ctrl-C ended it early).

    watch: function (running, ended) called every 0.2 s, with the Jobs under way and {Job: Ending}. inherited: file
    descriptors that the processes shall hold. At the first Ctrl-C the runs under way stop after a whole step, with a
    checkpoint; a second one kills them.
    """
    waiting, running, ended, interrupted = deque(jobs), [], {}, False
    while running or (waiting and not interrupted):
        try:
            while waiting and not interrupted and len(running) < workers:
                running.append(Worker(waiting.popleft(), inherited))
            time.sleep(LOOK_EVERY)
            for worker in list(running):
                ending = worker.ending()
                if ending:
                    running.remove(worker)
                    ended[worker.job] = ending
            watch([worker.job for worker in running], ended)
        except KeyboardInterrupt:
            for worker in running:
                worker.process.kill() if interrupted else worker.stop()
            interrupted = True
        except BaseException:
            for worker in running:
                worker.stop()
            raise
    return ended, interrupted
