"""A zoo of wrong gradients: each classic mistake as a small layer, loss, optimizer or game, with the cause that the
checker should name. The tests check the checker with it, and `minigan gradcheck --quiz` hands one out to a class.

Most are a right class or function with one line replaced: `wrong(Dense, ..., {"x.T @ dy": "2 * x.T @ dy"})`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from minigan.gradcheck.core.report import Report
from minigan.gradcheck.layers.check import check_layer
from minigan.lessons.clinic.edits import Edits, wrong_copy
from minigan.tables import aligned


@dataclass(frozen=True)
class Mutant:
    """One wrong piece of code.

    name: short and unique ("conv2d-fold-overwrites"). kind: "layer", "loss", "optimizer", "game" or "double-backward".
    cause: the code that a Finding of its Report should carry. mistake: what is wrong, in one sentence (the quiz's
    answer). subject: the class or function with the mistake in it. source: its code, without what registers it here.
    check: function () -> Report, the check that fits.
    """

    name: str
    kind: str
    cause: str
    mistake: str
    subject: Callable
    source: str
    check: Callable[[], Report]


MUTANTS: dict[str, Mutant] = {}


def mutant(name: str, *, kind: str, cause: str, mistake: str, check: Callable) -> Callable:
    """Decorator: put a class or function into the zoo. check: function (subject) -> Report."""

    refuse_taken(name)

    def register(subject):
        lines = inspect.getsource(subject).split("\n")
        first = next(i for i, line in enumerate(lines) if line.startswith(("class ", "def ")))
        add(name, kind, cause, mistake, subject, "\n".join(lines[first:]), check)
        return subject

    return register


def add(name: str, kind: str, cause: str, mistake: str, subject: Callable, source: str, check: Callable) -> None:
    """Put something into the zoo. Raises ValueError if there is one of that name."""
    refuse_taken(name)
    MUTANTS[name] = Mutant(name, kind, cause, mistake, subject, source.rstrip() + "\n", lambda: check(subject))


def refuse_taken(name: str) -> None:
    """Raise ValueError if there is a mutant of that name."""
    if name in MUTANTS:
        raise ValueError(f"two mutants are called {name!r}")


def wrong(right: Callable, name: str, cause: str, mistake: str, edits: Edits, check: Callable, kind="layer") -> None:
    """Put a copy of a right class or function into the zoo, with pieces of its text replaced: see `edited`."""
    words = name.split("-")
    called = "".join(map(str.capitalize, words)) if inspect.isclass(right) else "_".join(words)
    subject, source = wrong_copy(right, called, edits)
    add(name, kind, cause, mistake, subject, source, check)


def checked(*args, shape: tuple, **options) -> Callable:
    """A check of a layer: made with these arguments, over a random input of this shape."""
    return lambda kind: check_layer(kind(*args, **options), input_shape=shape)


def load() -> dict[str, Mutant]:
    """Import every file of the zoo -> MUTANTS, name -> Mutant, whole. (Not before: `import minigan` must stay fast.)"""
    for module in pkgutil.iter_modules(__path__, __name__ + "."):
        importlib.import_module(module.name)
    return MUTANTS


def table(mutants: Iterable[Mutant] | None = None) -> str:
    """Check all mutants (or those given) -> text: name, verdict, the cause it should get, the causes it got."""
    mutants = list(load().values()) if mutants is None else list(mutants)
    rows, found, named = [("mutant", "verdict", "cause", "named")], 0, 0
    for m in mutants:
        report = m.check()
        causes = list(dict.fromkeys(str(finding.cause) for finding in report.findings))
        found += report.verdict == "WRONG"
        named += causes[:1] == [m.cause]
        rows.append((m.name, report.verdict, m.cause, ", ".join(causes)))
    return "\n".join([*aligned(rows, left=4), f"{found} of {len(mutants)} found, {named} with the right cause first"])
