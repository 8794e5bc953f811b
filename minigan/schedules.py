"""Schedules: the learning rate, or the weight of a penalty, changes in the course of a training.

    SCHEDULES[name](t, steps) -> factor            t = 0, 1, ..., steps - 1: how many steps are done

The rate in a step is the rate that was set, times the factor. All factors are at most 1, so the rate that was set is
the largest one. A schedule depends on t and steps alone: a checkpoint needs to save nothing for it.
Two time scales (Heusel et al. 2017, arXiv:1706.08500: D learns faster than G) need two learning rates and one schedule.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from minigan.checks import whole

WARMUP = 0.05  # share of all steps in which the rate rises
FADING = 0.8  # share of all steps in which the weight of a penalty falls


def constant(t: int, steps: int) -> float:
    """1, always."""
    return 1.0


def linear(t: int, steps: int) -> float:
    """1 - t / steps: a straight line from 1 to 0 (Gulrajani et al. 2017, arXiv:1704.00028, for their ResNets)."""
    return max(0.0, 1 - t / steps)


def cosine(t: int, steps: int) -> float:
    """(1 + cos(pi t / steps)) / 2: from 1 to 0, slowly at both ends (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5,
    without restarts)."""
    return (1 + math.cos(math.pi * min(t / steps, 1))) / 2


def warmup_cosine(t: int, steps: int) -> float:
    """A straight line up to 1 in the first 5% of the steps (Goyal et al. 2017, arXiv:1706.02677, section 2.2), then the
    cosine. The line starts at 1 / (number of its steps): with a rate of 0 the first step would be wasted."""
    warmup = max(1, round(WARMUP * steps))
    return (t + 1) / warmup if t < warmup else cosine(t - warmup, max(1, steps - warmup))


SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine, "warmup-cosine": warmup_cosine}


class Clock(Protocol):
    """What a hook reads of the Trainer: t, how many steps are done."""

    t: int


class LearningRate:
    """A hook for the Trainer's `before_step`: sets the learning rate of optimizers by a schedule.

        before_step=[LearningRate("cosine", 2000, [g_optimizer, d_optimizer])]

    schedule: a name in SCHEDULES, or a function (t, steps) -> factor. steps: of the whole training, at least 1.
    optimizers: anything with an `lr`, which is the base rate now. A checkpoint does not save rates, so a resumed
    training makes its optimizers with the base rate again.
    last: in [0, 1], the share of the base rate that a factor of 0 stands for. The rate is

        base * (last + (1 - last) * factor)

    Near a rate of 0 nothing moves any more; an average of G's parameters (`training.ema`) wants them to move.
    Raises ValueError for an unknown name, steps below 1, no optimizers, a last out of range, or (at the step) a factor
    that is negative or not finite.
    """

    def __init__(
        self, schedule: str | Callable[[int, int], float], steps: int, optimizers: Iterable[Any], last: float = 0.0
    ):
        if not callable(schedule) and schedule not in SCHEDULES:
            raise ValueError(f"unknown schedule {schedule!r}; expected one of {', '.join(SCHEDULES)}, or a function")
        self.schedule = schedule if callable(schedule) else SCHEDULES[schedule]
        self.steps, self.optimizers = whole("steps, of the whole training,", steps), list(optimizers)
        if not self.optimizers or not all(hasattr(optimizer, "lr") for optimizer in self.optimizers):
            raise ValueError(f"a schedule needs the optimizers whose lr it sets, got {optimizers!r}; "
                             "write [g_optimizer, d_optimizer]")  # fmt: skip
        if not 0 <= last <= 1:
            raise ValueError(f"last, the share of the rate that is left at the end, must be in [0, 1], got {last}")
        self.base, self.last = [optimizer.lr for optimizer in self.optimizers], last

    def __call__(self, trainer: Clock) -> None:
        factor = self.schedule(trainer.t, self.steps)
        if not (math.isfinite(factor) and factor >= 0):
            raise ValueError(f"a schedule's factor must be finite and at least 0, got {factor} at step {trainer.t}")
        for optimizer, base in zip(self.optimizers, self.base, strict=True):
            optimizer.lr = base * (self.last + (1 - self.last) * factor)


class FadingPenalties:
    """A hook for the Trainer's `before_step`: the weights of penalties fall, by the same factor in each step, until 80%
    of the steps are done. Then they stay at the share `last` of their first weights.

    A strong penalty makes D smooth: D sees all modes from afar, but none of them clearly. A weak penalty lets D learn
    the true width of each mode, but a G that starts with it loses modes. So the penalty starts strong (Huang et al.
    2024, arXiv:2501.05441; in their code gamma falls to a tenth).

    last: in (0, 1]. steps: of the whole training, at least 1. penalties: each has its first weight in `weight` now.
    Raises ValueError for a last, or steps, out of range.
    """

    def __init__(self, last: float, steps: int, penalties: Iterable[Any]):
        if not 0 < last <= 1:
            raise ValueError(f"last, the share of their weight that penalties end with, must be in (0, 1], got {last}")
        self.last, self.steps, self.penalties = last, whole("steps, of the whole training,", steps), list(penalties)
        self.base = [penalty.weight for penalty in self.penalties]

    def __call__(self, trainer: Clock) -> None:
        factor = self.last ** min(1.0, trainer.t / (FADING * self.steps))
        for penalty, base in zip(self.penalties, self.base, strict=True):
            penalty.weight = base * factor
