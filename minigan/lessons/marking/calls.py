"""Which functions of a student's file call which: one that calls a wrong one can only wait for it."""

from collections.abc import Iterator
from types import CodeType
from typing import Any

from minigan.lessons.marking.task import Student


def called(name: str, student: Student) -> set[str]:
    """All names that the function or class `name` of the file looks up, and those that these look up, and so on."""
    found, left = set(), [name]
    while left:
        for code in codes_of(getattr(student, left.pop(), None), student):
            new = set(code.co_names) - found
            found |= new
            left += new
    return found


def codes_of(thing: Any, student: Student) -> Iterator[CodeType]:
    """The code of a function, or of all methods of a class and of what it inherits from, written in the file."""
    for part in thing.__mro__ if isinstance(thing, type) else [thing]:
        if getattr(part, "__module__", None) != student.__name__:
            continue
        for function in vars(part).values() if isinstance(part, type) else [part]:
            code = getattr(getattr(function, "__func__", function), "__code__", None)  # __func__: of a static method
            if code is not None:
                yield from nested(code)


def nested(code: CodeType) -> Iterator[CodeType]:
    """A piece of code, and those inside it: of lambdas, comprehensions and inner functions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)
