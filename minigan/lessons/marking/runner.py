"""A student's file marked: each task of the exercise in turn, whatever the file does."""

import contextlib
import importlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from minigan.gradcheck.core.arguments import place
from minigan.gradcheck.files.student import loaded
from minigan.lessons.marking.calls import called
from minigan.lessons.marking.task import Student, Task, Wrong

DONE, WRONG, OPEN, WAITS = "done", "wrong", "not yet", "waits"


@dataclass(frozen=True)
class Mark:
    """The result of one task. hint: a question, or what is still to do, or what it waits for; seen: what shows it."""

    task: Task
    verdict: str
    hint: str = ""
    seen: str = ""


def marking_of(number: int) -> ModuleType:
    """The marking module of exercise `number` (1 is ex01). Raises ValueError if there is none."""
    try:
        return importlib.import_module(f"minigan.lessons.marking.ex{number:02}")
    except ModuleNotFoundError:
        raise ValueError(f"there is no marking for exercise {number:02}") from None


def marks(path: str | Path, tasks: Sequence[Task]) -> Iterator[Mark]:
    """Run the file at `path` and mark it -> Marks, one by one, as they come. Raises ValueError if it does not run."""
    wrong = []
    with loaded(path) as student:
        for task in tasks:
            mark = marked(task, student, path)
            if mark.verdict == WRONG:
                mark = waiting(mark, wrong, student)
                wrong += [task.name] if mark.verdict == WRONG else []
            yield mark


def waiting(mark: Mark, wrong: list[str], student: Student) -> Mark:
    """A wrong answer that uses another wrong one, from an earlier task, waits for that: its numbers say nothing yet."""
    needed = called(mark.task.name, student) | set(mark.task.after)
    for name in wrong:
        if name in needed:
            return Mark(mark.task, WAITS, f"for {name}, which it makes use of")
    return mark


def marked(task: Task, student: Student, path: str | Path) -> Mark:
    """One task -> a Mark. Whatever the student's code raises becomes a Mark; only Ctrl-C goes on, and tells where."""
    try:
        task.check(student)
    except NotImplementedError:
        return Mark(task, OPEN, task.ask)
    except Wrong as wrong:
        return Mark(task, WRONG, wrong.question, wrong.seen)
    except (Exception, SystemExit) as error:
        return Mark(task, WRONG, *about(error, student, path))
    except KeyboardInterrupt as stop:  # a loop that does not end, perhaps
        raise KeyboardInterrupt(f"in {task.name}{place(stop, path)}") from None
    return Mark(task, DONE)


def about(error: BaseException, student: Student, path: str | Path) -> tuple[str, str]:
    """What to ask about an exception, and what was seen."""
    if isinstance(error, AttributeError) and error.obj is student:
        return f"is {error.name} still in the file, under that name?", f"there is no {error.name} in {path}"
    seen, where = f"{type(error).__name__}: {error}", place(error, path)
    if not where:
        return "what does your function return, and what was asked for?", seen
    return asked_of(error), f"{seen}{where}"


def asked_of(error: BaseException) -> str:
    """The question about an exception that the file raised."""
    if isinstance(error, NameError):
        return f"where is {error.name} defined, or imported?"
    if isinstance(error, TypeError) and "argument" in str(error):
        return "which arguments does it take, and which does this line give it?"
    if "to unpack" in str(error):
        return "how many things are there to unpack, and which line put them together?"
    if isinstance(error, np.linalg.LinAlgError):
        return "which matrices does this take, and may yours be singular?"
    if "read-only" in str(error):
        return "whose array does this line write into: your own, or one that it was only lent?"
    return "what are the shapes and the types of all that this line combines?"


def progress_of(path: str | Path, tasks: Sequence[Task]) -> tuple[bool, str]:
    """All marks of a file in a few words -> whether all is done, the words. What the file prints is not shown."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = list(marks(path, tasks))
        except ValueError as error:
            return False, f"does not run: {error}"
    return all(mark.verdict == DONE for mark in found), summary(found)


def summary(marks: Sequence[Mark]) -> str:
    """How many are done, and the first that is not: "2 of 5 done; next: conv_backward"."""
    text = f"{sum(mark.verdict == DONE for mark in marks)} of {len(marks)} done"
    left = [mark.task.name for mark in marks if mark.verdict != DONE]
    return f"{text}; next: {left[0]}" if left else text
