"""`minigan tutorial`: the list, and what is said of a notebook that is not there."""

import re

from minigan.cli import run
from minigan.lessons import ladder


def test_the_list_has_every_notebook(terminal):
    said = terminal.ok("tutorial").stdout
    assert re.findall(r"^(\d\d)  ", said, re.MULTILINE) == [f"{step.number:02}" for step in ladder.notebooks()]
    assert len(re.findall(r"^ {12}\w.{10,90}$", said, re.MULTILINE)) == len(ladder.notebooks()) and "..." not in said


def test_one_that_is_not_there(terminal):
    terminal.refused("tutorial 77", "there is no tutorial 77")
    assert "invalid int value: 'three'" in terminal.minigan("tutorial three").stderr


def test_opening_gives_jupyters_exit_code(monkeypatch):
    monkeypatch.setattr(ladder, "find", lambda number: number)
    monkeypatch.setattr(
        ladder, "open_in_jupyter", lambda step, folder: {"tutorials-work": 10, "mine": 20}[folder] + step
    )
    assert run(["tutorial", "03"]) == 13 and run(["tutorial", "03", "mine"]) == 23
