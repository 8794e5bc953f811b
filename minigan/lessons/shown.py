"""Source code of minigan, printed as it stands in its file, without the type hints."""

import ast
import inspect
import textwrap
from pathlib import Path
from typing import Any

import minigan

ROOT = Path(minigan.__file__).resolve().parent.parent
WIDTH = 120  # of a line of code


def show(thing: Any, first: int | str | None = None, last: int | str | None = None) -> None:
    """Print the source of a function, a method, a class or a module of minigan, below the name of its file. Type hints
    of arguments and of what is returned are left out: a lesson is about the formula.

    first, last: the lines to print, both included. Each is the number of a line of what is printed without them,
    counted from 1, or a text: the first line that contains it, where `last` is searched from `first` on. Default: all
    lines. A source without its first line gets its own name in the heading. Raises ValueError if there is no such line.
    """
    thing = getattr(thing, "py_func", thing)  # a function that numba compiles keeps the Python one here
    lines = without_hints(textwrap.dedent(inspect.getsource(thing)).rstrip()).split("\n")
    start = 0 if first is None else find(lines, first, 0)
    end = len(lines) if last is None else find(lines, last, start) + 1
    own = f", in {thing.__qualname__}" if start and hasattr(thing, "__qualname__") else ""
    print(f"# {name_of_file(thing)}{own}")
    print(textwrap.dedent("\n".join(lines[start:end])))


def without_hints(source: str) -> str:
    """Source code with each function's first line, `def name(arguments):`, written without type hints; where that is
    longer than WIDTH, each argument after the first line goes on at the column of the first argument."""
    lines = source.split("\n")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda node: node.lineno, reverse=True):  # lines above keep their numbers
        hints = [node for node in ast.walk(function.args) if isinstance(node, ast.arg) and node.annotation]
        start, end = function.lineno - 1, function.body[0].lineno - 1
        while lines[end - 1].lstrip().startswith("#"):
            end -= 1
        if start < end and (hints or function.returns):
            lines[start:end] = head(function, source)
    return "\n".join(lines)


def head(function: ast.FunctionDef, source: str) -> list[str]:
    """The line `def name(arguments):` of a function without its type hints, or as many lines as that takes."""
    arguments = function.args
    for node in ast.walk(arguments):
        if isinstance(node, ast.arg):
            node.annotation = None
    for defaults in (arguments.defaults, arguments.kw_defaults):  # as they are written: 1e-3, not 0.001
        defaults[:] = [node and ast.Name(ast.get_source_segment(source, node)) for node in defaults]
    opening = f"{' ' * function.col_offset}def {function.name}("
    closing = f"{ast.unparse(arguments)}):"
    rows = textwrap.wrap(closing, WIDTH - len(opening), break_long_words=False, break_on_hyphens=False)
    return [(" " * len(opening) if k else opening) + row for k, row in enumerate(rows)]


def find(lines: list[str], text: int | str, start: int) -> int:
    """The index of line number `text`, or of the first line from index `start` on that contains the text."""
    if isinstance(text, int):
        if not start < text <= len(lines):
            raise ValueError(f"expected a line's number from {start + 1} to {len(lines)}, got {text}")
        return text - 1
    for k in range(start, len(lines)):
        if text in lines[k]:
            return k
    raise ValueError(f"expected a line that contains {text!r}, but from line {start + 1} on there is none")


def name_of_file(thing: Any) -> str:
    """The path of its file in the repository: minigan/layers/dense.py."""
    file = Path(inspect.getsourcefile(thing)).resolve()
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
