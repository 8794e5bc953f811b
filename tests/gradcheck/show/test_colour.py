"""Colours where the terminal has them, and nowhere else."""

import io
import re

from minigan.gradcheck import Finding, Report
from minigan.gradcheck.show.colour import BOLD_GREEN, BOLD_RED, BOLD_YELLOW, CYAN, painted, wanted


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_who_wants_it():
    assert wanted(Terminal(), {}) and not wanted(io.StringIO(), {})
    assert not wanted(Terminal(), {"NO_COLOR": "1"}) and not wanted(Terminal(), {"TERM": "dumb"})
    assert wanted(Terminal(), {"NO_COLOR": ""}), "an empty NO_COLOR does not count (no-color.org)"
    assert wanted(io.StringIO(), {"FORCE_COLOR": "1"})


def test_the_text_is_the_same_beneath_the_paint():
    report = Report("WRONG name: ok", errors={"w": 0.5}, kinks=2)
    report.add(Finding("w", "wrong: 0.5", 0.5, [((0,), 1.0, 2.0)], hint="halve it", evidence="it is twice"))
    text = painted(report)
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == str(report)
    assert f"WRONG name: ok: \x1b[{BOLD_RED}mWRONG\x1b[0m" in text
    assert f"\x1b[{BOLD_RED}m  w: wrong: 0.5\x1b[0m" in text and f"\x1b[{CYAN}m    hint: halve it\x1b[0m" in text
    assert f"\x1b[{BOLD_GREEN}mok" in painted(Report("Dense"))
    assert f"\x1b[{BOLD_YELLOW}mNOT CHECKED" in painted(Report("a", [Finding("x", "?", cause="not-checked")]))
