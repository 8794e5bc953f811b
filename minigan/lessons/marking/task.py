"""A task of an exercise, and what is said of a wrong answer to it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

Student = ModuleType  # the student's file, loaded as a module


class Wrong(Exception):
    """An answer is wrong. question: leads on to the next thought; seen: the numbers or shapes that show it."""

    def __init__(self, question: str, seen: str = "") -> None:
        super().__init__(question)
        self.question, self.seen = question, seen


@dataclass(frozen=True)
class Task:
    """One thing to do.

    name: of the function or class to fill in. ask: what is asked, in one line. check: takes the student's file, and
    raises Wrong, or what the student's code raises. after: names of earlier tasks whose answers `check` uses, beside
    those that the student's function calls itself.
    """

    name: str
    ask: str
    check: Callable[[Student], None]
    after: tuple[str, ...] = ()
