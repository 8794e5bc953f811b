"""Source code of minigan, printed as it stands in its file."""

import inspect
import textwrap
from pathlib import Path
from typing import Any

import minigan

ROOT = Path(minigan.__file__).resolve().parent.parent


def show(thing: Any, first: int | str | None = None, last: int | str | None = None) -> None:
    """Print the source of a function, a method, a class or a module of minigan, below the name of its file.

    first, last: the lines to print, both included. Each is the number of a line of this source, counted from 1, or a
    text: the first line that contains it, where `last` is searched from `first` on. Default: all lines. A source
    without its first line gets its own name in the heading. Raises ValueError if there is no such line.
    """
    thing = getattr(thing, "py_func", thing)  # a function that numba compiles keeps the Python one here
    lines = textwrap.dedent(inspect.getsource(thing)).rstrip().split("\n")
    start = 0 if first is None else find(lines, first, 0)
    end = len(lines) if last is None else find(lines, last, start) + 1
    own = f", in {thing.__qualname__}" if start and hasattr(thing, "__qualname__") else ""
    print(f"# {name_of_file(thing)}{own}")
    print(textwrap.dedent("\n".join(lines[start:end])))


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
