"""A saved file is noticed once, also one that is written in two goes; nobody sleeps here."""

import os

import pytest

from minigan.gradcheck.files.watch import saves


class Script:
    """A sleep that does the next thing of a list, and then Ctrl-C."""

    def __init__(self, *acts):
        self.acts = list(acts)

    def __call__(self, seconds):
        if not self.acts:
            raise KeyboardInterrupt
        (self.acts.pop(0) or (lambda: None))()


def rounds(path, *acts):
    """How often `saves` yields before the script is at its end."""
    count = 0
    with pytest.raises(KeyboardInterrupt):
        for _ in saves(path, sleep=Script(*acts)):
            count += 1
    return count


def test_each_save_counts_once(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("1")
    assert rounds(path, None, None) == 1
    assert rounds(path, lambda: path.write_text("0123"), None, None, None, None, None) == 2
    assert rounds(path, lambda: path.write_text("12"), None, None, lambda: path.write_text("123"), None, None) == 3


def test_a_file_written_in_several_goes_counts_when_it_is_whole(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("1")
    goes = [lambda text=text: path.write_text(text) for text in ("", "22", "222", "2222")]
    assert rounds(path, *goes, None, None, None) == 2
    assert rounds(path, path.unlink, lambda: path.write_text("22"), None) == 2
    assert rounds(path, lambda: path.write_text("")) == 1, "not yet settled"


def test_a_neighbour_counts_and_another_kind_of_file_does_not(tmp_path):
    path, other = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text("1")
    other.write_text("1")
    assert rounds(path, lambda: os.utime(other, ns=(1, 1)), None) == 2
    assert rounds(path, lambda: (tmp_path / "notes.txt").write_text("1"), None) == 1
