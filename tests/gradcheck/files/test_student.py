"""A student's file with each kind of breakage: a sentence that says where and what, never a traceback."""

import sys

import pytest

from minigan.gradcheck.files.student import check_file

GOOD = """
import numpy as np
from minigan.layers import Dense, Layer

class MyDense:
    def __init__(self, n_in, n_out, scale=1.0):
        self.scale = scale
        self.params = {"w": np.ones((n_in, n_out)), "b": np.zeros(n_out)}

    def forward(self, x):
        return self.scale * (x @ self.params["w"]) + self.params["b"], x

    def backward(self, dy, cache):
        s = self.scale
        return s * (dy @ self.params["w"].T), {"w": s * (cache.T @ dy), "b": dy.sum(axis=0)}

class Square(Layer):
    def forward(self, x):
        return x * x, x

    def backward(self, dy, cache):
        return cache * dy, {}

class MyLoss:
    def discriminator(self, real_logits, fake_logits):
        value = np.mean((real_logits - 1) ** 2) + np.mean(fake_logits ** 2)
        return value, 2 * (real_logits - 1) / real_logits.size, 2 * fake_logits / fake_logits.size

    def generator(self, fake_logits):
        return np.mean((fake_logits - 1) ** 2), 2 * (fake_logits - 1) / fake_logits.size

class MySGD:
    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr

    def step(self, grads):
        for key, p in self.params.items():
            p -= self.lr * grads[key]

class Helper:
    pass
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A function text -> the name of a file with it, seen from its folder."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="mine.py"):
        (tmp_path / name).write_text(text)
        return name

    return write


def refused(spec, *words, **options):
    with pytest.raises(ValueError) as caught:
        check_file(spec, **options)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_all_classes_of_a_file_by_what_they_can_do(path):
    reports = check_file(path(GOOD))
    assert [report.verdict for report in reports] == ["ok", "WRONG", "ok", "ok"]
    assert [report.name for report in reports] == [
        "mine.py::MyDense(n_in=4, n_out=3) on x (5, 4)",
        "mine.py::Square() on x (3, 7, 6, 2)",
        "mine.py::MyLoss()",
        "mine.py::MySGD()",
    ]
    assert reports[1].findings[0].cause == "factor"


def test_one_class_with_arguments_and_an_input(path):
    (report,) = check_file(path(GOOD) + "::MyDense", {"n_out": 7, "scale": 2.0}, (3, 2))
    assert report.ok and report.name == "mine.py::MyDense(n_in=2, n_out=7, scale=2.0) on x (3, 2)"
    assert report.checked == 6 + 14 + 7
    (report,) = check_file("mine.py::MySGD", {"lr": 0.5})
    assert report.ok and report.name == "mine.py::MySGD(lr=0.5)"


def test_seed_and_tolerance(path):
    path(GOOD)
    first, second, again = (check_file("mine.py::Square", seed=seed)[0].findings[0].worst for seed in (1, 2, 1))
    assert first == again != second
    assert check_file("mine.py::Square", tolerance=0.9)[0].ok


@pytest.mark.parametrize(
    "text, words",
    [
        ("x = 1\nclass A\n    pass\n", ["mine.py, line 2", "cannot read", "class A"]),
        ("class A:\n  def f(self):\n\t  return 1\n\treturn 2\n", ["mine.py, line 4", "tabs and spaces"]),
        ("class A:\n    def f(self):\n    return 1\n", ["mine.py, line 3", "indent"]),
        ("import nunpy as np\n", ["imports 'nunpy'", "did you mean numpy?", "line 1"]),
        ("import qqqq\n", ["imports 'qqqq'", "no such module", "beside this one"]),
        ("from minigan.layers import Cnov2D\n", ["ImportError", "Cnov2D", "line 1"]),
        ("x = np.ones(3)\n", ["NameError", "import numpy as np", "line 1", "x = np.ones(3)"]),
        ("class A(Layer):\n    pass\n", ["NameError", "from minigan.layers import Layer", "line 1"]),
        ("def f():\n    return 1 / 0\nf()\n", ["ZeroDivisionError", "mine.py, line 2: return 1 / 0"]),
        ("import sys\nsys.exit(3)\n", ["SystemExit", "line 2"]),
        ("\0", ["mine.py", "null bytes"]),
        ("", ["no class with the methods forward and backward", "there is no class in it"]),
        ("class A:\n    def forward(self, x):\n        return x\n", ["no class with", "A has forward alone"]),
        ("class A:\n    pass\n", ["no class with", "its classes: A"]),
        ("from minigan.layers import Dense\n", ["no class with", "there is no class in it"]),
    ],
)
def test_a_file_that_does_not_run(path, text, words):
    refused(path(text), *words)


def test_a_file_that_is_not_there_or_no_python(path, tmp_path):
    path(GOOD, "my_layers.py")
    refused("my_layer.py::Square", "my_layer.py is not a file", "did you mean my_layers.py?")
    refused("zzzzz.py", "zzzzz.py is not a file", "this folder is", str(tmp_path))
    refused("nowhere/my_layers.py", "is not a file")
    refused("::Square", "expected a file before the colons, such as my_layers.py::Square")
    refused(path("{}", "notes.ipynb"), "not a Python file")
    (tmp_path / "folder.py").mkdir()
    refused("folder.py", "folder.py is not a file")


def test_a_class_that_is_not_there(path):
    path(GOOD + "\nnumber = 3\n")
    refused("mine.py::Sqare", "Sqare is not there in mine.py", "did you mean Square?")
    refused("mine.py::number", "number is not a class")
    refused("mine.py::Qqqqqqq", "there are Dense, Layer, MyDense")


def test_a_class_that_cannot_be_made(path):
    text = GOOD + "\nclass Odd(Square):\n    def __init__(self, wobble):\n        self.wobble = 1 / wobble\n"
    path(text)
    refused("mine.py::Odd", "Odd needs a value for wobble", "--kwargs 'wobble=...'")
    refused("mine.py::Odd", "Odd(wobble=0) could not be made: ZeroDivisionError", "mine.py, line", "1 / wobble",
            kwargs={"wobble": 0})  # fmt: skip
    path(GOOD.replace("import numpy as np\n", ""), "bare.py")
    refused("bare.py::MyDense", "NameError", "write `import numpy as np` at the top", "bare.py, line")
    refused("mine.py::Odd", "no argument 'wobbel'; did you mean wobble?", kwargs={"wobbel": 1})
    refused("mine.py::MySGD", "optimizer takes no input", input_shape=(3, 4))


def test_neighbours_are_found_and_nothing_stays_behind(path):
    path("FACTOR = 1\n", "my_helpers.py")
    text = "from my_helpers import FACTOR\n" + GOOD.replace("cache * dy", "FACTOR * cache * dy")
    before = list(sys.path), set(sys.modules)
    assert not check_file(path(text) + "::Square")[0].ok
    assert sys.path == before[0] and "my_helpers" not in sys.modules
    path("FACTOR = 2\n# another size\n", "my_helpers.py")
    assert check_file("mine.py::Square")[0].ok, "the neighbour is read anew"
    refused(path("import sys\nraise OSError('no')\n"), "OSError: no")
    assert sys.path == before[0] and not any(name.startswith("minigan_student") for name in sys.modules)


def test_the_module_is_there_for_those_who_look_it_up(path):
    text = "from __future__ import annotations\nfrom dataclasses import dataclass, field\n" + GOOD
    text += (
        "\n@dataclass\nclass Scale(Layer):\n    k: float = 2.0\n    extra: list[int] = field(default_factory=list)\n"
    )
    text += "    def forward(self, x):\n        return self.k * x, None\n"
    text += "    def backward(self, dy, cache):\n        return self.k * dy, {}\n"
    assert check_file(path(text) + "::Scale")[0].ok


RIGHT = ["def forward(self, x):", " return x, x", "def backward(self, dy, cache):", " return dy, {}"]


@pytest.mark.parametrize(
    "line, wrong, cause, words",
    [
        (3, " dx = dy", "returns", "is the return statement missing?"),
        (3, " return dy", "returns", "must return dx and a dict"),
        (2, "def backward(self, dy):", "signature", "write it as backward(self, dy, cache)"),
        (0, "def forward(x):", "signature", "write it as forward(self, x, training=True)"),
        (1, " return x", "returns", "must return y and a cache"),
        (3, " return dy[1:], {}", "shape", "expected the gradient to have shape (3, 7, 6, 2), got (2, 7, 6, 2)"),
        (3, " return dy / zero, {}", "raises", "mine.py, line 5: return dy / zero"),
        (3, " return np.sign(dy), {}", "raises", "hint: write `import numpy as np` at the top"),
        (1, " return x / 0, x", "nan", "y holds infinity"),
    ],
)
def test_what_the_layer_does_wrong_is_in_the_report(path, line, wrong, cause, words):
    lines = RIGHT[:line] + [wrong] + RIGHT[line + 1 :]
    (report,) = check_file(path("class A:\n " + "\n ".join(lines) + "\n"))
    assert [finding.cause for finding in report.findings] == [cause] and words in str(report), report


GAME = """
def d_step(G, D, loss, optimizer, real, z):
    fake, _ = G.forward(z, training=True)
    real_logits, real_cache = D.forward(real, training=True)
    fake_logits, fake_cache = D.forward(fake, training=True)
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    _, one = D.backward(d_real, real_cache)
    _, two = D.backward(d_fake, fake_cache)
    optimizer.step({key: one[key] - two[key] for key in one})
    return value

