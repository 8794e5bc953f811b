"""`minigan gradcheck` as a student meets it: words on the terminal, and an exit code."""

import time

import pytest

from minigan.cli import gradcheck, run
from minigan.gradcheck.files import watch
from minigan.gradcheck.files.builtin import CASES
from minigan.lessons.clinic import quiz

RIGHT = """
class Twice:
    def forward(self, x):
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy, {}
"""
WRONG = RIGHT.replace("2 * dy", "-2 * dy").replace("Twice", "Minus")
SIGNATURE = RIGHT.replace("(self, dy, cache)", "(self)").replace("Twice", "Short")
NOT_CHECKED = RIGHT.replace("2 * x", "2 * x + 1e14")  # all digits of x are lost
SHORT_DW = """
import numpy as np
class Shift:
    def __init__(self):
        self.params = {"w": np.ones(2)}

    def forward(self, x):
        return x + self.params["w"], None

    def backward(self, dy, cache):
        return dy, {"w": np.ones(3)}
"""


@pytest.fixture
def minigan(tmp_path, monkeypatch, capsys):
    """A function: run it in a folder of its own -> exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def called(*argv):
        code = run(["gradcheck", *argv])
        out, err = capsys.readouterr()
        return code, out, err

    called.folder = tmp_path
    return called


def test_a_name(minigan):
    code, out, err = minigan("dense")
    assert code == 0 and out.startswith("dense: ok (35 derivatives") and not err
    code, out, _ = minigan("conv2d", "--kwargs", "stride=2 kernel=(2,3)", "--input", "3,5,4,2", "--seed", "4")
    assert code == 0 and f"({3 * 5 * 4 * 2 + 2 * 3 * 2 * 5 + 5} derivatives" in out


def test_all_is_a_table_and_quick(minigan):
    started = time.perf_counter()
    code, out, _ = minigan("--all")
    assert code == 0 and all(f"\n{name} " in out for name in CASES) and f"{len(CASES) + 1} checks" in out
    assert time.perf_counter() - started < 60


def test_the_game_and_the_second_order_by_name(minigan):
    assert minigan("gan-step")[1].startswith("gan-step: ok")
    code, out, _ = minigan("conv2d", "--double")
    assert code == 0 and "ddy" in out
    code, _, err = minigan("adam", "--double")
    assert code == 2 and "no part of minigan is called 'adam'; there are dense" in err
    assert minigan("--all", "--double")[0] == 2


def test_all_shows_in_full_what_is_wrong(minigan, monkeypatch):
    from minigan.layers import Sigmoid

    monkeypatch.setattr(Sigmoid, "backward", lambda self, dy, cache: (dy, {}))
    code, out, _ = minigan("--all")
    assert code == 1 and "1 not ok" in out and "\nsigmoid: WRONG" in out and "\nrelu: ok" not in out


@pytest.mark.parametrize(
    "text, code, words",
    [(RIGHT, 0, "Twice() on x (3, 7, 6, 2): ok"), (WRONG, 1, "Minus() on x (3, 7, 6, 2): WRONG"),
     (SIGNATURE, 2, "write it as backward(self, dy, cache)"), (NOT_CHECKED, 2, "NOT CHECKED"),
     (RIGHT + WRONG, 1, ": ok"), (RIGHT + SIGNATURE, 2, ": ok"), (WRONG + SIGNATURE, 1, "Short")],
)  # fmt: skip
def test_a_file_and_its_exit_code(minigan, text, code, words):
    (minigan.folder / "mine.py").write_text(text)
    got, out, err = minigan("mine.py")
    assert got == code and words in out and not err, out + err


def test_a_wrong_gradient_of_one_parameter_is_wrong_though_another_could_not_be_compared(minigan):
    (minigan.folder / "mine.py").write_text(SHORT_DW)
    assert minigan("mine.py")[0] == 1


def test_errors_are_one_line_and_exit_code_2(minigan):
    (minigan.folder / "mine.py").write_text("x = (\n")
    for argv, words in [
        (("--double",), "expected one thing to check"),
        (("dense", "--all"), "expected one thing to check"),
        (("dens",), "did you mean dense?"),
        (("mine.py",), "mine.py, line 1"),
        (("mime.py",), "not a file; did you mean mine.py?"),
        (("--all", "--input", "3,4"), "leave out --all"),
        (("dense", "--watch"), "--watch is for a file"),
        (("dense", "--kwargs", "n_in"), "--kwargs expected"),
        (("dense", "--input", "a"), "--input expected"),
        (("dense", "--seed", "-1"), "--seed must be at least 0"),
        (("dense", "--tolerance", "0"), "--tolerance must be between 0 and 1"),
        (("dense", "--html", "nowhere/page.html"), "cannot read or write nowhere/page.html"),
        (("--answer", "sign"), "are for --quiz"),
        (("--quiz", "--answer", "sign"), "need the number"),
        (("dense", "--quiz"), "--quiz goes with"),
        (("--quiz", "100000"), "from 1 to"),
    ]:
        code, _, err = minigan(*argv)
        assert code == 2 and err.startswith("minigan: error: ") and err.count("\n") == 1 and words in err, (argv, err)


def test_colour_is_for_terminals(minigan, monkeypatch):
    assert "\x1b[" not in minigan("tanh")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "tanh: \x1b[1;32mok\x1b[0m" in minigan("tanh")[1]


def test_html(minigan):
    (minigan.folder / "mine.py").write_text(WRONG)
    code, out, _ = minigan("mine.py", "--html", "page.html")
    text = (minigan.folder / "page.html").read_text()
    assert code == 1 and out.endswith("page: page.html\n") and "data:image/png" in text and "Minus" in text


def test_watch_runs_again_on_save_and_bears_half_a_file(minigan, monkeypatch):
    path = minigan.folder / "mine.py"
    path.write_text(WRONG)
    acts = [lambda: path.write_text("class Tw"), None, lambda: path.write_text(RIGHT), None]

    def sleep(seconds):
        if not acts:
            raise KeyboardInterrupt
        act = acts.pop(0)
        if act:
            act()

    monkeypatch.setattr(watch, "saves", lambda path, saves=watch.saves: saves(path, sleep))
    code, out, err = minigan("mine.py::Minus", "--watch")
    assert code == 130 and out.count("mine.py::Minus, again whenever you save") == 3
    assert "Minus() on x (3, 7, 6, 2): WRONG" in out and "mine.py, line 1" in err
    assert "Minus is not there in mine.py; there are Twice" in err and err.endswith("minigan: interrupted\n")


def test_exit_codes_of_reports_that_found_nothing_to_compare():
    from minigan.gradcheck import Finding, Report

    def code(*causes, checked=0):
        return gradcheck.exit_code(
            [Report("a", [Finding("dx", "?", cause=cause) for cause in causes], checked=checked)]
        )

    assert code() == 0 and code("sign") == 1 and code("sign", checked=9) == 1
    assert code("raises") == code("returns") == code("not-checked", checked=9) == 2
    assert code("raises", checked=9) == 1, "something was compared, and this is a mistake besides"


def test_quiz(minigan, monkeypatch):
    asked = []
    monkeypatch.setattr(quiz, "drawn", lambda kind, seed: asked.append((kind, seed)) or 7)
    monkeypatch.setattr(quiz, "handed_out", lambda number, out: (f"above {number} {out}", "below"))
    monkeypatch.setattr(quiz, "puzzle", lambda number: gradcheck_report())
    monkeypatch.setattr(quiz, "marked", lambda number, answer: (answer == "sign", f"{number} {answer}"))
    monkeypatch.setattr(quiz, "revealed", lambda number: f"revealed {number}")
    code, out, _ = minigan("--quiz", "--kind", "layer", "--seed", "3", "--out", "q.py")
    assert code == 0 and asked == [("layer", 3)]
    assert out.startswith("above 7 q.py\n\nquiz: WRONG") and out.endswith("\n\nbelow\n")
    assert minigan("--quiz", "5", "--answer", "sign") == (0, "5 sign\n", "")
    assert minigan("--quiz", "5", "--answer", "factor") == (1, "5 factor\n", "")
    assert minigan("--quiz", "5", "--reveal") == (0, "revealed 5\n", "")
    assert minigan("--quiz", "5", "--html", "q.html")[0] == 0 and (minigan.folder / "q.html").exists()


def gradcheck_report():
    from minigan.gradcheck import Finding, Report

    return Report("quiz", [Finding("dx", "wrong")])


def test_in_a_process_of_its_own(terminal, tmp_path):
    (tmp_path / "mine.py").write_text(WRONG)
    done = terminal.minigan("gradcheck mine.py::Minus --input 2,3")
    assert done.returncode == 1 and "hint: the sign of dx is wrong" in done.stdout and not done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.py"], "no __pycache__ is left"
    terminal.refused("gradcheck mine.py::Minsu", "did you mean Minus?")
