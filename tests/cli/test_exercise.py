"""`minigan exercise`, on a small exercise of two tasks that stands here alone."""

import sys
from types import ModuleType

import pytest

from minigan.cli import run
from minigan.lessons import exercises
from minigan.lessons.marking import Task, same_values

STUB = """def twice(x):
    raise NotImplementedError("2 x")


def half(x):
    raise NotImplementedError("x / 2")
"""


@pytest.fixture
def demo(tmp_path, monkeypatch, capsys):
    """The command, in a folder of its own -> exit code, stdout, stderr."""
    marking = ModuleType("ex42")
    marking.TITLE = "Twice and half"
    marking.TASKS = [
        Task("twice", "2 x", lambda student: same_values(student.twice(3), 6, "twice(3)", suspects={"a square?": 9})),
        Task("half", "x / 2", lambda student: same_values(student.half(3), 1.5, "half(3)")),
    ]
    monkeypatch.setitem(sys.modules, "minigan.lessons.marking.ex42", marking)
    longer = ModuleType("ex43")
    longer.TITLE, longer.TASKS = "Twice and half, and a title that is longer than most of the others", marking.TASKS
    monkeypatch.setitem(sys.modules, "minigan.lessons.marking.ex43", longer)
    (tmp_path / "tutorials/exercises").mkdir(parents=True)
    (tmp_path / "tutorials/exercises/ex42_demo.py").write_text(STUB)
    (tmp_path / "tutorials/exercises/ex43_more.py").write_text(STUB)
    monkeypatch.setattr(exercises, "bundled_folder", lambda name: tmp_path / name)
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")

    def exercise(arguments):
        code = run(["exercise", *arguments.split()])
        return code, *capsys.readouterr()

    exercise.file = tmp_path / "desk/work/ex42_demo.py"
    return exercise


def test_from_a_fresh_copy_to_all_done(demo):
    code, out, _ = demo("start ex42 work")
    assert code == 0 and "minigan exercise check ex42 work" in out and demo.file.read_text() == STUB
    code, out, _ = demo("check ex42 work")
    assert code == 1 and out.splitlines() == [
        "ex42 Twice and half (work/ex42_demo.py)",
        "  not yet  twice: 2 x",
        "  not yet  half: x / 2",
        "0 of 2 done; next: twice",
    ]
    demo.file.write_text("def twice(x):\n    return x * x\n\ndef half(x):\n    return x / 2\n")
    code, out, _ = demo("check 42 work/ex42_demo.py")
    assert code == 1 and "           hint: a square?" in out.splitlines() and "1 of 2 done; next: twice" in out
    demo.file.write_text("def twice(x):\n    return x + x\n\ndef half(x):\n    return x / 2\n")
    code, out, _ = demo("check ex42 work")
    assert code == 0 and out.endswith("2 of 2 done\n")


def test_a_students_file_is_never_overwritten(demo):
    demo("start ex42 work")
    demo.file.write_text("mine")
    code, _, err = demo("start ex42 work")
    assert code == 2 and "is there already" in err and demo.file.read_text() == "mine"


def test_progress_is_a_table(demo):
    demo("start ex42 work")
    code, out, _ = demo("progress work")
    assert code == 1 and out.splitlines()[0].split() == "ex42 Twice and half 0 of 2 done; next: twice".split()
    assert out.splitlines()[1] == "not started: ex43"
    demo.file.write_text("def twice(x)\n")
    code, out, _ = demo("progress work")
    assert code == 1 and "does not run" in out
    demo.file.write_text("def twice(x):\n    return x + x\n\ndef half(x):\n    return x / 2\n")
    assert demo("progress work")[0] == 0
    demo("start ex43 work")
    _, out, _ = demo("progress work")
    assert len({line.index("of 2 done") for line in out.splitlines()}) == 1, out


def test_wrong_input(demo):
    for arguments, words in {
        "start ex41 work": "there is no exercise 'ex41'; there are ex42, ex43",
        "check ex42": "there is no ex42_demo.py in",
        "check ex42 nowhere.py": "nowhere.py is not a file",
        "progress": "there are no exercises in",
    }.items():
        code, out, err = demo(arguments)
        assert code == 2 and words in err and err.count("\n") == 1, arguments
    demo("start ex42 work")
    demo.file.write_text("def twice(x)\n")
    code, _, err = demo("check ex42 work")
    assert code == 2 and "line 1" in err


def test_ctrl_c_tells_in_which_task(demo):
    demo("start ex42 work")
    demo.file.write_text("def twice(x):\n    raise KeyboardInterrupt\n")
    code, _, err = demo("check ex42 work")
    assert code == 130 and "interrupted in twice (work/ex42_demo.py, line 2" in err


def test_help_of_each_action_and_none(terminal):
    for action in ("start", "check", "progress"):
        assert action in terminal.ok(f"exercise {action} --help").stdout
    terminal.refused("exercise mark", "unknown word 'mark'; there are start, check, progress")
