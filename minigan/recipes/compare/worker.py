"""One run in a process of its own: `python -m minigan.recipes.compare.worker`, told on stdin what to do.

The process uses one thread, so that as many as there are cores get along, and so that a run gives the same bits however
many others run beside it. When stdin ends, because the comparison was stopped or has died, the run stops too: after the
step under way, with a checkpoint. Exit code: 0 finished, 1 met a NaN, 2 an error, 130 stopped.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


def main() -> int:
    """Read a line of JSON, {"settings": {...}, "out": path}, train and score -> the exit code."""
    task = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # but the training loop listens: it ends after a whole step
    stopped = threading.Event()
    threading.Thread(target=stop_at_end_of_input, args=(stopped,), daemon=True).start()
    from minigan.kernels.machine import threads
    from minigan.recipes.compare import scores
    from minigan.recipes.settings import Settings
    from minigan.training import Diverged

    threads.set_count(1)
    try:
        return work(Settings(**task["settings"]), Path(task["out"]), stopped)
    except (ValueError, OSError, MemoryError) as error:
        print(f"error: {error}", file=sys.stderr)
        if not isinstance(error, Diverged):
            return 2
        scores.keep(Path(task["out"]), scores.Result("diverged", message=str(error)))
        return 1


def stop_at_end_of_input(stopped: threading.Event) -> None:
    """Wait for the end of stdin; then press Ctrl-C, again and again: the loop may not have begun to listen."""
    while os.read(sys.stdin.fileno(), 1):  # not sys.stdin.read(), whose lock would hang the end of the process
        pass
    stopped.set()
    while True:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)


def work(settings: Any, out: Path, stopped: threading.Event) -> int:
    """Begin the run in the folder `out` or go on with it, then score it -> the exit code."""
    from minigan.recipes.compare import scores
    from minigan.recipes.run import train
    from minigan.report.folder import RunFolder
    from minigan.training.checkpoint import read_header

    folder = RunFolder(out)
    begun = folder.checkpoint.exists()
    if not begun:  # a run that was killed before its first checkpoint leaves its settings and empty tables
        for path in (folder.config, folder.metrics, *folder.samples.glob("step_*.png")):
            path.unlink(missing_ok=True)
    if not begun or read_header(folder.checkpoint)["step"] < settings.steps:
        train(settings, out=out, resume=begun, given=["data_dir"], progress=False)
    if stopped.is_set():
        return 130
    scores.keep(out, scores.score(out, settings.data_dir))
    return 0


if __name__ == "__main__":
    sys.exit(main())
