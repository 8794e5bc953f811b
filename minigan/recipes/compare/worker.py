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
    """Read a line of JSON, {"recipe": name, "settings": {...}, "out": path}, train and score -> the exit code."""
    task = json.loads(sys.stdin.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # but the training loop listens: it ends after a whole step
    stopped = threading.Event()
    threading.Thread(target=stop_at_end_of_input, args=(stopped,), daemon=True).start()
    from minigan.kernels.machine import threads
    from minigan.recipes.compare import scores
    from minigan.training import Diverged

    threads.set_count(1)
    try:
        return work(task, stopped)
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


def work(task: dict[str, Any], stopped: threading.Event) -> int:
    """Do the job -> the exit code. task: as `main` reads it."""
    from minigan.recipes.compare.jobs import job_of
    from minigan.recipes.settings import Settings

    return job_of(task["recipe"], Settings(**task["settings"]), task["out"]).work(stopped)


if __name__ == "__main__":
    sys.exit(main())
