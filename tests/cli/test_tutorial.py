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
    asked = []
    monkeypatch.setattr(ladder, "open_in_jupyter", lambda *args, **options: asked.append((*args, options)) or 7)
    assert run(["tutorial", "03"]) == 7 and run(["tutorial", "03", "mine", "--no-browser", "--port", "8890"]) == 7
    assert asked == [(3, "tutorials-work", {"browser": True, "port": None}),
                     (3, "mine", {"browser": False, "port": 8890})]  # fmt: skip


def test_flags_for_no_notebook(terminal):
    terminal.refused("tutorial --no-browser", "--no-browser and --port go with the number of a tutorial")
