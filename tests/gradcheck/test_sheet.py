"""A sheet for the class runs by itself and tells nothing."""

import pytest

from minigan.gradcheck import quiz
from minigan.gradcheck.sheet import as_sheet
from minigan.gradcheck.student import check_file
from minigan.layers import Dense, Layer

DOUBLED, UNUSED = 2, 3


def helper(grad):
    return DOUBLED * grad  # doubled here


def decorated(method):
    return method


def registered(cls):
    return cls


@registered
class TwiceW(Dense):
    """dw is doubled."""

    name = "# no comment"

    @decorated
    def backward(self, dy, cache):
        """The right one, # and then not."""
        dx, grads = super(TwiceW, self).backward(dy, cache)  # this is right  # noqa: UP008
        # and here is the mistake
        grads["w"] = helper(grads["w"])
        return dx, grads


class Other(Layer):
    pass


def g_step(loss):
    return loss


def test_it_runs_by_itself_and_tells_nothing(tmp_path):
    text = as_sheet(TwiceW, "quiz7")
    for secret in ("Twice", "doubled", "mistake", "right", "noqa", "registered", "Other", "pytest"):
        assert secret not in text
    assert "class Quiz7(Dense)" in text and "super(Quiz7, self)" in text and "@decorated" in text
    assert '"# no comment"' in text and "DOUBLED, UNUSED = 2, 3" in text
    (tmp_path / "sheet.py").write_text(text)
    (report,) = check_file(str(tmp_path / "sheet.py"))
    assert [finding.cause for finding in report.findings] == ["factor"]


def test_a_function_gets_a_small_letter():
    assert as_sheet(g_step, "quiz3") == "def quiz3(loss):\n    return loss\n"


@pytest.mark.parametrize("number", range(1, 1 + len(quiz.mutants())))
def test_every_animal_of_the_zoo_makes_a_sheet_that_runs(number):
    subject, space = quiz.numbered(number).subject, {"__name__": "sheet"}
    text = as_sheet(subject, f"quiz{number}")
    exec(compile(text, "sheet.py", "exec"), space)
    assert subject.__name__ not in text and f"quiz{number}" in {name.lower() for name in space}
