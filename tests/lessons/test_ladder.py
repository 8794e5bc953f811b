"""The ladder as its notebooks tell it."""

import json
import sys
from pathlib import Path

import pytest

import minigan
from minigan.lessons import ladder

TEXT = """# 07 · The minimax *game*, in one dimension

*35 minutes.* Steps 01 and 02 first.

## What you will build

The best $D$ there is, by [hand](02_dense.ipynb). And more.

## What you need

120 minutes of `sleep`."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in (("07_game", TEXT), ("00_quickstart", "# 00 Quickstart (20 minutes)\n\nAn empty one.")):
        cells = [{"cell_type": "code", "source": "# no title"}, {"cell_type": "markdown", "source": [text]}]
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "draft.ipynb").write_text("{}")
    monkeypatch.setattr(ladder, "bundled_folder", lambda name: tmp_path)
    return tmp_path


def test_a_notebook_tells_its_title_minutes_and_aim(folder):
    first, second = ladder.notebooks()
    assert (first.number, first.title, first.minutes, first.about) == (0, "Quickstart", 20, "")
    assert (second.number, second.title, second.minutes) == (7, "The minimax game, in one dimension", 35)
    assert second.about == "The best D there is, by hand. And more." and second.path == folder / "07_game.ipynb"


def test_the_list(folder):
    assert ladder.contents().splitlines() == [
        "00  20 min  Quickstart",
        "07  35 min  The minimax game, in one dimension",
        "            The best D there is, by hand. And more.",
    ]


def test_one_by_its_number(folder):
    assert ladder.find(7).title.startswith("The minimax")
    with pytest.raises(ValueError, match="no tutorial 08; minigan tutorial lists them"):
        ladder.find(8)


def test_without_jupyter_it_says_how_to_get_it_and_where_the_file_is(folder, monkeypatch):
    monkeypatch.setattr(ladder.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r'pip install -e "\.\[tutorials\]" .*07_game.ipynb'):
        ladder.open_in_jupyter(ladder.find(7))


def test_with_jupyter_it_opens_the_file(folder, monkeypatch):
    called = []
    monkeypatch.setattr(ladder.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(ladder.subprocess, "call", lambda command: called.append(command) or 0)
    assert ladder.open_in_jupyter(ladder.find(7)) == 0
    assert called == [[sys.executable, "-m", "jupyterlab", str(folder / "07_game.ipynb")]]


def test_an_installed_notebook_is_copied_once(tmp_path, monkeypatch):
    installed = tmp_path / "minigan/tutorials/07_game.ipynb"
    installed.parent.mkdir(parents=True)
    installed.write_text("fresh")
    monkeypatch.setattr(minigan, "__file__", str(tmp_path / "minigan/__init__.py"))
    copy = ladder.working_copy(installed, tmp_path)
    assert copy == tmp_path / "07_game.ipynb" and copy.read_text() == "fresh"
    copy.write_text("mine")
    assert ladder.working_copy(installed, tmp_path).read_text() == "mine"
    assert ladder.working_copy(Path("tutorials/07_game.ipynb"), tmp_path) == Path("tutorials/07_game.ipynb")
