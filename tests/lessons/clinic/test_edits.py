"""A wrong copy differs from the right code in the pieces that are replaced, and nowhere else."""

import pytest

from minigan.lessons.clinic.edits import edited, without_words, wrong_copy

STEP = 2


class Right:
    """y = x + 2."""

    def forward(self, x):
        y = x + STEP  # not too far
        return y

    def twice(self, x):
        return Right().forward(x) + self.forward(x)


def test_a_piece_is_replaced_and_keeps_its_indentation():
    text = "def f(x):\n    if x:\n        y = 1\n        z = 2\n    return x\n"
    assert edited(text, {"y = 1": "y = 3\nw = 4"}) == text.replace("y = 1\n", "y = 3\n        w = 4\n")
    assert edited(text, {"y = 1\nz = 2": "for _ in x:\n    y = 1"}).endswith(
        "        for _ in x:\n            y = 1\n    return x\n"
    )
    assert edited(text, {"y = 1": "y = 5", "y = 5": "y = 6"}) == text.replace("y = 1", "y = 6")


@pytest.mark.parametrize("old, times", [("y = 7", 0), ("x", 3)])
def test_a_piece_must_be_there_once(old, times):
    with pytest.raises(ValueError, match=f"once in the right code, found it {times} times"):
        edited("def f(x):\n    if x:\n        return x\n", {old: ""})


def test_the_copy_runs_beside_the_right_one_under_its_own_name():
    copy, text = wrong_copy(Right, "Wrong", {"x + STEP": "x - STEP"})
    assert copy().forward(5) == 3 and Right().forward(5) == 7 and copy().twice(5) == 6
    assert copy.__name__ == "Wrong" and copy.__module__ == __name__ and "Right" not in text
    assert "y = x - STEP" in text and "not too far" not in text and "x + 2" not in text


def test_a_traceback_shows_the_line():
    copy, _ = wrong_copy(Right, "Raises", {"x + STEP": "x / 0"})
    with pytest.raises(ZeroDivisionError) as raised:
        copy().forward(5)
    assert "y = x / 0" in str(raised.traceback[-1].statement)


def test_words_go_and_code_stays():
    assert without_words('x = "# no comment"  # one\n# two\n') == 'x = "# no comment"\n'
