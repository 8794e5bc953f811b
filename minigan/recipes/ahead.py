"""Compiling in two processes at once, when kernels are not on disk yet.

numba compiles under a lock, so on one core, however many there are. A second process of the same Python builds the same
networks, and calls their parts in another order than the training does: optimizers first, backward passes of G's last
layers before those of its first. Each kernel that it has compiled lies on disk; numba looks there before it compiles,
so the training reads it. The two meet somewhere in the middle.

The second process computes with random numbers, prints nothing, and writes nothing but numba's cache. It ends when it
is done, when the training's first step is over, and when the training's process ends, in whatever way: then its stdin
is closed. An error ends it in silence; the training then compiles the rest itself. It measures nothing (BUILT_IN of
kernels/costs.py chooses among convolutions).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from minigan.kernels.machine.compiling import SAVING, is_stored
from minigan.kernels.machine.threads import count
from minigan.kernels.matmul import multiply_pass
from minigan.kernels.product import product
from minigan.layers import Layer
from minigan.layers.summary import flop
from minigan.recipes.settings import Settings
from minigan.recipes.setup import make_trainer
from minigan.training import Trainer

CODE = "import sys; sys.path[:] = sys.argv[1:]; from minigan.recipes.ahead import main; main()"
SAMPLES = 256  # random ones, at least
PATIENCE = 5  # seconds for the process to end by itself


class Ahead:
    """The second process of a training, from `ready` until the first step is over:

    with Ahead() as ahead:
        train(settings, ready=ahead.ready)
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *error: Any) -> None:
        """End the process and wait for that."""
        self.stop()
        if self.process:
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ready(self, settings: Settings, trainer: Trainer) -> None:
        """Start the process, if there is something to compile and a core to do it on. Called before the first step."""
        if not worthwhile(settings, trainer):
            return
        labels = trainer.data.given.get("labels")
        told = {"settings": settings.but(data_dir=None).as_dict(), "shape": trainer.samples.shape[1:],
                "classes": 0 if labels is None else int(labels.max()) + 1}  # fmt: skip
        environment = os.environ | {"MINIGAN_MEASURE": "off", "PYTHONDONTWRITEBYTECODE": "1"}
        with contextlib.suppress(OSError):  # no process to be had, or it has ended: the training goes on without
            self.process = subprocess.Popen(
                [sys.executable, "-c", CODE, *sys.path], env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self.process.stdin.write(json.dumps(told).encode() + b"\n")
            self.process.stdin.flush()
        first = trainer.t
        trainer.before_step += (lambda trainer: trainer.t == first or self.stop(),)

    def stop(self) -> None:
        """Let the process end; it does so in a moment."""
        if self.process:
            with contextlib.suppress(OSError):
                self.process.stdin.close()


def worthwhile(settings: Settings, trainer: Trainer) -> bool:
    """Whether kernels of this training must be compiled, and a second process of this Python can help."""
    networks = [player.network for player in trainer.objective.players]
    convolves = any(p.ndim > 2 for network in networks for p in network.params.values())
    stored = is_stored(multiply_pass) and (not convolves or is_stored(product))
    own = settings.plugin or getattr(sys, "frozen", False) or not sys.executable
    return not stored and count() > 1 and not own


# --- In the second process --------------------------------------------------------------------------------------------


def main() -> None:
    """Read from stdin what to compile for, a line of JSON, and do so until stdin is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the training's; it may finish its step
    told = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(5)
    compile_for(Settings(**told["settings"]), tuple(told["shape"]), told["classes"])


def end_with_parent() -> None:
    """Wait until stdin is closed, and end this process, but not amid a file."""
    sys.stdin.buffer.read()
    SAVING.acquire()
    os._exit(0)


def compile_for(settings: Settings, shape: tuple, classes: int) -> None:
    """Call what a training with these settings calls. shape: of a sample."""
    n, rng = max(SAMPLES, 2 * settings.batch_size), np.random.default_rng(0)
    samples = rng.uniform(-1, 1, (n, *shape)).astype(np.float32)
    trainer = make_trainer(settings, samples, np.arange(n) % classes if classes else None)
    for call in calls(trainer):
        with contextlib.suppress(Exception):  # the rest may still be of use
            call()


def calls(trainer: Trainer) -> Iterator[Callable]:
    """What the training calls, about the last first; then a whole step, for all that is missing."""
    players = trainer.objective.players
    for player in players:
        yield partial(update, player.optimizer, player.network)
    if trainer.ema:
        yield partial(trainer.ema.update, players[0].network, 1)
    batch = trainer.batch()
    inputs = [trainer.noise(trainer.batch_size), *[batch.x] * (len(players) - 1)]
    for player, x in zip(players, inputs, strict=True):
        yield partial(both_ways, player.network, x, batch.given)
    yield trainer.step


def update(optimizer: Any, network: Layer) -> None:
    optimizer.step({name: np.zeros_like(p) for name, p in network.params.items()})


def both_ways(network: Layer, x: np.ndarray, given: dict) -> None:
    """A network forward, and then each layer backward: that with the most work first, since its kernels take longest to
    compile, then from the first on; a training goes from the last on. A layer's input is what it is in the network."""
    visits = list(network.walk(x, True, given))
    for _, layer, x, _ in [max(visits, key=work), *visits]:
        with contextlib.suppress(Exception):
            y, cache = layer.apply(x, True, given)
            layer.backward(np.ones_like(y), cache)


def work(visit: Any) -> int:
    """Of the layer, on one sample."""
    _, layer, x, y = visit
    return flop(layer, x.shape[1:], y.shape[1:])
