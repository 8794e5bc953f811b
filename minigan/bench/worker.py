"""Measuring in processes of their own: `Worker` starts one and asks, `serve` answers in it, by lines of JSON.

A process that measures imports only what it measures: this file needs neither minigan's kernels nor PyTorch.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FIRST, LEAST, MOST, BUDGET = 3, 5, 100, 0.03  # calls not counted; at least and at most so many; seconds


class Worker(subprocess.Popen):
    """A process that answers questions: `python -m MODULE`, told over its stdin, one line of JSON each way. While it is
    not asked it sleeps in a read. Leaving its `with` statement closes its stdin; at that it ends."""

    def __init__(self, module: str, threads: int) -> None:
        variables = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
        path = os.pathsep.join(filter(None, (str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH"))))
        super().__init__([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         env=os.environ | variables | {"PYTHONPATH": path})  # fmt: skip

    def __exit__(self, *error: Any) -> None:
        with contextlib.suppress(BrokenPipeError):  # what a killed worker did not read
            self.stdin.close()
        super().__exit__(*error)

    def ask(self, name: str, *args: Any) -> Any:
        """Call the method `name` of the worker's Answers -> what it returned. Raises MemoryError and ValueError as it
        did, and ChildProcessError if it failed otherwise or was killed."""
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps([name, args]), file=self.stdin, flush=True)
        line = self.stdout.readline()
        if not line:
            raise ChildProcessError(f"the process that measures ended with code {self.wait()}; out of memory?")
        answer = json.loads(line)
        if "error" in answer:
            known = {"MemoryError": MemoryError, "ValueError": ValueError}
            raise known.get(answer["kind"], ChildProcessError)(answer["error"])
        return answer["result"]


class Answers:
    """What every worker is asked, method by method. A subclass writes `build`, which makes `self.game`."""

    imported = 0

    def steps(self, n: int) -> list[float]:
        """Seconds of each of n training steps."""
        return timed(self.game.step, n)

    def memory(self) -> dict[str, int]:
        """Bytes: at most so far, and before the networks were built."""
        return {"peak_bytes": resident()[1], "imported_bytes": self.imported}


def timed(function: Callable, n: int) -> list[float]:
    """Seconds of each of n calls."""
    times = [time.perf_counter()]
    for _ in range(n):
        function()
        times.append(time.perf_counter())
    return np.diff(times).tolist()


def typical(function: Callable) -> float:
    """Seconds of one call: the median of as many as take BUDGET, after FIRST that are not counted."""
    n = int(BUDGET / max(timed(function, FIRST)[-1], 1e-9))
    return float(np.median(timed(function, min(max(n, LEAST), MOST))))


def clocked(function: Callable, spent: Counter, key: tuple) -> Callable:
    """The function, which adds the milliseconds that each call takes to spent[key]."""

    def wrapped(*args, **options):
        started = time.perf_counter()
        result = function(*args, **options)
        spent[key] += 1e3 * (time.perf_counter() - started)
        return result

    return wrapped


def resident() -> tuple[int, int]:
    """Bytes of this process that are in memory now, and that were at most.

    Linux is asked for its own count: getrusage's starts with the size of the process that started this one."""
    try:
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return tuple(1024 * int(status[key].split()[0]) for key in ("VmRSS", "VmHWM"))
    except (OSError, KeyError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return peak, peak


def serve(answers: Answers) -> None:
    """Answer lines of JSON, [method, arguments], from stdin until it closes."""
    for line in sys.stdin:
        name, args = json.loads(line)
        try:
            answer = {"result": getattr(answers, name)(*args)}
        except KeyboardInterrupt:  # Ctrl-C reaches the process that asked, too, and that one says so
            return
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}", "kind": type(error).__name__}
        print(json.dumps(answer), flush=True)
