"""Every exercise: the solution passes, the stub is not yet done, and planted mistakes are hinted at by name.

tests/tutorials/wrong/exNN_*.py are wrong answers: what they define takes the place of what the solution of exercise NN
defines under that name. The first line of each says what its hint must contain.
"""

import ast
import re
from pathlib import Path

import pytest

from minigan.files import bundled_folder
from minigan.lessons import exercises
from minigan.lessons.marking.runner import DONE, OPEN, WRONG, marking_of, marks

SOLUTIONS = bundled_folder("tutorials") / "solutions"
KNOWN = exercises.known()
ANSWERS = sorted((Path(__file__).parent / "wrong").glob("ex*.py"))


def number(path):
    return int(path.name[2:4])


def marked(path):
    return list(marks(path, marking_of(number(path)).TASKS))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in KNOWN.values()])
def test_the_stub_is_open_in_every_task(path):
    found = marked(path)
    assert found and [mark.verdict for mark in found] == [OPEN] * len(found), found


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in KNOWN.values()])
def test_the_solution_passes_and_asks_for_the_same(path):
    solution = SOLUTIONS / path.name
    found = marked(solution)
    assert [mark.verdict for mark in found] == [DONE] * len(found), found
    assert names_in(path) <= names_in(solution)


def names_in(path):
    """The functions and classes of a file."""
    return {
        node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in ANSWERS])
def test_a_wrong_answer_gets_a_hint_that_asks_and_names_the_mistake(path, tmp_path):
    own = path.read_text()
    wanted = re.match(r"# hint: (.+)", own)[1].strip()
    wrong = [mark for mark in marked(answer(path, tmp_path)) if mark.verdict == WRONG]
    assert wrong, "it passes"
    assert any(wanted in mark.hint for mark in wrong), [mark.hint for mark in wrong]
    solution = {line.strip() for line in (SOLUTIONS / KNOWN[number(path)].name).read_text().splitlines()}
    away = [line for line in solution if len(line) > 8 and re.search(r"[=(]", line) and line not in own]
    for mark in wrong:
        assert "?" in mark.hint, mark.hint
        told = mark.hint + mark.seen
        assert not [line for line in away if line in told], told
    tasks = {task.name for task in marking_of(number(path)).TASKS}
    planted = {name for name in dotted_names_in(own) if name in tasks or "." not in name}
    if planted - tasks <= {name.split(".")[0] for name in tasks}:  # and none that several tasks make use of
        assert {mark.task.name for mark in wrong} <= planted, "what is right is called wrong"


def dotted_names_in(text):
    """The functions and classes of a file, and their methods as Class.method."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef))


def answer(path, folder):
    """The whole file that somebody with this mistake would hand in."""
    name = KNOWN[number(path)].name
    whole = folder / name
    whole.write_text((SOLUTIONS / name).read_text() + "\n\n" + path.read_text())
    return whole


def test_every_exercise_is_whole():
    assert {path.name for path in SOLUTIONS.glob("*.py")} == {path.name for path in KNOWN.values()}
    for n in KNOWN:
        assert marking_of(n).TITLE
        assert sum(number(path) == n for path in ANSWERS) >= 3, f"ex{n:02} has too few wrong answers"
