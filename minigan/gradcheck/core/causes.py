"""What a cause is: one object with its name, what it means, the hint, and the question that leads a student on.

Each kind of check has a table of its causes: here are those that all kinds share, `layers/causes.py` has those of
layers, and so on. `minigan.gradcheck.glossary` puts them together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, eq=False)
class Cause:
    """One kind of mistake. It equals its name: `finding.cause == "sign"`.

    name: a short stable code; tests may look for it. meaning: one sentence. hint: what to do; facts about the case at
    hand fill its {fields}, and a check that knows more gives a hint of its own. question: where to look next; "" for
    that of a cause of the same name in another table (see `Causes`).
    """

    name: str
    meaning: str
    hint: str
    question: str = ""

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return self.name == str(other)

    def __hash__(self) -> int:
        return hash(self.name)


class Causes(dict[str, Cause]):
    """A table name -> Cause."""

    def __init__(self, *causes: Cause, base: Iterable[Cause] = (), like: Mapping[str, Cause] | None = None) -> None:
        """base: causes of another table, which this one adds to and may replace. like: the causes whose questions are
        asked where one of the same name has none."""
        asked = [cause if cause.question else replace(cause, question=like[cause.name].question) for cause in causes]
        super().__init__({cause.name: cause for cause in (*base, *asked)})

    def because(self, name: str, /, evidence: str = "", hint: str = "", **facts: Any) -> dict:
        """The part of a Finding that says why: its cause, hint and evidence, as keyword arguments.

        evidence: what shows it, a number or a line of code. hint: in place of the cause's own, which facts fill in.
        """
        cause = self[name]
        return {"cause": cause, "hint": hint or cause.hint.format(**facts), "evidence": evidence}


# fmt: off
SHARED = Causes(
    Cause("signature", "The method is missing, or takes other arguments than the contract says.",
          "write it as {wanted}", "which arguments should this method take, and in which order?"),
    Cause("returns", "The method returns something else than the contract says.", "",
          "what should it return, and in which order?"),
    Cause("raises", "The layer's own code raised an exception.", "",
          "which line raised that, and what were the shapes there?"),
    Cause("params", "`params` must be a dict of arrays of floats, and is not.", "",
          "is that a dict of arrays of floats?"),
    Cause("keys", "The gradients do not have the names of the parameters.",
          "return {{key: gradient}} with the keys of self.params, each of them, and no other",
          "are the gradients under the same names as the parameters?"),
    Cause("shape", "A gradient or an output has the wrong shape.", "",
          "which shape must a gradient have, compared with what it is the gradient of?"),
    Cause("dtype", "Something is cast to another number format on the way.",
          "nothing on the way may cast; make new arrays with np.zeros(shape, x.dtype) or np.empty_like(x)",
          "where are the numbers cast to another format?"),
    Cause("nan", "Numbers are NaN or infinite.", "",
          "where can your formula divide by zero, overflow, or take the root or log of less than 0?"),
    Cause("random", "Two forward passes over the same input differ: random numbers come from somewhere unseen.",
          "draw random numbers from a Generator that the layer keeps, self.rng, made once in __init__",
          "two calls on the same input differ: where do the random numbers come from?"),
    Cause("input-changed", "The input was changed in place.",
          "write into a new array: y = np.where(...) or y = x.copy(), not x[...] = ..., x += ...",
          "which line writes into an array that it was only lent?"),
    Cause("not-checked", "Most entries have no derivative that differences can see.", "",
          "most entries lie where there is no derivative: which values does your forward round, or cut off?"),
)
# fmt: on
