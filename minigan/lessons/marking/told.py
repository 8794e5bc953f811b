"""Marks as text, in colour where the terminal has it."""

import textwrap

from minigan.gradcheck.show.colour import BOLD_GREEN, BOLD_RED, BOLD_YELLOW, CYAN, FAINT, paint
from minigan.lessons.marking.runner import DONE, OPEN, WAITS, WRONG, Mark

STYLES = {DONE: BOLD_GREEN, WRONG: BOLD_RED, OPEN: BOLD_YELLOW, WAITS: BOLD_YELLOW}


def told(mark: Mark, colour: bool = False) -> str:
    """One Mark as lines: the verdict and the task's name. For an open task what is asked follows, for one that waits
    the task that it waits for, for a wrong one what was seen and the next question."""
    paints = paint if colour else lambda text, style: text
    line = f"  {paints(f'{mark.verdict:<8}', STYLES[mark.verdict])} {mark.task.name}"
    if mark.verdict in (OPEN, WAITS):
        return f"{line}: {mark.hint}"
    parts = [("seen: ", mark.seen, FAINT), ("hint: ", mark.hint, CYAN)]
    return "\n".join([line, *(paints(wrapped(label, text), style) for label, text, style in parts if text)])


def wrapped(label: str, text: str) -> str:
    """The text in lines of a terminal's width, under the task's name."""
    indent = " " * 11
    return textwrap.fill(text, 100, initial_indent=indent + label, subsequent_indent=indent + " " * len(label),
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip
