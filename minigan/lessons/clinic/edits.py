"""A wrong copy of a right class or function: its text with some lines replaced, so that the mistake stands beside what
it should be.
"""

import ast
import inspect
import io
import linecache
import re
import tokenize
from collections.abc import Callable

Edits = dict[str, str]  # old text -> new text


def edited(text: str, edits: Edits) -> str:
    """The text with each old piece replaced by its new one, in order.

    A piece may go over several lines: each begins at the indentation of the line that the piece begins in, and what is
    indented further is so by as much as is written. Raises ValueError unless an old piece is there exactly once.
    """
    for old, new in edits.items():
        found = list(re.finditer(r"\n *".join(re.escape(line.strip()) for line in old.split("\n")), text))
        if len(found) != 1:
            raise ValueError(f"expected {old!r} once in the right code, found it {len(found)} times:\n{text}")
        line = text[text.rfind("\n", 0, found[0].start()) + 1 :]
        indent = " " * (len(line) - len(line.lstrip()))
        text = text[: found[0].start()] + new.replace("\n", f"\n{indent}") + text[found[0].end() :]
    return text


def wrong_copy(right: Callable, name: str, edits: Edits) -> tuple[Callable, str]:
    """-> an edited copy of a class or function under another name, and its text, without comments and docstrings.

    It lives in the module of the right one, and sees the same names.
    """
    text = edited(without_words(inspect.getsource(right)), edits)
    text = re.sub(rf"(?<!\.)\b{right.__name__}\b", name, text)
    space = dict(vars(inspect.getmodule(right)))
    linecache.cache[f"<{name}>"] = (len(text), None, text.splitlines(keepends=True), f"<{name}>")  # for tracebacks
    exec(compile(text, f"<{name}>", "exec"), space)
    return space[name], text


def without_words(text: str) -> str:
    """The code without comments and docstrings."""
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() or None
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) and len(node.body) > 1:
            first, second = node.body[:2]
            after = min(part.lineno for part in [second, *getattr(second, "decorator_list", [])])
            lines[first.lineno - 1 : after - 1] = [None] * (after - first.lineno)
    return "\n".join(line for line in lines if line is not None)
