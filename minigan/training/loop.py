"""The training loop: what a long run needs besides the game: batches, hooks, growing, checkpoint arrays, Ctrl-C."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer
from minigan.objectives import Objective
from minigan.optim import NonFiniteError
from minigan.training.checkpoint import network_arrays
from minigan.training.ema import Average
from minigan.training.growing import Growth
from minigan.training.length import StepLimit, TimeLimit
from minigan.training.watch import Diverged, check_finite, first_non_finite


class Trainer:
    """Trains an objective on data, with one random generator for all random numbers.

    samples: float32, (N, H, W, C) in [-1, 1] or points (N, 2). given: the conditions, arrays with an entry for each
        sample, such as {"labels": (N,)}, or plain numbers for all; each batch gets its part (`minigan.batch.Batch`).
    rng: numpy Generator, used for batches, noise and (if a network has any) dropout; its state is part of a checkpoint,
        so a resumed run draws what the uninterrupted one would have drawn.
    augment: function (x, rng) -> x of the same shape, applied to the real images of each batch; None: no augmentation.
        What is given with them is unchanged.
    ema: a `minigan.training.ema.Average` of the first player, updated after each step; samples are then drawn with its
        network.
    before_step: functions (trainer), called before each step, for example a schedule, which sets the learning rate from
        trainer.t, the number of steps done.
    growth: a `minigan.training.growing.Growth`, the later stages: at which steps they begin, and how their networks are
        built.
    Raises ValueError if batch_size is below 2 or above the number of samples, or an array in `given` does not have N
    entries.
    """

    def __init__(
        self, objective: Objective, samples: np.ndarray, *, batch_size: int, rng: np.random.Generator,
        given: Mapping | None = None, augment: Callable | None = None, ema: Average | None = None,
        before_step: Sequence[Callable] = (), growth: Growth | None = None,
    ) -> None:  # fmt: skip
        self.objective, self.rng, self.augment, self.ema = objective, rng, augment, ema
        self.batch_size, self.before_step, self.growth = batch_size, tuple(before_step), growth
        self.t = self.stage = 0
        self.data = Batch(samples, dict(given or {}))
        self._check_batch_size(self.data)

    @property
    def samples(self) -> np.ndarray:
        """The training data, (N, ...)."""
        return self.data.x

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that `step` returns."""
        return ("step", *self.objective.columns, "seconds")

    @property
    def shown(self) -> Layer:
        """The network that samples are drawn with: the average of the first player, if there is one."""
        return self.ema.network if self.ema else self.objective.players[0].network

    def noise(self, n: int, rng: np.random.Generator | None = None) -> np.ndarray:
        """n rows of noise z for the first player, float32."""
        return self.objective.sample_noise(n, rng or self.rng)

    def batch(self, rng: np.random.Generator | None = None) -> Batch:
        """A random batch of the samples, no sample twice, with their conditions."""
        rng = rng or self.rng
        indices = rng.choice(len(self.data), self.batch_size, replace=False)
        batch = self.data.chosen(indices)
        batch = Batch(self.augment(batch.x, rng), batch.given) if self.augment else batch
        return self.growth.seen(batch) if self.growth else batch

    def step(self) -> dict[str, float]:
        """One step of the objective -> its numbers, a dict with the names in `columns`.

        Raises Diverged with the step, and the layer if it is found, if a NaN or an infinity appears anywhere.
        """
        started = time.perf_counter()
        if self.growth:
            if self.growth.due(self.stage, self.t):
                self.grow()
            self.data = self.data.told(self.growth.told(self.stage, self.t))
        for hook in self.before_step:
            hook(self)
        rng_state = self.rng.bit_generator.state
        try:
            numbers = self.objective.step(self.batch, self.rng)
            check_finite(numbers, self.objective.players)
        except NonFiniteError as error:
            place = first_non_finite(self, rng_state) or str(error)
            raise Diverged(
                f"training stopped at step {self.t + 1}: {place}; the last checkpoint is kept. "
                "Try a smaller learning rate (--lr)"
            ) from error
        self.t += 1
        if self.ema:
            self.ema.update(self.objective.players[0].network, self.t)
        return {"step": self.t, **numbers, "seconds": time.perf_counter() - started}

    def replace(self, G: Layer, D: Layer, samples: np.ndarray) -> None:
        """The next stage: continue with other networks, and with samples of another size.

        A parameter that is the same array, or has the same name and shape, keeps its moving averages and its step
        count; for a new one they start at 0. In the moving average of G these are kept, too, and new ones start as
        copies of G's. samples: as many as before, in the same order, because `given` stays. Raises ValueError for
        another number of samples.
        """
        if len(samples) != len(self.data):
            raise ValueError(f"expected as many samples as before, {len(self.data):,}, got {len(samples):,}; a stage "
                             "changes their size and keeps their order")  # fmt: skip
        data = Batch(samples, self.data.given)
        self._check_batch_size(data)
        before = self.objective.players[0].network
        self.objective.replace(G=G, D=D)
        if self.ema:
            self.ema = self.ema.replaced(G, before)
        self.data, self.stage = data, self.stage + 1

    def grow(self) -> None:
        """Continue with the next stage of `growth`."""
        players = {player.name: player.network for player in self.objective.players}
        self.replace(*self.growth.build(self.stage + 1, players["G"], players["D"]))

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays of a checkpoint, in a flat dict: parameters, state and optimizer state of all players, what the
        objective keeps beside them, and the average."""
        flat = self._network_arrays() | self.objective.state_arrays()
        for player in self.objective.players:
            flat |= {f"{player.name}/optimizer/{k}": a for k, a in player.optimizer.state_arrays().items()}
        return flat

    def load_arrays(self, flat: Mapping[str, np.ndarray]) -> None:
        """Put the arrays of a checkpoint in place. Their names and shapes must be those of `arrays`."""
        for name, array in (self._network_arrays() | self.objective.state_arrays()).items():
            array[...] = flat[name]
        for player in self.objective.players:
            prefix = f"{player.name}/optimizer/"
            player.optimizer.load_state_arrays({k[len(prefix) :]: a for k, a in flat.items() if k.startswith(prefix)})

    def _network_arrays(self) -> dict[str, np.ndarray]:
        """Parameters and state of all networks, the arrays themselves."""
        networks = {player.name: player.network for player in self.objective.players}
        if self.ema:
            networks["average"] = self.ema.network
        return {key: array for name, net in networks.items() for key, array in network_arrays(name, net).items()}

    def _check_batch_size(self, data: Batch) -> None:
        """Raise ValueError unless 2 <= batch_size <= len(data)."""
        if not 2 <= self.batch_size <= len(data):
            raise ValueError(
                f"the batch size (--batch-size) must be between 2 and the number of samples, {len(data):,}; "
                f"got {self.batch_size}"
            )


def run(trainer: Trainer, steps: int | None = None, *, limit: StepLimit | TimeLimit | None = None,
        each_step: Callable | None = None, note: Callable | None = None, progress: bool = True) -> bool:  # fmt: skip
    """Train until `steps` steps are done -> True, or False if Ctrl-C ended it early, after the step under way.

    limit: instead of steps, how long it goes. each_step: function (numbers) called after every step. note: function ()
    -> a few words for the progress line. progress: whether to draw a progress bar on stderr.
    """
    from tqdm import tqdm

    limit = limit or StepLimit(steps)
    refresh_seconds = 0.1 if sys.stderr.isatty() else 10.0  # in a log file each refresh is a line
    options = {"disable": not progress, "mininterval": refresh_seconds, "smoothing": 0.1}
    bar = tqdm(initial=limit.position(trainer.t), **limit.bar, **options)
    first_step = trainer.t + 1
    with bar, interruptible() as interrupted:
        while not limit.reached(trainer.t) and not interrupted.is_set():
            numbers = trainer.step()
            if each_step:
                each_step(numbers)
            text = ", ".join(f"{name} {numbers[name]:.2f}" for name in trainer.objective.columns)
            bar.set_postfix_str(f"{text}, {note()}" if note else text, refresh=False)
            if trainer.t > first_step:
                bar.update(limit.position(trainer.t) - bar.n)
            else:  # the first step may have compiled kernels, for some seconds: the clock begins after it
                bar.initial = bar.n = bar.last_print_n = limit.position(trainer.t)
                bar.unpause()
    return limit.reached(trainer.t)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An Event that the first Ctrl-C sets, so that a step is never left half done; a second Ctrl-C ends at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signal handlers
        yield event
        return
    previous_handler = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        event.set()
        signal.signal(signal.SIGINT, previous_handler)

    signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, previous_handler)
