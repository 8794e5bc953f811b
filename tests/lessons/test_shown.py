"""What `show` prints is what stands in the file."""

from pathlib import Path

import pytest

from minigan.gan import g_step
from minigan.kernels.pointwise import leaky_relu_part
from minigan.layers import LeakyReLU
from minigan.lessons import show, shown


def test_a_method_dedented_under_the_name_of_its_file(capsys):
    show(LeakyReLU.backward)
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "# minigan/layers/activations.py" and second.startswith("def backward(self, dy, cache")


def test_some_lines_by_text_and_by_number(capsys):
    show(g_step, "d_images, _ =", "_, grads")
    by_text = capsys.readouterr().out
    assert by_text.splitlines()[0] == "# minigan/gan.py, in g_step"
    lines = by_text.splitlines()[1:]
    assert lines[0] == "d_images, _ = D.backward(d_fake, d_cache, param_grads=False)" and lines[-1].startswith(
        "_, grads ="
    )
    show(g_step, 1, 1)
    head, line = capsys.readouterr().out.splitlines()
    assert head == "# minigan/gan.py" and line.startswith("def g_step(")
    start = Path(shown.ROOT, "minigan/gan.py").read_text().split("def g_step")[1].split("\n").index("    " + lines[0])
    show(g_step, start + 1, start + len(lines))
    assert capsys.readouterr().out == by_text


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
        show(g_step, "nothing like it")
    with pytest.raises(ValueError, match="a line's number from 1 to"):
        show(g_step, 0)
    with pytest.raises(ValueError, match="a line's number from 3 to"):
        show(g_step, 3, 2)
