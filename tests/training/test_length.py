"""How long a training goes: steps, or minutes by a clock that the test turns."""

from minigan.training import StepLimit, TimeLimit


class Clock:
    """A function () -> seconds."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_steps():
    limit = StepLimit(3)
    assert not limit.reached(2) and limit.reached(3) and limit.reached(4)
    assert limit.position(2) == 2 and limit.bar["total"] == 3 and limit.spent == 0


def test_minutes_count_from_the_beginning_and_go_on_after_a_break():
    clock = Clock()
    limit = TimeLimit(0.5, clock=clock)
    assert limit.bar["total"] == 30 and not limit.reached(10**9)
    clock.now += 20
    assert limit.spent == limit.position(7) == 20 and not limit.reached(7)
    later = TimeLimit(0.5, spent=limit.spent, clock=clock)
    clock.now += 10
    assert limit.reached(0) and later.reached(0)
    clock.now += 100
    assert later.position(0) == 30 and later.spent == 130  # the bar does not run over
