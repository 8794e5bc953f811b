"""Turns the words of a command line into values, and values into a layer. An error is one sentence."""

import ast
import difflib
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from math import prod
from typing import Any

import numpy as np

MOST_ENTRIES = 10**7  # of an input; a check holds a few copies of it


def parse_kwargs(text: str) -> dict:
    """'stride=2 padding=valid kernel=(3, 2)' -> {"stride": 2, "padding": "valid", "kernel": (3, 2)}.

    Values are Python literals; a bare word is a string. Raises ValueError for anything else.
    """
    starts = list(re.finditer(r"(?:^|[\s,])(\w+)\s*=(?!=)", text))
    if not text.strip():
        return {}
    if not starts or text[: starts[0].start()].strip():
        raise ValueError(f"--kwargs expected name=value pairs such as 'stride=2 padding=valid', got {text!r}")
    ends = [start.start() for start in starts[1:]] + [len(text)]
    values = (text[start.end() : end].strip(" ,\t") for start, end in zip(starts, ends, strict=True))
    return {start[1]: literal(start[1], value) for start, value in zip(starts, values, strict=True)}


def literal(name: str, text: str) -> Any:
    """A number, a tuple, a quoted string, True, None ...; or a bare word as a string."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    if re.fullmatch(r"[^\W\d][\w.-]*", text):
        return {"true": True, "false": False}.get(text, text)
    raise ValueError(f"--kwargs expected a number, a word or a tuple for {name}, got {text!r}; "
                     "for example kernel=(3,2)")  # fmt: skip


def parse_shape(text: str) -> tuple[int, ...]:
    """'3,7,6,2' -> (3, 7, 6, 2). Raises ValueError for anything but positive whole numbers, or far too many entries."""
    sizes = [part for part in re.split(r"[\s,x()]+", text) if part]
    if not sizes or not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise ValueError(f"--input expected the sizes of x, batch first, such as 3,7,6,2, got {text!r}")
    shape = tuple(int(size) for size in sizes)
    if prod(shape) > MOST_ENTRIES:
        raise ValueError(f"--input {text} makes {prod(shape):,} entries; a small input such as 3,7,6,2 shows as much")
    return shape


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """ "did you mean stride?" for the known word that is nearest; "" if none is as near as `cutoff`, from 0 to 1."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return f"did you mean {near[0]}?" if near else ""


def needed(make: Callable) -> list[str]:
    """The names of the arguments without a default."""
    plain = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return [p.name for p in arguments(make).values() if p.kind in plain and p.default is Parameter.empty]


def arguments(make: Callable) -> Mapping[str, Parameter]:
    try:
        return signature(make).parameters
    except (TypeError, ValueError):  # a class whose making is written in C, or not to be made at all
        return {}


def made(make: Callable, kwargs: dict, rng: np.random.Generator | None = None) -> Any:
    """make(**kwargs), with `rng` where it takes one. Raises ValueError where that cannot be, and says why."""
    known, kwargs = arguments(make), dict(kwargs)
    positional = [kwargs.pop(p.name) for p in known.values() if p.kind is p.VAR_POSITIONAL and p.name in kwargs]
    if "rng" in known and rng is not None:
        kwargs.setdefault("rng", rng)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in known.values())
    for name in kwargs:
        if name not in known and not open_ended:
            hint = did_you_mean(name, known) or f"it takes {', '.join(known) or 'none'}"
            raise ValueError(f"{make.__name__} has no argument {name!r}; {hint}")
    missing = [name for name in needed(make) if name not in kwargs]
    if missing:
        example = " ".join(f"{name}=..." for name in missing)
        raise ValueError(f"{make.__name__} needs a value for {', '.join(missing)}; give it with --kwargs '{example}'")
    try:
        return make(*positional, **kwargs)
    except Exception as error:
        given = ", ".join(f"{name}={value!r}" for name, value in kwargs.items() if name != "rng")
        said = f"{type(error).__name__}: {error}" + (f"; {hint}" if (hint := missing_import(error)) else "")
        raise ValueError(f"{make.__name__}({given}) could not be made: {said}{place(error)}") from error


def place(error: BaseException, path: str | None = None) -> str:
    """Where an exception was raised, as " (my_layers.py, line 12: code)": the last line of the file `path` that it came
    through, or without `path` of any file but installed packages'; "" if there is none."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # without the one that caught it
    if path:
        frames = [frame for frame in frames if frame.filename == str(path)]
    else:
        frames = [frame for frame in frames if frame.line and "site-packages" not in frame.filename]
    return f" ({frames[-1].filename}, line {frames[-1].lineno}: {frames[-1].line})" if frames else ""


def missing_import(error: BaseException) -> str:
    """The line to write where a well-known name was not imported; "" for any other exception."""
    name = error.name if isinstance(error, NameError) else None
    line = {"np": "import numpy as np", "Layer": "from minigan.layers import Layer"}.get(name)
    return f"write `{line}` at the top of the file" if line else ""
