"""`minigan bench`: what one training step costs, layer by layer, against this machine's own matrix product and PyTorch.

Everything is measured in processes of its own, which `Worker` starts and asks by lines of JSON: so the peak memory is
that of the training step alone, and PyTorch's threads, which spin while they wait, never share a process with ours.
Only one of them works at a time; the others are blocked on a read, and a pause lets the last one's threads fall asleep.

Operations are counted by the direct formulas, whatever algorithm is used: each pass of a dense layer or convolution is
`layer.flop`. D's step runs G forward, and D forward and backward twice. G's step runs D forward, and both backward.
These gradients are not computed, so they are not counted: the input gradient of the layers at the input (but D's in G's
step), and D's weight gradients in G's step. A gradient penalty is four passes through D: forward, back to the images,
the tangent forward, and the weight gradients. A MaxoutDense goes back only through the pieces that have won.
The terms of G's objective, and the steps that an unrolled game looks ahead, are not counted.
"""

import contextlib
import importlib.util
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minigan.bench.ours import PARTS, make_trainer, own_width, settings_of
from minigan.bench.torch import exchange, rules
from minigan.bench.worker import Worker
from minigan.checks import whole
from minigan.kernels.machine import threads as own_threads
from minigan.kernels.machine.processor import model
from minigan.models import preset as named
from minigan.recipes.inspect import stand_in
from minigan.recipes.options import OPTIONS
from minigan.tables import aligned, table

WARM_UP, PAUSE, ROUNDS = 3, 0.3, 5  # steps; seconds between processes; paired rounds
TURN = 2.0  # seconds of a turn: long enough for caches and clocks to settle after the pause
OURS, TWIN = "minigan.bench.ours", "minigan.bench.torch.game"  # the two workers


def bench(
    preset: str | None = None, batch_size: int | None = None, image_size: int | str | None = None,
    steps: int | None = None,
    threads: int | None = None, against: str | None = None, processes: int = 1, **choices: Any,
) -> dict[str, Any]:  # fmt: skip
    """Time the training step of a preset -> a dict that JSON can hold; `as_text` makes the table of it.

    preset: default paper32, or the recipe's. batch_size, image_size: the preset's unless given; threads: all cores this
    process may use. steps: how many are timed; default: as many as take TURN seconds, at least 5 (with `against`: in
    each of ROUNDS rounds, in turns). against: None or "torch". processes: how many times all is measured, each time in
    fresh processes. choices: fields of `minigan.recipes.Settings`: a recipe,
    a loss, penalties, ...
    Raises ValueError for an unknown preset, sizes below 1, PyTorch asked for and not installed, or choices that do not
    go together, or that have no twin in PyTorch.
    """
    config = checked(preset, batch_size, image_size, threads=threads, choices=choices)
    steps = None if steps is None else whole("steps", steps)
    processes = whole("processes", processes)
    check_twin(against)
    runs = []
    for _ in range(processes):
        runs.append(measured(config, steps, against))
        steps = runs[0]["steps"]
    seconds = {name: [one for run in runs for one in run["seconds"][name]] for name in runs[0]["seconds"]}
    step, gflop, sgemm = spread(np.concatenate(seconds["minigan"])), runs[0]["gflop"], max(r["sgemm"] for r in runs)
    layers, other = runs[-1]["layers"]
    memory = runs[-1]["memory"]
    torch = {"version": runs[0]["version"]} | compared(seconds, memory, processes) if against else None
    return {"processor": model()} | config | {
        "processes": processes, "steps": steps, "step_seconds": step,
        "images_per_second": config["batch_size"] / step["median"], "gflop": gflop,
        "gflop_per_second": gflop / step["median"], "sgemm_gflop_per_second": sgemm,
        "share_of_sgemm": gflop / step["median"] / sgemm, "memory": memory["minigan"], "layers": layers,
        "other_ms": other, "torch": torch}  # fmt: skip


def measured(config: dict, steps: int | None, against: str | None) -> dict[str, Any]:
    """What one process of minigan says, and with `against` one for each of PyTorch's modes beside it."""
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(Worker(OURS, config["threads"]))
        gflop = ours.ask("build", config) / 1e9
        twins, version = start_twins(stack, config) if against else ({}, None)
        steps = steps or max(5, round(TURN / ours.ask("steps", 1 + WARM_UP)[-1]))
        seconds = in_turns({"minigan": ours} | twins, steps, ROUNDS if against else 1)
        memory = {name: worker.ask("memory") for name, worker in ({"minigan": ours} | twins).items()}
        layers, sgemm = ours.ask("layers", min(steps, 20)), ours.ask("sgemm")
    return {"seconds": seconds, "memory": memory, "layers": layers, "sgemm": sgemm, "gflop": gflop, "steps": steps,
            "version": version}  # fmt: skip


