"""A student's file, whatever is in it, becomes marks."""

import numpy as np
import pytest

from minigan.lessons.marking import Task, same_values
from minigan.lessons.marking.runner import DONE, OPEN, WAITS, WRONG, marking_of, marks, progress_of


def twice(student):
    same_values(student.twice(np.array([1.0, 2.0])), [2.0, 4.0], "twice(x)", suspects={"a square?": [1.0, 4.0]})


def half(student):
    same_values(student.half(4.0), 2.0, "half(x)")


TASKS = [Task("twice", "2 x", twice), Task("half", "x / 2", half)]


@pytest.fixture
def marked(tmp_path):
    def mark(text):
        (tmp_path / "answer.py").write_text(text)
        return list(marks(tmp_path / "answer.py", TASKS))

    return mark


def verdicts(found):
    return [mark.verdict for mark in found]


def test_done_wrong_and_open(marked):
    found = marked("def twice(x):\n    return x * x\n\ndef half(x):\n    raise NotImplementedError('x / 2')\n")
    assert verdicts(found) == [WRONG, OPEN] and found[0].hint == "a square?" and found[1].hint == "x / 2"
    assert verdicts(marked("def twice(x):\n    return 2 * x\n\ndef half(x):\n    return x / 2\n")) == [DONE, DONE]


def test_an_exception_is_told_with_its_line_and_the_next_task_goes_on(marked):
    found = marked("def twice(x):\n    y = x[5]\n    return 2 * y\n\ndef half(x):\n    return x / 2\n")
    assert verdicts(found) == [WRONG, DONE] and "?" in found[0].hint
    assert "IndexError" in found[0].seen and "answer.py, line 2: y = x[5]" in found[0].seen


@pytest.mark.parametrize(
    "line, words",
    {
        "y = twice(1, 2)": "which arguments",
        "a, b, c = x": "how many things",
        "x += 1": "whose array",
        "y = np.linalg.inv(np.zeros((2, 2)))": "singular",
        "y = x + 'a'": "the shapes and the types",
    }.items(),
)
def test_the_question_suits_the_exception(tmp_path, line, words):
    (tmp_path / "answer.py").write_text(f"import numpy as np\ndef twice(x):\n    {line}\n    return 2 * x\n")
    lent = np.array([1.0, 2.0])
    lent.flags.writeable = False
    (mark,) = marks(tmp_path / "answer.py", [Task("twice", "2 x", lambda student: student.twice(lent))])
    assert mark.verdict == WRONG and words in mark.hint and f"line 3: {line}" in mark.seen


def test_what_calls_a_wrong_one_waits_for_it(marked):
    text = "def twice(x):\n    return {}\n\ndef help(x):\n    return twice(x)\n\ndef half(x):\n    return {}\n"
    first, second = marked(text.format("str(x)", "help(x) / 4"))  # half raises, two calls away
    assert (first.verdict, second.verdict) == (WRONG, WAITS) and second.hint == "for twice, which it makes use of"
    assert verdicts(marked(text.format("x * x", "help(x) / 4"))) == [WRONG, WAITS]  # half is wrong
    assert verdicts(marked(text.format("x * x", "help(x) / 8"))) == [WRONG, DONE]  # half is right for all that
    assert verdicts(marked(text.format("x * x", "x / 4"))) == [WRONG, WRONG]  # half is wrong by itself
    assert verdicts(marked(text.format("2 * x", "help(x)"))) == [DONE, WRONG]


def test_a_check_that_makes_use_of_an_earlier_answer_waits_for_it(tmp_path):
    (tmp_path / "answer.py").write_text("def twice(x):\n    return x\n\ndef half(x):\n    return x\n")
    tasks = [TASKS[0], Task("half", "x / 2", half, after=("twice",))]
    assert verdicts(marks(tmp_path / "answer.py", tasks)) == [WRONG, WAITS]


def test_leaving_is_no_way_out(marked):
    assert verdicts(marked("def twice(x):\n    exit(0)\n\ndef half(x):\n    return x / 2\n")) == [WRONG, DONE]


def test_a_function_that_is_gone_and_one_that_was_not_imported(marked):
    found = marked("def half(x):\n    return np.multiply(x, 0.5)\n")
    assert "is twice still in the file" in found[0].hint and "there is no twice in" in found[0].seen
    assert found[1].hint == "where is np defined, or imported?" and "line 2" in found[1].seen


def test_nothing_returned(marked):
    assert "return" in marked("def twice(x):\n    2 * x\n")[0].hint


def test_a_check_that_stumbles_over_what_it_got(tmp_path):
    (tmp_path / "answer.py").write_text("def twice(x):\n    return None\n")
    (mark,) = marks(tmp_path / "answer.py", [Task("twice", "2 x", lambda student: student.twice(1).shape)])
    assert mark.verdict == WRONG and "what does your function return" in mark.hint and "NoneType" in mark.seen


def test_ctrl_c_tells_where(marked):
    with pytest.raises(KeyboardInterrupt, match=r"in twice \(.*answer.py, line 2: raise KeyboardInterrupt\)"):
        marked("def twice(x):\n    raise KeyboardInterrupt\n")


def test_a_file_that_does_not_run(marked, tmp_path):
    with pytest.raises(ValueError, match="line 1"):
        marked("def twice(x) return 2 * x\n")
    all_done, words = progress_of(tmp_path / "answer.py", TASKS)
    assert not all_done and words.startswith("does not run: ") and "line 1" in words


def test_progress_is_quiet_and_names_what_is_next(marked, tmp_path, capsys):
    marked("def twice(x):\n    print('here')\n    return 2 * x\n")
    capsys.readouterr()
    assert progress_of(tmp_path / "answer.py", TASKS) == (False, "1 of 2 done; next: half")
    assert capsys.readouterr().out == ""


def test_no_marking():
    with pytest.raises(ValueError, match="no marking for exercise 99"):
        marking_of(99)
