"""The README's Python runs as it stands there, only shorter."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

import minigan
from minigan.gradcheck.files.student import check_file
from minigan.lessons.marking.runner import marking_of, marks, summary
from minigan.lessons.marking.told import told

ROOT = Path(minigan.__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
WHOLE = [block for block in BLOCKS if "import" in block]  # the others show lines of the library


@pytest.mark.parametrize("block", WHOLE)
def test_blocks_run(block, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(block.replace("range(2000)", "range(2)"), "README.md", "exec"), {})
    assert "WRONG" not in capsys.readouterr().out


def test_the_whole_game_has_15_lines_and_ends_in_a_picture():
    (game,) = [block for block in WHOLE if "save_png" in block]
    assert len([line for line in game.splitlines() if line]) == 15 and game.splitlines()[-1].startswith("save_png(")


def test_the_game_shown_is_the_librarys_own_whole():
    """Every function, line by line, but for docstrings and type hints."""
    (shown,) = [block for block in BLOCKS if "import" not in block]
    source = {node.name: node for node in ast.parse((ROOT / "minigan/gan.py").read_text()).body
              if isinstance(node, ast.FunctionDef)}  # fmt: skip
    functions = ast.parse(shown).body
    assert [function.name for function in functions] == ["d_step", "d_gradients", "g_step", "g_gradients"]
    for function in functions:
        assert ast.unparse(function) == ast.unparse(bare(source[function.name]))
    assert len(WHOLE) == 4


def bare(function):
    """A function without its docstring and its type hints."""
    arguments = function.args
    for argument in arguments.args + arguments.kwonlyargs:
        argument.annotation = None
    function.returns, function.body = None, function.body[1:]
    return function


def test_the_report_shown_is_what_the_command_says(tmp_path, monkeypatch):
    (wrong,) = [block for block in WHOLE if "MyDense" in block]
    (report,) = re.findall(r"```text\n(my_layers.py::MyDense.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("my_layers.py").write_text(wrong)
    (said,) = check_file("my_layers.py")
    assert without_seconds(str(said)) == without_seconds(report.rstrip())


def without_seconds(text):
    return re.sub(r"\d+\.\d\d s", "", text)


def test_the_hint_shown_is_what_the_marking_says(tmp_path):
    (shown,) = re.findall(r"```text\nex03 (.*?)\n(.*?)```", README, re.DOTALL)
    marking, wrong = marking_of(3), tmp_path / "ex03_conv.py"  # the solution, but for one function
    parts = "tutorials/solutions/ex03_conv.py", "tests/tutorials/wrong/ex03_flipped.py"
    wrong.write_text("\n\n".join((ROOT / part).read_text() for part in parts))
    found = list(marks(wrong, marking.TASKS))
    assert shown[0] == f"{marking.TITLE} (work/ex03_conv.py)"
    assert shown[1].splitlines() == [line for mark in found for line in told(mark).split("\n")] + [summary(found)]


def test_the_code_is_as_long_as_it_says():
    rows = re.findall(r"^\| (.*) \| ([\d,]+) \|$", README.partition("## The size of the code")[2], re.MULTILINE)
    for words, said in rows:
        files = [file for name in re.findall("`(.*?)`", words) for file in python_files(name)]
        counted = sum(len(lines_of_code(file.read_text())) for file in files)
        assert abs(counted - int(said.replace(",", ""))) <= 0.05 * counted, (words, counted)
    assert len(rows) == 4


def python_files(name):
    """Those of `gan.py`, or of the folder `layers/`; `minigan/` is all but the lessons."""
    place = ROOT / "minigan" / name.removeprefix("minigan/")
    files = place.rglob("*.py") if place.is_dir() else [place]
    return [file for file in files if "lessons" not in file.parts]


def lines_of_code(text):
    """The numbers of the lines that are neither blank nor comment nor docstring."""
    words = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in words]
    lines = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines
