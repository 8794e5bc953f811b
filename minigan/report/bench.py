"""`minigan bench`: what one training step costs, layer by layer, against this machine's own matrix product and PyTorch.

Everything is measured in processes of its own, which `Worker` starts and asks by lines of JSON: so the peak memory is
that of the training step alone, and PyTorch's threads, which spin while they wait, never share a process with ours.
Only one of them works at a time; the others are blocked on a read, and a pause lets the last one's threads fall asleep.

Operations are counted by the direct formulas, whatever algorithm is used: each pass of a dense layer or convolution is
`layer.flop`. D's step runs G forward, and D forward and backward twice; G's step runs D forward, and both backward. Not
computed, not counted: a first layer's input gradient (but D's in G's step), D's weight gradients in G's step.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from minigan.gan import d_step, g_step
from minigan.kernels import threads as own_threads
from minigan.kernels import workspace
from minigan.layers.base import whole
from minigan.layers.sequential import table
from minigan.losses import NonSaturating
from minigan.models import dcgan, mlp
from minigan.models import preset as named
from minigan.optim import Adam
from minigan.report import torch_twin

WARM_UP, PAUSE, ROUNDS, SGEMM = 3, 0.3, 5, 2048  # steps; seconds between processes; paired rounds; size of a matrix
TURN = 2.0  # seconds of a turn: long enough for caches and clocks to settle after the pause
PARTS = "forward ms", "backward ms"


def bench(preset="paper32", batch_size=None, image_size=None, steps=None, threads=None, against=None):
    """Time the training step of a preset -> a dict that JSON can hold; `as_text` makes the table of it.

    batch_size, image_size: the preset's unless given; threads: all cores this process may use. steps: how many are
    timed; default: as many as take TURN seconds, at least 5 (with `against`: in each of ROUNDS rounds, in turns).
    against: None or "torch".
    Raises ValueError for an unknown preset, sizes below 1, or PyTorch asked for and not installed.
    """
    config = checked(preset, batch_size, image_size, threads=threads)
    steps = None if steps is None else whole("steps", steps)
    if against not in (None, "torch"):
        raise ValueError(f"minigan can be compared with 'torch', got {against!r}")
    if against and importlib.util.find_spec("torch") is None:
        raise ValueError("PyTorch is not installed, so there is nothing to compare with; pip install minigan[bench]")
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(Worker("minigan.report.bench", config["threads"]))
        gflop = ours.ask("build", config) / 1e9
        twins, version = start_twins(stack, config) if against else ({}, None)
        steps = steps or max(5, round(TURN / ours.ask("steps", 1 + WARM_UP)[-1]))
        seconds = in_turns({"minigan": ours} | twins, steps, ROUNDS if against else 1)
        memory = {name: worker.ask("memory") for name, worker in ({"minigan": ours} | twins).items()}
        (layers, other), sgemm = ours.ask("layers", min(steps, 20)), ours.ask("sgemm")
    step = spread(np.concatenate(seconds["minigan"]))
    torch = {"version": version} | compared(seconds, memory) if against else None
    return config | {"steps": steps, "step_seconds": step, "images_per_second": config["batch_size"] / step["median"],
                     "gflop": gflop, "gflop_per_second": gflop / step["median"], "sgemm_gflop_per_second": sgemm,
                     "share_of_sgemm": gflop / step["median"] / sgemm, "memory": memory["minigan"], "layers": layers,
                     "other_ms": other, "torch": torch}  # fmt: skip


def growth(preset="paper32", batch_sizes=(16, 32, 64, 128, 256, 512), image_sizes=(16, 32, 64, 128),
           base_widths=(16, 32, 64, 128), threads=None, steps=3):  # fmt: skip
    """Time per image and peak memory as one size grows and the others are the preset's, each in a process of its own
    -> a list of dicts, the rows of `growth_as_text`. A size that memory is too small for has "failed" in its row.

    base_widths: channels of D's first map (units of the mlp); the other widths grow in proportion. threads: a list of
    counts, each size once with each of them; default: 1, and all cores this process may use.
    """
    start, rows = checked(preset), []
    counts = sorted({1, start["threads"]}) if threads is None else threads
    for key, values in (("batch_size", batch_sizes), ("image_size", image_sizes), ("base_width", base_widths)):
        for config in [checked(**start | {key: value, "threads": count}) for value in values for count in counts]:
            rows.append({"grows": key} | config)
            try:
                with Worker("minigan.report.bench", config["threads"]) as worker:
                    worker.ask("build", config)
                    step = spread(np.array(worker.ask("steps", 1 + steps)[1:]) / config["batch_size"] * 1e3)
                    rows[-1] |= {"ms_per_image": step, "memory": worker.ask("memory")}
            except (MemoryError, ChildProcessError) as error:
                rows[-1]["failed"] = str(error)
    return rows


def checked(preset, batch_size=None, image_size=None, base_width=None, threads=None):
    """The choices, with the preset's in place of None. Raises ValueError for what cannot be."""
    choice = named(preset)
    if image_size and choice.image_size is None:
        raise ValueError(f"preset {preset!r} is for points here; --image-size is for presets that draw images")
    base = choice.options["d_widths"][0] if choice.network == "dcgan" else choice.options["width"]
    return {
        "preset": preset,
        "batch_size": whole("batch_size", choice.batch_size if batch_size is None else batch_size, least=2),
        "image_size": choice.image_size if image_size is None else whole("image_size", image_size, least=4),
        "base_width": base if base_width is None else whole("base_width", base_width),
        "threads": own_threads.count() if threads is None else whole("threads", threads),
    }


class Game:
    """The networks of a preset, their optimizers, and one batch of random images and noise."""

    def __init__(self, preset, batch_size, image_size, base_width, threads):
        rng, choice = np.random.default_rng(0), named(preset)
        self.z_shape, self.image_shape = (choice.z_dim,), (image_size, image_size, 1) if image_size else (2,)
        self.G, self.D = networks(choice, self.image_shape, base_width, rng)
        self.g_optimizer = Adam(self.G.params, lr=choice.lr, beta1=choice.beta1)
        self.d_optimizer = Adam(self.D.params, lr=choice.lr, beta1=choice.beta1)
        self.real = rng.uniform(-1, 1, (batch_size, *self.image_shape)).astype(np.float32)
        self.z = rng.standard_normal((batch_size, *self.z_shape), dtype=np.float32)

    def d_step(self):
        """As the twin has it."""
        self.drawn = d_step(self.G, self.D, NonSaturating(), self.d_optimizer, self.real, self.z).drawn

    def g_step(self):
        """As the twin has it."""
        g_step(self.G, self.D, NonSaturating(), self.g_optimizer, self.z, self.drawn)
        self.drawn = None

    def flop(self):
        """Operations of one step, counted as the head of this file says."""
        g, g_first = passes(self.G, self.z_shape)
        d, d_first = passes(self.D, self.image_shape)
        return len(self.real) * ((1 + 2) * g - g_first + (3 + 5) * d - 2 * d_first)


def networks(choice, image_shape, base_width, rng):
    """G and D of a Preset, with its widths in proportion to `base_width`, that of D's first map."""
    options = choice.options | {"z_dim": choice.z_dim, "rng": rng}
    if choice.network == "mlp":
        return mlp(image_shape, **options | {"width": base_width})
    share = base_width / options["d_widths"][0]
    for key in ("hidden", "g_widths", "d_widths"):
        options[key] = tuple(max(1, round(share * width)) for width in options.get(key, ()))
    return dcgan(*image_shape[1:], **options)


def passes(network, shape):
    """Operations for one sample: of one pass through all convolutions and dense layers, and through the first layer."""
    flop = [layer.flop(size) if "w" in layer.params else 0 for layer, size in network._walk(shape)]
    return sum(flop), flop[0]


def start_twins(stack, config):
    """A worker for each of the twin's modes -> {mode: Worker}, PyTorch's version."""
    twins, adam = {}, (game := Game(**config)).g_optimizer
    options = {"lr": adam.lr, "betas": (adam.beta1, adam.beta2), "eps": adam.eps}
    described = torch_twin.describe(game.G, game.z_shape), torch_twin.describe(game.D, game.image_shape)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "twin.npz")
        torch_twin.save(path, *described, game.real, game.z, options)
        for mode in torch_twin.MODES:
            twins[mode] = stack.enter_context(Worker("minigan.report.torch_twin", config["threads"]))
            version = twins[mode].ask("build", path, mode, config["threads"])
    return twins, version


def in_turns(workers, steps, rounds):
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


def compared(seconds, memory):
    """What the paired rounds say: the twin's modes, the better of them, and the ratio of our median to its."""
    medians = {name: np.median(rounds, axis=1) for name, rounds in seconds.items()}
    modes = {name: {"step_seconds": spread(np.concatenate(seconds[name])), "memory": memory[name]}
             for name in seconds if name != "minigan"}  # fmt: skip
    better = min(modes, key=lambda name: np.median(medians[name]))
    ratio = medians["minigan"] / medians[better]
    return {"modes": modes, "better": better, "rounds": len(ratio), "ratio": spread(ratio)}


def spread(values):
    """The median, the least and the greatest."""
    return {"median": float(np.median(values)), "min": float(np.min(values)), "max": float(np.max(values))}


def as_text(result):
    """The result of `bench` as a table for people."""
    r, memory, twin = result, result["memory"], result["torch"]
    rows = [("", "layer", "kind", *PARTS)]
    rows += [(x["network"], x["layer"], x["kind"], *(f"{x[k]:.2f}" for k in PARTS)) for x in r["layers"]]
    totals = (f"{sum(x[k] for x in r['layers']):.2f}" for k in PARTS)
    size = f"{r['image_size']}x{r['image_size']} images" if r["image_size"] else "points"
    lines = [
        f"preset {r['preset']}, {size}, batch {r['batch_size']}, {r['threads']} threads, {r['steps']} steps",
        f"training step {in_ms(r['step_seconds'])}, {r['images_per_second']:,.0f} images/s",
        f"{r['gflop']:.2f} GFLOP by direct count, {r['gflop_per_second']:.1f} GFLOP/s, which is "
        f"{r['share_of_sgemm']:.0%} of this machine's SGEMM ({r['sgemm_gflop_per_second']:.1f} GFLOP/s)",
        f"peak memory {in_mb(memory)}; {memory['held_bytes'] / 1e6:.0f} MB of arrays are kept for the next step",
        "", table([*rows, ("total", "", "", *totals)]), f"losses, optimizers and the rest: {r['other_ms']:.2f} ms",
    ]  # fmt: skip
    if twin:
        lines += ["", f"PyTorch {twin['version']}, the same networks and batch, in turns"]
        lines += [f"  {mode:14} {in_ms(found['step_seconds'])}, peak memory {in_mb(found['memory'])}"
                  for mode, found in twin["modes"].items()]  # fmt: skip
        numbers = "{median:.2f} ({min:.2f} to {max:.2f}".format(**twin["ratio"])
        lines.append(f"minigan / PyTorch ({twin['better']}): {numbers} over {twin['rounds']} paired rounds)")
        if twin["ratio"]["max"] > 1.5 * twin["ratio"]["min"]:
            lines.append("The rounds differ widely: other programs were busy, which slows PyTorch most. Please repeat.")
    return "\n".join(lines)


def growth_as_text(rows):
    """The rows of `growth` as a table for people."""
    lines = ["grows       batch  image  width  threads  ms per image (least to greatest)  peak memory"]
    for r in rows:
        sizes = "  ".join(f"{r[k] or '-':>5}" for k in ("batch_size", "image_size", "base_width"))
        found = r.get("failed") or "{median:10.3f} ({min:.3f} to {max:.3f})".format(**r["ms_per_image"]).ljust(34)
        memory = "" if "failed" in r else in_mb(r["memory"])
        lines.append(f"{r['grows']:10}  {sizes}  {r['threads']:>7}  {found}{memory}")
    return "\n".join(lines)


def in_ms(seconds):
    return "{:.1f} ms ({:.1f} to {:.1f})".format(*(1e3 * seconds[key] for key in ("median", "min", "max")))


def in_mb(memory):
    return "{:,.0f} MB ({:,.0f} before the networks)".format(
        *(memory[k] / 1e6 for k in ("peak_bytes", "imported_bytes"))
    )


class Worker(subprocess.Popen):
    """A process that answers questions: `python -m MODULE`, told over its stdin, one line of JSON each way. While it is
    not asked it sleeps in a read. Leaving its `with` statement closes its stdin; at that it ends."""

    def __init__(self, module, threads):
        variables = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
        path = os.pathsep.join(filter(None, (str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH"))))
        super().__init__([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         env=os.environ | variables | {"PYTHONPATH": path})  # fmt: skip

    def __exit__(self, *error):
        with contextlib.suppress(BrokenPipeError):  # what a killed worker did not read
            self.stdin.close()
        super().__exit__(*error)

    def ask(self, name, *args):
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


class Answers(torch_twin.Answers):
    """What the worker of minigan is asked, method by method."""

    def build(self, config):
        """Make the networks -> operations of one step."""
        own_threads.set_count(config["threads"])
        self.imported = torch_twin.resident()[0]
        self.game = Game(**config)
        return self.game.flop()

    def memory(self):
        """Also the bytes that are kept for the next step."""
        return super().memory() | {"held_bytes": workspace.held()}

    def layers(self, n):
        """Milliseconds in each layer's forward and backward in one step (the median of n), and in all the rest."""
        spent, layers = Counter(), {}
        for player, network in (("G", self.game.G), ("D", self.game.D)):
            for name, layer in network.layers.items():
                layers[player, name] = {"network": player, "layer": name, "kind": type(layer).__name__}
                for method, part in zip(("forward", "backward"), PARTS, strict=True):
                    setattr(layer, method, torch_twin.clocked(getattr(layer, method), spent, (player, name, part)))
        found = []
        for _ in range(n):
            spent.clear()
            found.append(Counter(rest=1e3 * self.steps(1)[0] - spent.total()) | spent)
        for (player, name), row in layers.items():
            row |= {part: float(np.median([ms[player, name, part] for ms in found])) for part in PARTS}
        return list(layers.values()), float(np.median([ms["rest"] for ms in found]))

    def sgemm(self):
        """GFLOP/s of NumPy's float32 product, the best of six."""
        a, b = np.random.default_rng(0).standard_normal((2, SGEMM, SGEMM), dtype=np.float32)
        return 2 * SGEMM**3 / min(torch_twin.timed(lambda: a @ b, 6)) / 1e9


if __name__ == "__main__":
    torch_twin.serve(Answers())
