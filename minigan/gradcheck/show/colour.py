"""A report in colour, where the terminal has it: the verdict at a glance, the hint to be found at once."""

import os
from collections.abc import Mapping
from typing import TextIO

from minigan.gradcheck.core.report import Report

BOLD_GREEN, BOLD_RED, BOLD_YELLOW, CYAN, FAINT = "1;32", "1;31", "1;33", "36", "2"
VERDICTS = {"ok": BOLD_GREEN, "WRONG": BOLD_RED, "NOT CHECKED": BOLD_YELLOW}


def wanted(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether to write colours to the stream: to a terminal, unless NO_COLOR is set (no-color.org) or the terminal is a
    dumb one; with FORCE_COLOR in any case."""
    if environment.get("FORCE_COLOR"):
        return True
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()


def paint(text: str, style: str) -> str:
    """ANSI's code for the style (ECMA-48, SGR) around the text."""
    return f"\x1b[{style}m{text}\x1b[0m"


def painted(report: Report) -> str:
    """The report's text with the verdict, what is wrong, and the hints in colour."""
    first, *others = str(report).split("\n")
    name, after = first[: len(report.name) + 2], first[len(report.name) + 2 :].removeprefix(report.verdict)
    lines = [name + paint(report.verdict, VERDICTS[report.verdict]) + after]
    wrong = {f"  {finding.where}: {finding.message}" for finding in report.findings}
    for line in others:
        style = BOLD_RED if line in wrong else CYAN if line.startswith("    hint: ") else FAINT
        lines.append(paint(line, style) if line.startswith("    ") or line in wrong else line)
    return "\n".join(lines)
