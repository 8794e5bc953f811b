"""Handing out and finding again; nothing is ever overwritten."""

import pytest

from minigan.lessons import exercises


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An exercise 7, and an empty folder to work in."""
    (tmp_path / "tutorials/exercises").mkdir(parents=True)
    (tmp_path / "tutorials/exercises/ex07_game.py").write_text("fresh = True\n")
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(exercises, "bundled_folder", lambda name: tmp_path / name)
    return tmp_path / "work"


def test_names(shelf):
    assert [exercises.number_of(name) for name in ("ex07", "07", "7", "EX7", "ex07_game", "ex07_game.py")] == [7] * 6
    for name in ("ex08", "game", "ex", "777", "ex07/game"):
        with pytest.raises(ValueError, match=f"no exercise '{name}'; there are ex07"):
            exercises.number_of(name)


def test_a_fresh_copy_and_never_over_a_file(shelf):
    copy = exercises.start(7, shelf / "new/folder")
    assert copy.read_text() == "fresh = True\n"
    copy.write_text("mine")
    with pytest.raises(ValueError, match="is there already"):
        exercises.start(7, shelf / "new/folder")
    assert copy.read_text() == "mine"


def test_found_in_a_folder_or_by_its_name(shelf):
    with pytest.raises(ValueError, match="there is no ex07_game.py in .*minigan exercise start ex07"):
        exercises.find(7, shelf)
    with pytest.raises(ValueError, match="there are no exercises in"):
        exercises.started(shelf)
    copy = exercises.start(7, shelf)
    assert exercises.find(7, shelf) == copy == exercises.find(7, copy)
    assert exercises.find(7, shelf / "other.py") == shelf / "other.py"
    (shelf / "ex99_other.py").write_text("")
    assert exercises.started(shelf) == {7: copy}
