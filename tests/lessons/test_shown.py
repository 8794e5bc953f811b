"""What `show` prints is what stands in the file, without the type hints."""

import ast
import inspect
import sys

import pytest

from minigan import gan
from minigan.gan import g_gradients
from minigan.kernels.pointwise import leaky_relu_part
from minigan.layers import LeakyReLU
from minigan.lessons import show, shown
from minigan.lessons.shown import without_hints


def test_a_method_dedented_under_the_name_of_its_file(capsys):
    show(LeakyReLU.backward)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "# minigan/layers/activations.py" and second.startswith("def backward(self, dy, cache")


def test_some_lines_by_text_and_by_number(capsys):
    show(g_gradients, "d_images =", "value, d_images")
    by_text = capsys.readouterr().out
    head, *lines = by_text.splitlines()
    assert head == "# minigan/gan.py, in g_gradients"
    assert lines[0] == "d_images = D.input_grad(d_fake, d_cache)" and lines[-1].startswith("value, d_images,")
    show(g_gradients)
    start = capsys.readouterr().out.splitlines().index("    " + lines[0])  # line 0 is the heading
    show(g_gradients, start, start + len(lines) - 1)
    assert capsys.readouterr().out == by_text
    show(g_gradients, 1, 1)
    assert capsys.readouterr().out.splitlines()[0] == "# minigan/gan.py"


def test_functions_are_printed_without_type_hints(capsys):
    show(g_gradients, 1, 1)
    assert capsys.readouterr().out.splitlines()[1] == "def g_gradients(G, D, loss, fake, *, real=None, terms=()):"
    show(LeakyReLU)
    heads = [line.strip() for line in capsys.readouterr().out.splitlines() if line.lstrip().startswith("def ")]
    assert heads[:2] == ["def __init__(self, slope=0.2):", "def forward(self, x, training=True):"]


FUNCTION = """
@decorated
def long_name(
    first: list[int],
    second: Callable[[int], str] = print, *, third: float = 1e-3,
) -> tuple[int, int]:  # fmt: skip
    # a comment
    def inner(x: float, *more: int) -> float: return x
    number: int = 3  # an annotation in the body stays
    return first, second
"""


def test_nothing_but_the_hints_is_left_out(monkeypatch):
    body = FUNCTION.split("fmt: skip\n")[1]
    assert without_hints(FUNCTION) == f"\n@decorated\ndef long_name(first, second=print, *, third=1e-3):\n{body}"
    monkeypatch.setattr(shown, "WIDTH", 40)
    rows = without_hints(FUNCTION).split("\n")[2:4]
    assert rows == ["def long_name(first, second=print, *,", "              third=1e-3):"]


@pytest.mark.parametrize("module", [gan, leaky_relu_part.__module__, shown], ids=str)
def test_the_code_is_the_same(module):
    source = inspect.getsource(sys.modules.get(module, module))
    with_hints, without = ast.parse(source), ast.parse(without_hints(source))
    for node in ast.walk(with_hints):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    assert ast.dump(with_hints) == ast.dump(without)


def test_a_compiled_function_and_a_class(capsys):
    show(leaky_relu_part)
    assert capsys.readouterr().out.splitlines()[1] == "@fast"
    show(LeakyReLU, "class", "class")
    assert capsys.readouterr().out.splitlines()[1].startswith("class LeakyReLU(")


def test_lines_of_a_module_are_under_its_file_alone(capsys):
    show(shown, "ROOT =", "ROOT =")
    assert capsys.readouterr().out.splitlines()[0] == "# minigan/lessons/shown.py"


def test_no_such_line():
    with pytest.raises(ValueError, match="a line that contains 'nothing like it'"):
        show(g_gradients, "nothing like it")
    with pytest.raises(ValueError, match="a line's number from 1 to"):
        show(g_gradients, 0)
    with pytest.raises(ValueError, match="a line's number from 3 to"):
        show(g_gradients, 3, 2)
