"""A sheet for the class runs by itself and tells nothing."""

import importlib
import math
import sys

import pytest

from minigan.gradcheck.files.student import check_file
from minigan.layers import Dense, Layer
from minigan.lessons.clinic import quiz
from minigan.lessons.clinic.sheet import as_sheet

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


ANIMALS = '''
"""Right layers and wrong ones."""
import math
import numpy as np

SCALE = 2.0


class Root:
    def __init__(self):
        self.scale = SCALE  # kept


class Right(Root):
    """y = scale x."""

    def forward(self, x):
        return self.scale * x, np.sqrt(4.0)

    def backward(self, dy, cache):
        return self.scale * dy, {}


class Wrong(Right):
    def backward(self, dy, cache):
        return self.rest(dy), {}

    def rest(self, dy):
        return math.pi * dy
'''


@pytest.fixture
def animals(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "animals_for_a_test.py").write_text(ANIMALS)
    yield importlib.import_module("animals_for_a_test")
    del sys.modules["animals_for_a_test"]


def test_what_is_inherited_is_written_out_in_one_class(animals):
    text = as_sheet(animals.Wrong, "quiz4")
    assert text.count("class ") == 1 and text.count("def backward") == 1 and "self.scale * dy" not in text
    assert text.startswith("import math\nimport numpy as np\n\n\nSCALE = 2.0\n\n\nclass Quiz4:\n    def __init__")
    order = [text.index(f"def {name}(") for name in ("__init__", "forward", "backward", "rest")]
    assert order == sorted(order) and "kept" not in text and "y = scale x" not in text
    layer = run(text)["Quiz4"]()
    assert layer.forward(3.0) == (6.0, 2.0) and layer.backward(1.0, None) == (math.pi, {})


def run(text):
    space = {"__name__": "sheet"}
    exec(compile(text, "sheet.py", "exec"), space)
    return space


def test_a_function_gets_a_small_letter():
    assert as_sheet(g_step, "quiz3") == "def quiz3(loss):\n    return loss\n"


@pytest.mark.parametrize("number", range(1, 1 + len(quiz.mutants())))
def test_every_animal_of_the_zoo_makes_a_sheet_that_runs(number):
    mutant = quiz.numbered(number)
    subject, text = mutant.subject, as_sheet(mutant.subject, f"quiz{number}", mutant.source)
    assert "super(" not in text  # the right method would stand beside the wrong one
    assert subject.__name__ not in text and f"quiz{number}" in {name.lower() for name in run(text)}
