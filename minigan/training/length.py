"""How long a training goes: so many steps, or so many minutes."""

import time
from collections.abc import Callable

# tqdm's own, but always in steps/s, also where a step takes more than a second
STEPS = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_noinv_fmt}{postfix}]"


class StepLimit:
    """Until `steps` steps are done, counted from the very first one."""

    spent = 0.0  # seconds, which only a TimeLimit counts

    def __init__(self, steps: int) -> None:
        self.bar = {"total": steps, "unit": " steps", "bar_format": STEPS}  # what tqdm is told
        self.steps = steps

    def reached(self, t: int) -> bool:
        """Whether a training of t steps is done."""
        return t >= self.steps

    def position(self, t: int) -> float:
        """Where the progress bar stands after t steps."""
        return t


class TimeLimit:
    """For `minutes` of wall time, from the moment this object is made: compiling, pictures, checkpoints and scores on
    the way count, too. The step under way is finished.

    spent: seconds of them that are over already, in a training that goes on. clock: function () -> seconds.
    What a step does never depends on the clock: a training of as many steps has the same results.
    """

    def __init__(self, minutes: float, spent: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.clock, self.began = 60 * minutes, clock, clock() - spent
        self.bar = {"total": round(self.seconds), "bar_format": "{l_bar}{bar}| {n:.0f} of {total} s{postfix}"}

    @property
    def spent(self) -> float:
        """Seconds that are over."""
        return self.clock() - self.began

    def reached(self, t: int) -> bool:
        """Whether the time is over."""
        return self.spent >= self.seconds

    def position(self, t: int) -> float:
        """Where the progress bar stands."""
        return min(self.spent, self.seconds)
