"""`minigan bench --kernels`: each layer's passes alone, at the shapes of the presets, over many fresh processes.

What a kernel costs may depend on where its arrays lie and on what lies in memory by chance, and both change from
process to process. So each figure is a median over processes, of each process's own median over several calls. Beside
it stands the worst process as a multiple of it. In every other process all new memory of the kernels is full of
denormal numbers: a kernel that reads memory before it writes it may be much slower there.

A pass is repeated with the same arrays, so small ones are in the cache, as they may not be in a training step.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minigan.bench.cases import cases_of
from minigan.bench.stopwatch import check_twin, checked
from minigan.bench.torch import exchange
from minigan.bench.worker import Worker
from minigan.checks import whole
from minigan.kernels.machine.processor import model
from minigan.kernels.machine.vectors import REGISTER_BITS
from minigan.models import PRESETS
from minigan.recipes import plugins
from minigan.tables import aligned

PROCESSES = 10
WORST = 1.3  # a line whose worst process took more than so many times the median is marked
QUIET = 0.9  # share of the cores that a process must get
OURS, TWIN = "minigan.bench.alone", "minigan.bench.torch.alone"  # the two workers


def bench_kernels(
    preset: str | None = None, batch_size: int | None = None, image_size: int | str | None = None,
    threads: int | None = None, against: str | None = None, processes: int | None = None,
    say: Callable[[str], None] = lambda line: None, **choices: Any,
) -> dict[str, Any]:  # fmt: skip
    """Time each layer alone -> a dict that JSON can hold; `kernels_as_text` makes the table of it.

    preset, choices: which networks, as of `stopwatch.bench`; default: those of all presets. threads: all cores this
    process may use. against: None or "torch". processes: fresh ones, of each library; default PROCESSES. say: is given
    lines about the progress.
    Raises ValueError as `stopwatch.bench`, or for sizes and choices without a preset or a recipe.
    """
    processes = whole("processes", PROCESSES if processes is None else processes)
    check_twin(against)
    configs = configurations(preset, batch_size, image_size, threads, choices)
    cases, not_timed = those_that_run(cases_of(configs))
    twins, no_twin = twins_of(cases) if against else ({}, {})
    say(f"timing {sum(len(case.passes) for case in cases.values())} passes of {len(cases)} layers and optimizers")
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "twins.npz", twins) if against else None
        found = measured(configs, list(cases), path, list(twins), processes, say)
    peak, cores = max(peak for peak, _ in found["peaks"]), float(np.median([share for _, share in found["peaks"]]))
    rows = [row(case, name, found["seconds"][i, name], peak) | ({"no_twin": no_twin[i]} if i in no_twin else {})
            for i, case in cases.items() for name in case.passes]  # fmt: skip
    return {"processor": model(), "threads": configs[0]["threads"], "vector_bits": REGISTER_BITS,
            "processes": processes, "peak_gflop_per_second": peak, "share_of_cores": cores, "torch": found["version"],
            "not_timed": not_timed,
            "rows": sorted(rows, key=lambda row: (-(row["ratio"] or 0), -row["ms"]))}  # fmt: skip


def configurations(
    preset: str | None, batch_size: int | None, image_size: int | str | None, threads: int | None, choices: dict
) -> list[dict]:
    """What `cases_of` takes: the settings of a preset or a recipe, or of all presets."""
    given = {key: value for key, value in choices.items() if value is not None}
    plugins.load(given.get("plugin") or ())
    if preset or "recipe" in given:
        return [checked(preset, batch_size, image_size, threads=threads, choices=given)]
    if batch_size or image_size or given.keys() - {"plugin"}:
        raise ValueError("--kernels goes through the plain networks of all presets; fix: add --preset or --recipe to "
                         "time those of one with other sizes or choices, or leave these out")  # fmt: skip
    return [checked(name, threads=threads, choices=given) for name in list(PRESETS)]


def those_that_run(cases: list) -> tuple[dict[int, Any], list[str]]:
    """Run each case once, which also compiles the kernels before anything is timed -> {number: case}, and lines about
    those that cannot be run alone: a layer that is told something by another one."""
    run, failed = {}, []
    for i, case in enumerate(cases):
        try:
            for call in case.calls().values():
                call()
            run[i] = case
        except ValueError as error:
            failed.append(f"{case.places[0]}, {case.title}: {error}")
    return run, failed


def twins_of(cases: dict[int, Any]) -> tuple[dict[int, dict], dict[int, str]]:
    """{number: what the twin is made of}, and {number: why there is none}."""
    twins, without = {}, {}
    for i, case in cases.items():
        try:
            twins[i] = case.twin()
        except ValueError as error:
            without[i] = str(error)
    return twins, without


def write(path: Path, twins: dict[int, dict]) -> str:
    """The file that the worker of PyTorch reads -> its name."""
    players = {str(i): twin["modules"] for i, twin in twins.items()}
    told = {str(i): {key: value for key, value in twin.items() if key != "modules"} for i, twin in twins.items()}
    exchange.write(str(path), players, told, {})
    return str(path)


def measured(configs: list[dict], ours: list[int], path: str | None, theirs: list[int], processes: int,
             say: Callable) -> dict[str, Any]:  # fmt: skip
    """The seconds of all passes in fresh processes, minigan's and PyTorch's in turns, in every other round the last
    first. ours, theirs: the numbers of the cases. -> {"seconds": {(number, pass): {mode: [seconds of each process]}},
    "peaks": [(GFLOP/s, share of the cores)], "version": PyTorch's}."""
    seconds, peaks, version, started = defaultdict(lambda: defaultdict(list)), [], None, time.monotonic()
    threads, names = configs[0]["threads"], {OURS: "minigan", TWIN: "PyTorch"}
    for p in range(processes):
        turns = [(OURS, (configs, threads, p % 2 == 1), ours)] + ([(TWIN, (path, threads), theirs)] if path else [])
        took = {}
        for module, settings, numbers in turns[:: -1 if p % 2 else 1]:
            begun = time.monotonic()
            with Worker(module, threads) as worker:
                built = worker.ask("build", *settings)
                if module == OURS:
                    peaks.append(worker.ask("peak"))
                else:
                    version = built
                for i in numbers:
                    for mode, passes in worker.ask("time", i).items():
                        for name, value in passes.items():
                            seconds[i, name][mode].append(value)
            took[names[module]] = time.monotonic() - begun
        say(progress(p + 1, processes, took, time.monotonic() - started))
    return {"seconds": seconds, "peaks": peaks, "version": version}


def progress(done: int, processes: int, took: dict[str, float], passed: float) -> str:
    """How far it is, and how long the rest takes. took: seconds of each library's last process."""
    last = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    rest = passed / done * (processes - done)
    left = f"about {rest / 60:.0f} minutes left" if rest > 90 else f"about {rest:.0f} seconds left"
    return f"process {done} of {processes}: {last}; {left}"


def row(case: Any, name: str, seconds: dict[str, list], peak: float) -> dict[str, Any]:
    """What is known of one pass. denormal: the best of the processes whose new memory was full of denormal numbers, as
    a multiple of the best of the others. (The best, because other programs slow a process by chance; what lies in
    memory slows each of them.)"""
    own = np.array(seconds["minigan"])
    median, gflop = float(np.median(own)), case.flop()[name] / 1e9
    twins = {mode: float(np.median(values)) for mode, values in seconds.items() if mode != "minigan"}
    better = min(twins, key=twins.get, default=None)
    return {
        "places": case.places, "layer": case.title, "pass": name, "ms": 1e3 * median,
        "process_ms": (1e3 * own).tolist(), "worst": float(own.max() / median),
        "denormal": float(own[1::2].min() / own[::2].min()) if len(own) > 1 else None, "gflop": gflop,
        "share_of_peak": gflop / median / peak if gflop else None, "torch_mode": better,
        "torch_ms": 1e3 * twins[better] if better else None, "ratio": median / twins[better] if better else None,
    }  # fmt: skip


def kernels_as_text(result: dict[str, Any]) -> str:
    """The result of `bench_kernels` as a table for people: the greatest ratio first, else what takes longest."""
    r, rows, against = result, result["rows"], result["torch"]
    heads = ["where", "layer and shape", "pass", "ms", "worst / median", "of peak"]
    lines = [heads + ["PyTorch ms", "ratio"] * bool(against)]
    for row in rows:
        numbers = f"{row['ms']:.3f}", worst(row), shown(row["share_of_peak"], ".0%")
        beside = (shown(row["torch_ms"], ".3f"), shown(row["ratio"], ".2f")) if against else ()
        lines.append([where(row), row["layer"], row["pass"], *numbers, *beside])
    head = (f"processor {r['processor']}, {r['threads']} threads, vectors of {r['vector_bits']} bits; medians of "
            f"{r['processes']} fresh processes")  # fmt: skip
    return "\n".join([head, "", *aligned(lines, left=3), "", *summary(result)])


def where(row: dict) -> str:
    """The first place of a case, and how many there are besides."""
    first, *more = row["places"]
    return f"{first} +{len(more)}" if more else first


def worst(row: dict) -> str:
    """The worst process, marked if it is bad."""
    return f"{row['worst']:.2f} {'!' if row['worst'] > WORST else ' '}"


def shown(number: float | None, form: str) -> str:
    return "-" if number is None else format(number, form)


def summary(result: dict[str, Any]) -> list[str]:
    """The last lines: what the columns mean, and how many lines are bad."""
    r, rows = result, result["rows"]
    lines = [
        f"peak {r['peak_gflop_per_second']:.0f} GFLOP/s: products in the L1 cache, on {r['threads']} threads. "
        "Operations are counted by the direct formula: Winograd's convolution does fewer, and may be above 100%"
    ]
    lines += [f"not timed: {line}" for line in r["not_timed"]]
    slow = sum(row["worst"] > WORST for row in rows)
    counts = [f"of {len(rows)} lines {slow} have a process above {WORST} of the median (!)"]
    if r["processes"] > 1:
        denormal = sum(row["denormal"] > WORST for row in rows)
        counts.append(f"{denormal} are above {WORST} if new memory is full of denormal numbers")
    if r["torch"]:
        twins = [row["ratio"] for row in rows if row["ratio"]]
        counts.append(f"{sum(ratio > 1 for ratio in twins)} of {len(twins)} take longer than PyTorch {r['torch']}")
    lines.append("; ".join(counts))
    if r["share_of_cores"] < QUIET:
        lines.append(f"Other programs were busy: a thread had a core for {r['share_of_cores']:.0%} of the time. On "
                     "several threads that slows PyTorch most: please repeat, or use --threads 1")  # fmt: skip
    return lines
