"""Numbers that are kept: the same for all who ask, whatever lies in the folder."""

import json
import os
import subprocess
import sys

import pytest

from minigan.kernels.machine import measured

BUILT_IN = {"product": 0.01, "copy": 2.0}
OTHER = {"product": 0.02, "copy": 1.5}


@pytest.fixture(autouse=True)
def switched_on(monkeypatch):
    monkeypatch.delenv("MINIGAN_MEASURE")  # tests/conftest.py has set it


def never():
    raise AssertionError("measured again")


def kept(folder, measure=never, stamp="s"):
    return measured.kept("loops", BUILT_IN, measure, folder, stamp)


def only_file(folder):
    (path,) = folder.iterdir()
    return path


def test_what_is_measured_is_kept_and_not_measured_again(tmp_path, capsys):
    numbers, origin = kept(tmp_path, lambda: OTHER)
    assert numbers == OTHER and origin.startswith("measured on 20")
    assert capsys.readouterr().err == "minigan: timing loops on this processor (once, about a second) ...\n"
    assert kept(tmp_path) == (numbers, origin)
    assert capsys.readouterr().err == ""
    assert json.loads(only_file(tmp_path).read_text())["processor"] == measured.processor()  # and nothing beside it


def test_numbers_survive_to_the_last_bit(tmp_path):
    third = {"product": 0.01 / 3 * 2, "copy": 2 / 3}
    kept(tmp_path, lambda: third)
    assert kept(tmp_path).numbers == third


def test_other_code_and_another_processor_have_numbers_of_their_own(tmp_path, monkeypatch):
    kept(tmp_path, lambda: OTHER)
    assert kept(tmp_path, lambda: BUILT_IN, stamp="changed").numbers == BUILT_IN
    third = {"product": 0.05, "copy": 3.0}
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(measured, "model", lambda: "Another Processor")
        assert kept(tmp_path, lambda: third).numbers == third
    with monkeypatch.context() as forced:
        forced.setattr(measured, "compiled_for", lambda: ("triple", "an-older-one", "-avx2"))
        assert kept(tmp_path, lambda: BUILT_IN).numbers == BUILT_IN
    assert kept(tmp_path).numbers == OTHER and len(list(tmp_path.iterdir())) == 4


def spoilt(whole):
    """What may lie under the file's name: (what it is, its bytes)."""

    def having(**changes):
        return json.dumps(whole | changes).encode()

    yield "empty", b""
    yield "half", json.dumps(whole).encode()[:40]
    yield "no text", b"\xff\xfe\x00"
    yield "a list", b"[1, 2]"
    yield "deep", b"[" * 9_000
    yield "huge", having(more="x" * 20_000)
    yield "of another processor", having(processor="another")
    yield "of other code", having(stamp="another")
    yield "no numbers", having(numbers=None)
    yield "one missing", having(numbers={"product": 0.02})
    yield "one more", having(numbers=OTHER | {"more": 1.0})
    for value in (float("nan"), float("inf"), -0.02, 0, "0.02", None, True, [0.02], 10**400, 0.0009, 0.11):
        yield f"{str(value)[:9]}", having(numbers=OTHER | {"product": value})
    yield "a truth", having(numbers=OTHER | {"copy": True})  # 1 would do
    yield "a date that is none", having(date="\x1b[31mtoday")
    yield "an origin that is none", having(origin="a friend")


NAMES = [name for name, _ in spoilt({})]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_to_be_believed_is_measured_again(name, tmp_path):
    kept(tmp_path, lambda: OTHER)
    path = only_file(tmp_path)
    path.write_bytes(dict(spoilt(json.loads(path.read_text())))[name])
    again = {"product": 0.03, "copy": 1.0}
    assert kept(tmp_path, lambda: again).numbers == again
    assert kept(tmp_path).numbers == again and only_file(tmp_path) == path


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), 0.0009, 0.11])
def test_numbers_that_cannot_be_give_way_to_the_built_in_ones_for_all_later_processes(value, tmp_path):
    want = BUILT_IN, "built in (what was measured cannot be)"
    assert kept(tmp_path, lambda: OTHER | {"product": value}) == want
    assert kept(tmp_path) == want


def test_the_first_to_write_wins(tmp_path):
    def slow():
        kept(tmp_path, lambda: OTHER)  # another process, which is done before this one
        return BUILT_IN

    assert kept(tmp_path, slow).numbers == OTHER
    assert len(list(tmp_path.iterdir())) == 1


def test_where_the_file_system_has_no_links(tmp_path, monkeypatch):
    def link(source, target):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", link)
    assert kept(tmp_path, lambda: OTHER).numbers == OTHER == kept(tmp_path).numbers
    only_file(tmp_path)


@pytest.mark.parametrize("folder", ["missing", "a file", None])
def test_where_nothing_can_be_kept_nothing_is_measured_and_a_line_says_so(folder, tmp_path, capsys):
    (tmp_path / "a file").touch()
    numbers, origin = kept(folder and tmp_path / folder)
    assert numbers == BUILT_IN and origin.startswith("built in (nothing can be kept: ")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("minigan: built-in times choose") and "set NUMBA_CACHE_DIR to a folder" in line


def test_something_else_under_the_name_of_the_file(tmp_path):
    kept(tmp_path, lambda: OTHER)
    path = only_file(tmp_path)
    path.unlink()
    path.mkdir()
    assert kept(tmp_path, lambda: OTHER) == (BUILT_IN, "built in (nothing could be kept)")
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_while_measuring_leaves_nothing_behind(tmp_path):
    with pytest.raises(AssertionError, match="measured again"):
        kept(tmp_path)
    assert not list(tmp_path.iterdir())


def test_it_can_be_switched_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINIGAN_MEASURE", " OFF ")
    assert kept(tmp_path) == (BUILT_IN, "built in (MINIGAN_MEASURE=off)")
    assert not list(tmp_path.iterdir()) and capsys.readouterr().err == ""


@pytest.mark.long
def test_processes_that_begin_at_once_use_the_same_numbers(tmp_path):
    script = """
import random, sys, time
from minigan.kernels.machine import measured
def measure():
    time.sleep(random.random())
    return {"product": random.uniform(0.005, 0.02), "copy": random.uniform(1, 3)}
print(measured.kept("loops", {"product": 0.01, "copy": 2.0}, measure, sys.argv[1], "s"))
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = {process.communicate()[0] for process in running}
    assert len(said) == 1 and "measured on" in said.pop()
    only_file(tmp_path)


def test_it_is_kept_where_numba_keeps_the_kernel(tmp_path):
    class Stats:
        cache_path = str(tmp_path)

    class Kernel:
        stats = Stats()

    assert measured.folder_of(Kernel()) == tmp_path
    Stats.cache_path = None  # compiled at each start
    assert measured.folder_of(Kernel()) is None and measured.folder_of(len) is None
