"""The training loop: everything around a game that a long run needs, and nothing of the game itself."""

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
from minigan.training.watch import Diverged, check_finite, first_non_finite


class Trainer:
    """An objective, the data, and one random stream that everything is drawn from.

    samples: float32, (N, H, W, C) in [-1, 1] or points (N, 2). given: facts of every sample, by name, such as
        {"labels": (N,)}, and plain numbers for all; each batch gets its part (`minigan.batch.Batch`).
    rng: numpy Generator, used for batches, noise and (if a network has any) dropout; its state is part of a checkpoint,
        so a resumed run draws what the uninterrupted one would have drawn.
    augment: function (batch, rng) -> batch that changes the real images alone, or None; the facts stay.
    ema: a `minigan.training.ema.Average` of the first player, moved after each step; its network is then shown.
    before_step: functions (trainer), called before each step: schedules, which set something by trainer.t.
    growth: a `minigan.training.growing.Growth`: when which networks follow.
    Raises ValueError if batch_size is below 2 or above the number of samples, or a fact has another number of entries.
    """

    def __init__(
        self, objective: Objective, samples: np.ndarray, *, batch_size: int, rng: np.random.Generator,
        given: Mapping | None = None, augment: Callable | None = None, ema: Average | None = None,
        before_step: Sequence[Callable] = (), growth: Growth | None = None,
    ) -> None:  # fmt: skip
        self.objective, self.rng, self.augment, self.ema = objective, rng, augment, ema
        self.batch_size, self.before_step, self.growth = batch_size, tuple(before_step), growth
        self.t = self.stage = 0
        self.data = self._checked(Batch(samples, dict(given or {})))

    @property
    def samples(self) -> np.ndarray:
        """What is trained on."""
        return self.data.x

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that `step` returns."""
        return ("step", *self.objective.columns, "seconds")

    @property
    def shown(self) -> Layer:
        """The network whose samples are looked at: the average of the first player, if there is one."""
        return self.ema.network if self.ema else self.objective.players[0].network

    def noise(self, n: int, rng: np.random.Generator | None = None) -> np.ndarray:
        """n rows of what the first player draws from, float32."""
        return self.objective.sample_noise(n, rng or self.rng)

    def batch(self, rng: np.random.Generator | None = None) -> Batch:
        """A random batch of the samples, no sample twice, with what is given of each."""
        rng = rng or self.rng
        chosen = rng.choice(len(self.data), self.batch_size, replace=False)
        batch = self.data.chosen(chosen)
        return Batch(self.augment(batch.x, rng), batch.given) if self.augment else batch

    def step(self) -> dict[str, float]:
        """One step of the objective -> its numbers, by the names in `columns`.

        Raises Diverged, which names the step and the layer, if a NaN or an infinity appears anywhere.
        """
        started = time.perf_counter()
        if self.growth and self.growth.due(self.stage, self.t):
            self.grow()
        for hook in self.before_step:
            hook(self)
        drawn_from = self.rng.bit_generator.state
        try:
            numbers = self.objective.step(self.batch, self.rng)
            check_finite(numbers, self.objective.players)
        except NonFiniteError as error:
            place = first_non_finite(self, drawn_from) or str(error)
            raise Diverged(
                f"training stopped at step {self.t + 1}: {place}; the last checkpoint is kept. "
                "Try a smaller learning rate (--lr)"
            ) from error
        self.t += 1
        if self.ema:
            self.ema.update(self.objective.players[0].network, self.t)
        return {"step": self.t, **numbers, "seconds": time.perf_counter() - started}

    def replace(self, G: Layer, D: Layer, samples: np.ndarray) -> None:
        """Go on with other networks, and with samples of another size: the next stage.

        The optimizers are carried over array by array: one with the same name and shape keeps its moving averages and
        its count of steps, a new one begins at 0. The average of G likewise. samples: as many as before, in the same
        order, so that what is given of each stays right. Raises ValueError for another number of samples.
        """
        if len(samples) != len(self.data):
            raise ValueError(f"expected as many samples as before, {len(self.data):,}, got {len(samples):,}; a stage "
                             "changes their size and keeps their order")  # fmt: skip
        data = self._checked(Batch(samples, self.data.given))
        self.objective.replace(G=G, D=D)
        self.ema = self.ema and self.ema.replaced(G)
        self.data, self.stage = data, self.stage + 1

    def grow(self) -> None:
        """Go on to the next stage that `growth` has."""
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
        networks |= {"average": self.ema.network} if self.ema else {}
        return {key: array for name, net in networks.items() for key, array in network_arrays(name, net).items()}

    def _checked(self, data: Batch) -> Batch:
        """The data, or ValueError if no batch can be drawn from them."""
        if not 2 <= self.batch_size <= len(data):
            raise ValueError(
                f"the batch size (--batch-size) must be between 2 and the number of samples, {len(data):,}; "
                f"got {self.batch_size}"
            )
        return data


def run(trainer: Trainer, steps: int, *, each_step: Callable | None = None, progress: bool = True) -> bool:
    """Train until `steps` steps are done -> True, or False if Ctrl-C ended it early, after the step under way.

    each_step: function (numbers) called after every step. progress: whether to draw a progress bar on stderr.
    """
    from tqdm import tqdm

    often = 0.1 if sys.stderr.isatty() else 10.0  # seconds; in a log file each refresh is a line
    bar = tqdm(total=steps, initial=trainer.t, disable=not progress, unit="step", mininterval=often, smoothing=0.1)
    begun = trainer.t
    with bar, interruptible() as interrupted:
        while trainer.t < steps and not interrupted.is_set():
            numbers = trainer.step()
            if each_step:
                each_step(numbers)
            said = ", ".join(f"{name} {numbers[name]:.2f}" for name in trainer.objective.columns)
            bar.set_postfix_str(said, refresh=False)
            if trainer.t > begun + 1:
                bar.update()
            else:  # the first step may have compiled kernels, for some seconds: the clock begins after it
                bar.initial = bar.n = bar.last_print_n = trainer.t
                bar.unpause()
    return trainer.t >= steps


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An Event that the first Ctrl-C sets, so that a step is never left half done; a second Ctrl-C ends at once."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set signal handlers
        yield event
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        event.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handle)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
