"""Schedules: by which factor the learning rate, or the weight of a penalty, is multiplied at step t of a training.

    SCHEDULES[name](t, steps) -> factor            t = 0, 1, ..., steps - 1: how many steps are done already

A schedule is a function of t and nothing else, so a resumed training needs to keep nothing for it. All of them are 1 at
most: the learning rate that was set is the largest one. Two time scales (Heusel et al. 2017, arXiv:1706.08500: D learns
faster than G) are no schedule, but two learning rates; one schedule then serves both.
"""

import math

WARMUP = 0.05  # share of all steps
FADING = 0.8  # share of all steps after which a fading penalty has its last weight


def constant(t, steps):
    """1, always."""
    return 1.0


def linear(t, steps):
    """1 - t / steps: a straight line from 1 to 0 (Gulrajani et al. 2017, arXiv:1704.00028, for their ResNets)."""
    return max(0.0, 1 - t / steps)


def cosine(t, steps):
    """(1 + cos(pi t / steps)) / 2: from 1 to 0, slowly at both ends (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5,
    without restarts)."""
    return (1 + math.cos(math.pi * min(t / steps, 1))) / 2


def warmup_cosine(t, steps):
    """In the first 5% of the steps a straight line up to 1 (Goyal et al. 2017, arXiv:1706.02677, section 2.2), then the
    cosine over the others. At the start it is 1 / (number of warm-up steps), not 0: no step is wasted."""
    warmup = max(1, round(WARMUP * steps))
    return (t + 1) / warmup if t < warmup else cosine(t - warmup, max(1, steps - warmup))


SCHEDULES = {"constant": constant, "linear": linear, "cosine": cosine, "warmup-cosine": warmup_cosine}


class LearningRate:
    """A hook for the Trainer's `before_step`: sets lr of each optimizer to what it was here, times the factor.

        before_step=[LearningRate("cosine", 2000, [g_optimizer, d_optimizer])]

    last: in [0, 1], the share of the rate that the schedule's 0 stands for: the factor is last + (1 - last) schedule.
    Near a rate of 0 nothing moves any more; where an average of G is shown, it smooths what still moves above 0.
    schedule: a name in SCHEDULES, or a function (t, steps) -> factor. steps: of the whole training, at least 1; after
    them the factor stays at its last value. optimizers: each with its base rate in `lr`, as it was made: in a resumed
    training too, since a rate that a schedule has lowered is not saved.
    Raises ValueError for an unknown name, steps below 1, no optimizers, a last out of range, or (at the step) a factor
    that is negative or not finite.
    """

    def __init__(self, schedule, steps, optimizers, last=0.0):
        if not callable(schedule) and schedule not in SCHEDULES:
            raise ValueError(f"unknown schedule {schedule!r}; expected one of {', '.join(SCHEDULES)}, or a function")
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps, of the whole training, must be a whole number of at least 1, got {steps!r}")
        self.schedule, self.steps = schedule if callable(schedule) else SCHEDULES[schedule], steps
        self.optimizers = list(optimizers)
        if not self.optimizers or not all(hasattr(optimizer, "lr") for optimizer in self.optimizers):
            raise ValueError(
                f"a schedule needs the optimizers whose lr it sets, got {optimizers!r}; "
                "write [g_optimizer, d_optimizer]"
            )
        if not 0 <= last <= 1:
            raise ValueError(f"last, the share of the rate that is left at the end, must be in [0, 1], got {last}")
        self.base, self.last = [optimizer.lr for optimizer in self.optimizers], last

    def __call__(self, trainer):
        factor = self.schedule(trainer.t, self.steps)
        if not (math.isfinite(factor) and factor >= 0):
            raise ValueError(f"a schedule's factor must be finite and at least 0, got {factor} at step {trainer.t}")
        for optimizer, base in zip(self.optimizers, self.base, strict=True):
            optimizer.lr = base * (self.last + (1 - self.last) * factor)


class FadingPenalties:
    """A hook for the Trainer's `before_step`: the weight of each penalty falls to the share `last` of what it was here,
    by the same factor at each step, until 80% of the steps are done, and stays there.

    A strong penalty makes D smooth: it sees all modes from afar, and none of them clearly. A weak one lets it draw each
    to its true width, but a G that begins so loses modes. So it begins strong (Huang et al. 2024, arXiv:2501.05441,
    published code: gamma falls to a tenth).

    last: in (0, 1]. steps: of the whole training. penalties: each with its first weight in `weight`, as it was made.
    Raises ValueError for a `last` out of range.
    """

    def __init__(self, last, steps, penalties):
        if not 0 < last <= 1:
            raise ValueError(f"last, the share of their weight that penalties end with, must be in (0, 1], got {last}")
        self.last, self.steps, self.penalties = last, steps, list(penalties)
        self.base = [penalty.weight for penalty in self.penalties]

    def __call__(self, trainer):
        factor = self.last ** min(1.0, trainer.t / (FADING * self.steps))
        for penalty, base in zip(self.penalties, self.base, strict=True):
            penalty.weight = base * factor