def step(x):
    return x
"""


def test_a_game_is_checked_by_its_functions(path):
    (report,) = check_file(path(GAME))
    assert report.verdict == "WRONG" and [finding.cause for finding in report.findings] == ["part-sign"], report
    (report,) = check_file(path(GAME.replace("one[key] - two[key]", "one[key] + two[key]")) + "::d_step")
    assert report.ok and report.name == "d_step"
    assert len(check_file(path(GAME + GOOD))) == 5
    refused("mine.py::g_step", "g_step is not there in mine.py")
    refused(path("from minigan.gan import d_step\n"), "has no class with the methods forward and backward")


def test_double_backward(path):
    text = "from minigan.layers import Dense\nclass Right(Dense):\n    pass\n"
    text += "class Wrong(Dense):\n    def double_backward(self, ddx, dy, cache):\n"
    text += "        ddy, grads = super().double_backward(ddx, dy, cache)\n        return 2 * ddy, grads\n"
    right, wrong = check_file(path(text), double=True)
    assert right.ok and "ddy" in right.errors and not wrong.ok and check_file("mine.py::Wrong")[0].ok


def test_what_was_tried_with_one_value_only_is_noted(path):
    text = (
        GOOD
        + """

class Doubled(MyDense):
    def __init__(self, n_in, n_out, stride=(1, 1), pads=0, seed=0):
        super().__init__(n_in, n_out)
"""
    )
    spec = path(text) + "::Doubled"
    (report,) = check_file(spec)
    assert report.ok and report.notes == ["tried with stride=(1, 1) pads=0 alone; --kwargs 'stride=...' tries others"]
    (report,) = check_file(spec, {"stride": 2})
    assert report.notes == ["tried with pads=0 alone; --kwargs 'pads=...' tries others"]
    assert not check_file(spec, {"stride": 2, "pads": 1})[0].notes