def growth(
    preset: str = "paper32", batch_sizes: Sequence[int] = (16, 32, 64, 128, 256, 512),
    image_sizes: Sequence[int] = (16, 32, 64, 128), base_widths: Sequence[int] = (16, 32, 64, 128),
    threads: Sequence[int] | None = None, steps: int = 3,
) -> list[dict]:  # fmt: skip
    """Time per image and peak memory as one size grows and the others are the preset's, each in a process of its own
    -> a list of dicts, the rows of `growth_as_text`. A size that memory is too small for has "failed" in its row.

    base_widths: channels of D's first map (units of the mlp); the other widths grow in proportion. threads: a list of
    counts, each size once with each of them; default: 1, and all cores this process may use.
    """
    start, rows = checked(preset), []
    counts = sorted({1, start["threads"]}) if threads is None else threads
    for key, values in (("batch_size", batch_sizes), ("image_size", image_sizes), ("base_width", base_widths)):
        for config in [checked(**start | {key: value, "threads": count}) for value in values for count in counts]:
            rows.append({"grows": key, "processor": model()} | config)
            try:
                with Worker(OURS, config["threads"]) as worker:
                    worker.ask("build", config)
                    step = spread(np.array(worker.ask("steps", 1 + steps)[1:]) / config["batch_size"] * 1e3)
                    rows[-1] |= {"ms_per_image": step, "memory": worker.ask("memory")}
            except (MemoryError, ChildProcessError) as error:
                rows[-1]["failed"] = str(error)
    return rows


