"""What a check found, as data and as text."""

import functools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from minigan.gradcheck.core.causes import Cause
from minigan.gradcheck.core.numeric import RESOLVED, Numeric, relative_error

TRAINING, EVALUATION = " in training mode", " in evaluation mode"


def undone(factor: float) -> str:
    """What makes the right one of `factor` times it, in words: "divided by 2", or "multiplied by 48" for 1/48."""
    whole = round(1 / factor)
    if abs(factor) < 1 and abs(whole * factor - 1) < 1e-4:
        return f"multiplied by {whole}"
    return f"divided by {factor:.6g}"


@dataclass
class Finding:
    """One thing that is wrong, or could not be checked."""

    where: str  # "dx", a parameter's name, "x", "dy", "forward", "backward", ...
    message: str
    max_rel_error: float = float("nan")
    worst: list = field(default_factory=list)  # (index, analytic, numeric), the worst first
    cause: Cause | None = None  # None where nothing explains it
    hint: str = ""  # what to do, in plain words
    evidence: str = ""  # what shows it: a number, a line of the layer's code
    analytic: object = field(default=None, repr=False, compare=False)  # the wrong array as backward returned it
    numeric: object = field(default=None, repr=False, compare=False)  # what differences say of it; NaN where unknown

    def explain(self, why: dict) -> None:
        """Take over a cause, its hint and evidence, those of them that are in `why`."""
        for name, value in why.items():
            setattr(self, name, value)

    def lines(self) -> Iterator[str]:
        """The finding as lines of text."""
        yield f"  {self.where}: {self.message}"
        yield from (f"    at {i}: backward says {a:+.6e}, differences say {n:+.6e}" for i, a, n in self.worst)
        if self.evidence:
            yield f"    evidence: {self.evidence}"
        if self.hint:
            yield f"    hint: {self.hint}"


@dataclass
class Report:
    """The outcome of a check: `ok`, the findings, the largest relative error of each gradient, what was left out."""

    name: str
    findings: list = field(default_factory=list)
    errors: dict = field(default_factory=dict)  # where -> largest relative error among the entries checked
    checked: int = 0
    kinks: int = 0  # entries left out because the function has no derivative there, or none that differences can see
    seconds: float = 0.0
    sampled: dict = field(default_factory=dict)  # where -> (entries checked one by one, entries there are)
    notes: list = field(default_factory=list)  # what is no mistake, but good to know: what the input may hide
    bounds: dict = field(default_factory=dict)  # where -> what it is at most, as differences are inexact

    @property
    def ok(self) -> bool:
        """Whether everything was checked and nothing is wrong."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """ "ok", "WRONG", or "NOT CHECKED" if nothing is known to be wrong but something could not be checked."""
        if self.ok:
            return "ok"
        return "NOT CHECKED" if all(finding.cause == "not-checked" for finding in self.findings) else "WRONG"

    def add(self, finding: Finding, mode: str = "") -> None:
        """Note a finding; the same one in a second mode (" in evaluation mode") is added to the first. What holds in
        training and in evaluation holds always, and is said so."""
        for old in self.findings:
            if mode and old.where == finding.where and old.cause == finding.cause:
                if mode == EVALUATION and old.message.endswith(TRAINING):
                    old.message = old.message.removesuffix(TRAINING)
                elif not old.message.endswith(mode) and mode not in (TRAINING, EVALUATION):
                    old.message += f" and{mode}"
                return
        finding.message += mode
        self.findings.append(finding)

    def compare(self, where: str, said: np.ndarray, numeric: Numeric) -> np.ndarray:
        """Compare what backward says of some entries with a Numeric of them, and note it -> their relative errors."""
        # Where a difference is not exact enough to call an entry right, it may still show that it is wrong.
        uncertain = np.where(numeric.smooth, 4 * numeric.error, 10 * numeric.error)
        error = relative_error(said, numeric.gradient, noise=0.0, floor=1e-6, uncertain=uncertain)
        error = np.where(np.isfinite(error), error, np.inf)
        most = relative_error(said, numeric.gradient, noise=0.0, uncertain=-numeric.error)
        self.checked += int(numeric.smooth.sum())
        self.kinks += int((~numeric.smooth).sum())
        self.note_error(where, float(error.max(initial=0.0)), float(most[numeric.smooth].max(initial=0.0)))
        return error

    def note_error(self, where: str, error: float, bound: float = 0.0) -> None:
        """error: what is wrong for sure; bound: what may be wrong at most. The largest of both modes are kept."""
        self.errors[where] = max(error, self.errors.get(where, 0.0))
        self.bounds[where] = max(bound, self.bounds.get(where, 0.0))

    def error(self, where: str | None = None) -> str:
        """The largest relative error of one gradient, or of all, as text. Where differences are not exact enough to see
        any, it is below a bound: "< 2e-09". No gradient, no text."""
        names = [name for name in self.errors if where in (None, name)]
        known = [name for name in names if self.bounds.get(name, 0.0) <= RESOLVED or self.errors[name] > 0]
        if names and not known:
            return "none to be seen: the gradient is lost in rounding"
        error = max((self.errors[name] for name in known), default=0.0)
        bound = max((self.bounds.get(name, 0.0) for name in known), default=0.0)
        if error > 0.5 * bound:
            return f"{error:.1e}"
        return f"< {rounded_up(bound):.0e}" if bound else "0" if names else ""

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.verdict} ({self.checked} derivatives, {self.seconds:.2f} s)"]
        width = max([12, *map(len, self.errors)])
        for where in self.errors:
            lines.append(f"  {where:<{width}} largest relative error {self.error(where)}")
            if where in self.sampled:
                taken, size = self.sampled[where]
                lines[-1] += f" ({taken} of {size:,} entries one by one, all together along random directions)"
        if self.kinks:
            lines.append(f"  {self.kinks} entries lie on a kink, or are lost in rounding, and were left out")
        lines += [f"  note: {note}" for note in self.notes]
        for finding in self.findings:
            lines += finding.lines()
        return "\n".join(lines)

    def _repr_html_(self):
        """The report in a notebook: tables, and heat maps of what is wrong."""
        from minigan.gradcheck.show.markup import as_html  # here, since matplotlib and HTML are for notebooks alone

        return as_html(self)


def timed(check: Callable[..., Report]) -> Callable[..., Report]:
    """Decorator of a check: its Report tells how many seconds it took."""

    @functools.wraps(check)
    def run(*args, **options):
        started = time.perf_counter()
        report = check(*args, **options)
        report.seconds = time.perf_counter() - started
        return report

    return run


def rounded_up(value: float) -> float:
    """To one digit."""
    unit = 10.0 ** math.floor(math.log10(value))
    return math.ceil(value / unit) * unit
