"""The library's own lines, printed as they stand in its files."""

import inspect
import textwrap
from pathlib import Path

import minigan

ROOT = Path(minigan.__file__).resolve().parent.parent


def show(thing, first=None, last=None):
    """Print the source of a function, a method, a class or a module of minigan, under the name of its file, and under
    its own where the line that says it is not printed.

    first, last: of the lines to print, both included; each a line's number in this source, counted from 1, or a text
    that it contains (the first line that does, `last` from `first` on). Raises ValueError if there is no such line.
    """
    thing = getattr(thing, "py_func", thing)  # a function that numba compiles keeps the Python one here
    lines = textwrap.dedent(inspect.getsource(thing)).rstrip().split("\n")
    start = 0 if first is None else find(lines, first, 0)
    end = len(lines) if last is None else find(lines, last, start) + 1
    own = f", in {thing.__qualname__}" if start and hasattr(thing, "__qualname__") else ""
    print(f"# {name_of_file(thing)}{own}")
    print(textwrap.dedent("\n".join(lines[start:end])))


def find(lines, text, start):
    """The place, from 0, of line number `text`, or of the first line from `start` on that contains the text."""
    if isinstance(text, int):
        if not start < text <= len(lines):
            raise ValueError(f"expected a line's number from {start + 1} to {len(lines)}, got {text}")
        return text - 1
    for k in range(start, len(lines)):
        if text in lines[k]:
            return k
    raise ValueError(f"expected a line that contains {text!r}, and there is none from line {start + 1} on")


def name_of_file(thing):
    """The file's path as a reader finds it in the repository: minigan/layers/dense.py."""
    file = Path(inspect.getsourcefile(thing)).resolve()
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