def checked(
    preset: str | None = None, batch_size: int | None = None, image_size: int | str | None = None,
    base_width: int | None = None, threads: int | None = None, choices: dict | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What is measured, with the recipe's and the preset's choice in place of None. Raises ValueError for what cannot
    be."""
    given = {key: value for key, value in (choices or {}).items() if value is not None}
    batch_size = None if batch_size is None else whole("batch_size", batch_size, least=2)
    OPTIONS["image_size"].check(image_size)
    if image_size and len(stand_in(named(settings_of(preset, **given).preset))[1]) < 3:
        raise ValueError(f"preset {preset!r} is for points here; --image-size is for presets that draw images")
    settings = settings_of(preset, batch_size=batch_size, image_size=image_size, **given)
    usual = named(settings.preset).image_size
    return {
        "preset": settings.preset,
        "batch_size": settings.batch_size,
        "image_size": settings.image_size or usual,
        "base_width": own_width(settings.preset) if base_width is None else whole("base_width", base_width),
        "threads": own_threads.count() if threads is None else whole("threads", threads),
        "choices": given,
    }


def check_twin(against: str | None) -> None:
    """Raise ValueError unless `against` is None, or "torch" and that is installed."""
    if against not in (None, "torch"):
        raise ValueError(f"minigan can be compared with 'torch', got {against!r}")
    if against and importlib.util.find_spec("torch") is None:
        raise ValueError("PyTorch is not installed, so there is nothing to compare with; pip install minigan[bench]")


def start_twins(stack: contextlib.ExitStack, config: dict) -> tuple[dict[str, Worker], str]:
    """A worker for each of the twin's modes -> {mode: Worker}, PyTorch's version."""
    twins, trainer = {}, make_trainer(**config)
    real, z = trainer.data.chosen(np.arange(trainer.batch_size)), trainer.noise(trainer.batch_size)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "twin.npz")
        rules.save(path, trainer, real.x, z, real.given.get("labels"))
        for mode in exchange.MODES:
            twins[mode] = stack.enter_context(Worker(TWIN, config["threads"]))
            version = twins[mode].ask("build", path, mode, config["threads"])
    return twins, version


def in_turns(workers: dict[str, Worker], steps: int, rounds: int) -> dict[str, list[list[float]]]:
    """Let the workers run `steps` steps in turns, in every other round the last first; each turn's first step is not
    timed -> {name: one list of seconds per round}."""
    for worker in workers.values():
        worker.ask("steps", WARM_UP)
    seconds = {name: [] for name in workers}
    for i in range(rounds):
        for name in list(workers)[:: 1 if i % 2 == 0 else -1]:
            time.sleep(PAUSE)
            seconds[name].append(workers[name].ask("steps", steps + 1)[1:])
    return seconds


def compared(seconds: dict[str, list], memory: dict[str, dict], processes: int = 1) -> dict[str, Any]:
    """What the paired rounds say: the twin's modes, the better of them, and the ratio of our median to its. seconds:
    the rounds of all processes, one after the other. "of_processes": the median ratio of each."""
    medians = {name: np.median(rounds, axis=1) for name, rounds in seconds.items()}
    modes = {name: {"step_seconds": spread(np.concatenate(seconds[name])), "memory": memory[name]}
             for name in seconds if name != "minigan"}  # fmt: skip
    better = min(modes, key=lambda name: np.median(medians[name]))
    ratio = medians["minigan"] / medians[better]
    return {"modes": modes, "better": better, "rounds": len(ratio), "ratio": spread(ratio),
            "of_processes": np.median(ratio.reshape(processes, -1), axis=1).tolist()}  # fmt: skip


def spread(values: np.ndarray) -> dict[str, float]:
    """The median, the least and the greatest."""
    return {"median": float(np.median(values)), "min": float(np.min(values)), "max": float(np.max(values))}


def as_text(result: dict[str, Any]) -> str:
    """The result of `bench` as a table for people."""
    r, twin = result, result["torch"]
    _, shape = stand_in(named(r["preset"]), r["image_size"])
    thing = {1: "points", 2: "signals", 3: "images"}[len(shape)]
    size = f"{'x'.join(map(str, shape[:-1]))} {thing}" if thing == "images" else thing
    choices = "".join(f", {key.replace('_', ' ')} {told(value)}" for key, value in r["choices"].items())
    again = f", {r['processes']} fresh processes" if r["processes"] > 1 else ""
    return "\n".join([
        f"processor {r['processor']}, {r['threads']} threads{again}",
        f"preset {r['preset']}, {size}, batch {r['batch_size']}, {r['steps']} steps{choices}",
        f"training step {in_ms(r['step_seconds'])}: {1 / r['step_seconds']['median']:,.1f} steps/s, "
        f"{r['images_per_second']:,.0f} {thing}/s",
        f"{r['gflop']:.2f} GFLOP by direct count, {r['gflop_per_second']:.1f} GFLOP/s, which is "
        f"{r['share_of_sgemm']:.0%} of this machine's SGEMM ({r['sgemm_gflop_per_second']:.1f} GFLOP/s)",
        f"peak memory {in_mb(r['memory'])}; {r['memory']['held_bytes'] / 1e6:.0f} MB of arrays are kept for the next "
        "step",
        "", layer_table(r["layers"]), f"losses, optimizers and the rest: {r['other_ms']:.2f} ms",
        *(twin_lines(twin) if twin else ()),
    ])  # fmt: skip


def layer_table(layers: list[dict]) -> str:
    """The milliseconds in each layer's passes. A pass that took none in any layer has no column."""
    parts = [part for part in PARTS.values() if any(row[part] for row in layers)]
    rows = [(row["network"], row["layer"], row["kind"], *(f"{row[part]:.2f}" for part in parts)) for row in layers]
    totals = (f"{sum(row[part] for row in layers):.2f}" for part in parts)
    return table([("", "layer", "kind", *parts), *rows, ("total", "", "", *totals)])


def twin_lines(twin: dict[str, Any]) -> list[str]:
    """The lines about PyTorch."""
    ratio = "{median:.2f} ({min:.2f} to {max:.2f}"
    modes = [(mode, f"{in_ms(found['step_seconds'])}, peak memory {in_mb(found['memory'])}")
             for mode, found in twin["modes"].items()]  # fmt: skip
    lines = ["", f"PyTorch {twin['version']}, the same networks and batch, in turns"]
    lines += [f"  {line}" for line in aligned(modes, left=2)]
    rounds = f"{ratio.format(**twin['ratio'])} over {twin['rounds']} paired rounds)"
    lines.append(f"minigan / PyTorch ({twin['better']}): {rounds}")
    if len(twin["of_processes"]) > 1:
        medians = ratio.format(**spread(np.array(twin["of_processes"])))
        lines.append(f"median of each of the {len(twin['of_processes'])} processes: {medians})")
    if twin["ratio"]["max"] > 1.5 * twin["ratio"]["min"]:
        lines.append("The rounds differ widely: other programs were busy, which slows PyTorch most. Please repeat.")
    return lines


def told(value: Any) -> str:
    """A choice, or a list of them, in words."""
    return " and ".join(value) if isinstance(value, (list, tuple)) else str(value)


def growth_as_text(rows: list[dict]) -> str:
    """The rows of `growth` as a table for people."""
    lines = [("grows", "batch", "image", "width", "threads", "ms per image", "least to greatest", "peak memory")]
    for r in rows:
        sizes = r["grows"], *(str(r[key] or "-") for key in ("batch_size", "image_size", "base_width", "threads"))
        if "failed" in r:
            lines.append((*sizes, r["failed"]))
        else:
            ms = r["ms_per_image"]
            found = f"{ms['median']:.3f}", f"{ms['min']:.3f} to {ms['max']:.3f}", in_mb(r["memory"])
            lines.append((*sizes, *found))
    return "\n".join([*{f"processor {row['processor']}" for row in rows}, *aligned(lines)])


def in_ms(seconds: dict[str, float]) -> str:
    """The spread of some seconds, in milliseconds."""
    return "{:.1f} ms ({:.1f} to {:.1f})".format(*(1e3 * seconds[key] for key in ("median", "min", "max")))


def in_mb(memory: dict[str, int]) -> str:
    """The greatest memory of a process, in megabytes."""
    return f"{memory['peak_bytes'] / 1e6:,.0f} MB ({memory['imported_bytes'] / 1e6:,.0f} before the networks)"
