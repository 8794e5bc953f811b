"""A zoo of wrong gradients: each classic mistake as a small layer, loss, optimizer or game, with the cause that the
checker should name. The tests hold the checker against it, and `minigan gradcheck --quiz` hands one out to a class.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One wrong piece of code.

    name: short and unique ("conv2d-fold-overwrites"). kind: "layer", "loss", "optimizer", "game" or "double-backward".
    cause: the code that a Finding of its Report should carry. mistake: what is wrong, in one sentence (the quiz's
    answer). subject: the class or function with the mistake in it. check: function () -> Report, the check that fits.
    """

    name: str
    kind: str
    cause: str
    mistake: str
    subject: Callable
    check: Callable

    @property
    def source(self):
        """The subject's code as text, without what registers it here."""
        lines = inspect.getsource(self.subject).split("\n")
        first = next(i for i, line in enumerate(lines) if line.startswith(("class ", "def ")))
        return "\n".join(lines[first:]).rstrip() + "\n"


MUTANTS = {}


def mutant(name, *, kind, cause, mistake, check):
    """Decorator: put a class or function into the zoo. check: function (subject) -> Report."""

    def register(subject):
        if name in MUTANTS:
            raise ValueError(f"two mutants are called {name!r}")
        MUTANTS[name] = Mutant(name, kind, cause, mistake, subject, lambda: check(subject))
        return subject

    return register


def load():
    """Import every file of the zoo -> MUTANTS, name -> Mutant, whole. (Not before: `import minigan` must stay fast.)"""
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        importlib.import_module(module.name)
    return MUTANTS


def table(mutants=None):
    """Check all mutants (or those given) -> text: name, verdict, the cause it should get, the causes it got."""
    mutants = list(load().values()) if mutants is None else list(mutants)
    rows, found, named = [("mutant", "verdict", "cause", "named")], 0, 0
    for m in mutants:
        report = m.check()
        causes = list(dict.fromkeys(str(finding.cause) for finding in report.findings))
        found += report.verdict == "WRONG"
        named += causes[:1] == [m.cause]
        rows.append((m.name, report.verdict, m.cause, ", ".join(causes)))
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row[:3], widths, strict=True)), row[3]]) for row in rows]
    return "\n".join([*lines, f"{found} of {len(mutants)} found, {named} with the right cause first"])
