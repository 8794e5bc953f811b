"""A task of an exercise, and what is said of an answer to it."""

from collections.abc import Callable
from dataclasses import dataclass


class Wrong(Exception):
    """An answer is wrong: a question that leads on, and what was seen (numbers, shapes) as a line of its own."""

    def __init__(self, question, seen=""):
        super().__init__(question)
        self.question, self.seen = question, seen


@dataclass(frozen=True)
class Task:
    """One thing to do. name: of the function or class to fill in. ask: what is asked, in a line. check: gets the
    student's file as a module, returns nothing, and raises Wrong, or whatever the student's code raises. after: names
    of earlier tasks whose answers the check makes use of; those that the function itself calls are found without."""

    name: str
    ask: str
    check: Callable
    after: tuple = ()
