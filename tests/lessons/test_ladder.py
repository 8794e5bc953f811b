"""The ladder as its notebooks tell it."""

import json
import sys
import threading
from types import SimpleNamespace

import pytest

from minigan.lessons import ladder

TEXT = """# 07 · The minimax *game*, in one dimension

*35 minutes.* Steps 01 and 02 first.

## What you will build

The best $D$ there is, and more of it than would go into one line.

## What you need

120 minutes of `sleep`."""


README = """# The lessons

| 07 | not yet the ladder |

| step | minutes | what you build | exercise |
|---|---|---|---|
| 00 [Quickstart](00_quickstart.ipynb) | 20 | | - |
| 07 [The minimax game](07_game.ipynb) | 35 | the best $D$ there is, by [hand](02_dense.ipynb) | [ex07](ex07.py) |
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in (("07_game", TEXT), ("00_quickstart", "# 00 Quickstart (20 minutes)\n\nAn empty one.")):
        cells = [{"cell_type": "code", "source": "# no title"}, {"cell_type": "markdown", "source": [text]}]
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "draft.ipynb").write_text("{}")
    (tmp_path / "README.md").write_text(README)
    monkeypatch.setattr(ladder, "bundled_folder", lambda name: tmp_path)
    return tmp_path


def test_a_notebook_tells_its_title_minutes_and_aim(folder):
    first, second = ladder.notebooks()
    assert (first.number, first.title, first.minutes, first.about) == (0, "Quickstart", 20, "")
    assert (second.number, second.title, second.minutes) == (7, "The minimax game, in one dimension", 35)
    assert second.about == "the best D there is, by hand" and second.path == folder / "07_game.ipynb"


def test_the_list(folder):
    assert ladder.contents().splitlines() == [
        "00  20 min  Quickstart",
        "07  35 min  The minimax game, in one dimension",
        "            the best D there is, by hand",
    ]


def test_one_by_its_number(folder):
    assert ladder.find(7).title.startswith("The minimax")
    with pytest.raises(ValueError, match="no tutorial 08; minigan tutorial lists them"):
        ladder.find(8)


def test_without_jupyter_it_says_how_to_get_it_and_where_the_file_is(folder, monkeypatch):
    monkeypatch.setattr(ladder.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r'pip install -e "\.\[tutorials\]" .*07_game.ipynb'):
        ladder.open_in_jupyter(ladder.find(7))


@pytest.fixture
def jupyter(monkeypatch, tmp_path):
    """JupyterLab, which notes what it is called with, gives jupyter.code, and writes down its address for tell_address,
    as it does in the folder of `jupyter server list`."""
    called = SimpleNamespace(commands=[], code=0, root=tmp_path)

    class Process:
        pid = 7

        def __init__(self, command):
            called.commands.append(command)
            server = {"url": "http://localhost:8890/", "token": "abc", "root_dir": str(called.root)}
            (tmp_path / "jpserver-7.json").write_text(json.dumps(server))

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def poll(self):
            return None

        def wait(self):
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and thread.daemon and "tell_address" in thread.name:
                    thread.join()
            return called.code

    monkeypatch.setattr(ladder.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(ladder.subprocess, "Popen", Process)
    monkeypatch.setattr(ladder, "runtime_folder", lambda: tmp_path)
    return called


def test_with_jupyter_it_opens_a_copy_and_later_the_same(folder, jupyter, tmp_path):
    said, desk = [], tmp_path / "desk/work"
    assert ladder.open_in_jupyter(ladder.find(7), desk, said.append) == 0
    copy = desk / "07_game.ipynb"
    assert jupyter.commands == [[sys.executable, "-m", "jupyterlab", str(copy)]]
    assert copy.read_text() == (folder / "07_game.ipynb").read_text() and "a fresh copy" in said[0]
    assert said[1] == "address: http://localhost:8890/lab/tree/desk/work/07_game.ipynb?token=abc"
    assert sorted(path.name for path in desk.iterdir()) == ["00_quickstart.ipynb", "07_game.ipynb"]  # links lead there
    copy.write_text("mine")
    ladder.open_in_jupyter(ladder.find(7), desk, said.append)
    assert copy.read_text() == "mine" and "as you left it" in said[-2] and len(said) == 4


def test_a_port_and_no_browser(folder, jupyter, tmp_path):
    jupyter.root = tmp_path / "elsewhere"  # a configuration of one's own: the notebook's place in it is not known
    said = []
    ladder.open_in_jupyter(ladder.find(7), tmp_path / "desk", said.append, browser=False, port=8890)
    assert jupyter.commands[0][3:-1] == ["--no-browser", "--port=8890", "--ServerApp.port_retries=0"]
    assert said[1] == "address: http://localhost:8890/lab?token=abc"
    with pytest.raises(ValueError, match="--port must be between 1 and 65535, got 0"):
        ladder.open_in_jupyter(ladder.find(7), port=0)


def test_root_is_told_why_it_did_not_start(folder, jupyter, tmp_path, monkeypatch):
    jupyter.code = 1
    for user, lines in ((0, 3), (1000, 2)):
        said = []
        monkeypatch.setattr(ladder.os, "geteuid", lambda user=user: user, raising=False)
        assert ladder.open_in_jupyter(ladder.find(7), tmp_path / "desk", said.append) == 1
        assert len(said) == lines and ("--allow-root" in said[-1]) == (user == 0)
    assert "--allow-root" not in jupyter.commands[0]


def test_a_folder_that_cannot_be_made(folder, jupyter, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot copy the notebooks into .*file: .*; name another folder"):
        ladder.open_in_jupyter(ladder.find(7), tmp_path / "file", print)
    assert not jupyter.commands
