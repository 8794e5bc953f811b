"""A mark as lines."""

from minigan.lessons.marking import Task
from minigan.lessons.marking.runner import DONE, OPEN, WAITS, WRONG, Mark
from minigan.lessons.marking.told import told

TASK = Task("twice", "2 x, for each entry", None)


def test_without_colour():
    assert told(Mark(TASK, DONE)) == "  done     twice"
    assert told(Mark(TASK, OPEN, TASK.ask)) == "  not yet  twice: 2 x, for each entry"
    assert told(Mark(TASK, WAITS, "for half")) == "  waits    twice: for half"
    lines = told(Mark(TASK, WRONG, "a square?", "y[0] is 1, expected 2")).split("\n")
    assert lines == ["  wrong    twice", "           seen: y[0] is 1, expected 2", "           hint: a square?"]


def test_long_hints_are_wrapped_in_line():
    _, *lines = told(Mark(TASK, WRONG, "word " * 40 + "?")).split("\n")
    assert len(lines) == 3 and max(map(len, lines)) <= 100 and {len(x) - len(x.lstrip()) for x in lines[1:]} == {17}


def test_in_colour():
    text = told(Mark(TASK, WRONG, "a square?"), colour=True)
    assert text.startswith("  \x1b[1;31mwrong   \x1b[0m twice\n\x1b[36m") and "\x1b" in text.split("\n")[1]
