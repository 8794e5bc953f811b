"""A broken piece of code for the class to diagnose: its source as a file, and what the checker sees, but not what it
concludes. The number on the sheet is all that is needed to mark the answer.
"""

import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from minigan.files import replacing
from minigan.gradcheck.core.arguments import did_you_mean
from minigan.gradcheck.core.report import Finding, Report
from minigan.gradcheck.glossary import glossary
from minigan.lessons.clinic import zoo
from minigan.lessons.clinic.sheet import as_sheet

CHECKED_FROM_FILE = ("layer", "loss", "optimizer")  # kinds that `minigan gradcheck FILE` knows


def mutants() -> list[zoo.Mutant]:
    """All of the zoo, in the order of their numbers: shuffled, so that a number tells nothing, but always alike."""
    return sorted(zoo.load().values(), key=lambda mutant: zlib.crc32(mutant.name.encode()))


def drawn(kind: str | None = None, seed: int | None = None) -> int:
    """The number of a random mutant, of this kind alone if one is given. Raises ValueError for an unknown kind."""
    found = mutants()
    kinds = sorted({mutant.kind for mutant in found})
    numbers = [k for k, mutant in enumerate(found, start=1) if kind in (None, mutant.kind)]
    if not numbers:
        raise ValueError(f"--kind expected one of {', '.join(kinds) or 'nothing: the zoo is empty'}, got {kind!r}")
    return int(np.random.default_rng(seed).choice(numbers))


def numbered(number: int) -> zoo.Mutant:
    """The mutant of this number. Raises ValueError if there is none."""
    found = mutants()
    if not 1 <= number <= len(found):
        raise ValueError(f"--quiz expected a number from 1 to {len(found)}, got {number}")
    return found[number - 1]


def puzzle(number: int) -> Report:
    """What the checker says of it, without the words that give the mistake away -> Report."""
    return masked(numbered(number).check(), f"quiz {number}")


def handed_out(number: int, out: str | None = None) -> tuple[str, str]:
    """Write the code to the file `out`, unless that is there already; without `out` the code stands in what is said
    -> the lines above the report and the lines below it."""
    mutant, total = numbered(number), len(mutants())
    sheet = as_sheet(mutant.subject, f"quiz{number}", mutant.source)
    above = f"Quiz {number} of {total}: there is one mistake in this {mutant.kind}. "
    above += f"The code is in {written(out, sheet)}." if out else f"The code:\n\n{sheet.rstrip()}"
    below = ["What is wrong? The answer is one of these codes:"]
    choice, known = choices(number), codes(mutant.kind)
    width = max(map(len, choice)) + 2
    below += [f"  {code:<{width}}{known[code]}".rstrip() for code in choice]
    below += ["", f"minigan gradcheck --quiz {number} --answer CODE", f"minigan gradcheck --quiz {number} --reveal"]
    if mutant.kind in CHECKED_FROM_FILE:
        file = out or f"quiz-{number}.py"
        first = "" if out else f"minigan gradcheck --quiz {number} --out {file}    puts the code into a file\n"
        below.append(f"{first}minigan gradcheck {file}::Quiz{number}    after you have mended it")
    return above, "\n".join(below)


def written(out: str, sheet: str) -> str:
    """Write the sheet to the file `out`, unless that is there already -> what to call it."""
    if Path(out).exists():
        return f"{out}, which was there already and is left as it is"
    with replacing(out) as file:
        file.write(sheet.encode())
    return out


def codes(kind: str) -> dict[str, str]:
    """The codes that answers for this kind can be, with their sentences where there are any."""
    known = {name: cause.meaning for name, cause in glossary(kind).items()}
    return {cause: known.get(cause, "") for cause in sorted({m.cause for m in mutants() if m.kind == kind})}


def choices(number: int) -> list[str]:
    """The right code among others, nine at most; the same for the same number."""
    mutant = numbered(number)
    others = [code for code in codes(mutant.kind) if code != mutant.cause]
    some = np.random.default_rng(number).permutation(others)[:8].tolist()
    return sorted([mutant.cause, *some])


def masked(report: Report, name: str) -> Report:
    """The report as a puzzle: places and numbers, but no words that give the mistake away."""
    findings = []
    for finding in report.findings:
        wrong = f"relative error {finding.max_rel_error:.1e}" if finding.worst else "not as it should be"
        arrays = {"analytic": finding.analytic, "numeric": finding.numeric}
        findings.append(Finding(finding.where, wrong, finding.max_rel_error, finding.worst, **arrays))
    return replace(report, name=name, findings=findings, notes=[])


def marked(number: int, answer: str) -> tuple[bool, str]:
    """-> whether the answer is right, and what to say. Raises ValueError for a code that there is not."""
    mutant = numbered(number)
    known = codes(mutant.kind)
    if answer not in known:
        hint = did_you_mean(answer, known) or f"minigan gradcheck --quiz {number} lists them"
        raise ValueError(f"--answer expected the code of a mistake, got {answer!r}; {hint}")
    if answer == mutant.cause:
        return True, f"Right: {mutant.mistake}.\nWhich line is it, and how must it be?"
    return False, f"No, it is not {answer!r}. {next_question(mutant.check())}"


def next_question(report: Report) -> str:
    """A question that leads on, from what the numbers show and not from the answer."""
    for finding in report.findings:
        ratios = np.array([said / right for _, said, right in finding.worst if right])
        if len(ratios) > 1 and np.isfinite(ratios).all() and np.ptp(ratios) < 1e-4 * np.abs(ratios).max():
            return (f"For {finding.where}, divide what backward says by what differences say, entry by entry: is it "
                    "always the same number? What in the layer is as large?")  # fmt: skip
        if finding.worst:
            return (f"For {finding.where}, where are the worst entries: in one row, at a border, in one sample, "
                    "everywhere? Which gradients are right, and what is different about them?")  # fmt: skip
    return "No number is wrong by itself. What does the code change, keep or forget besides what it returns?"


def revealed(number: int) -> str:
    """The mistake in words, and the whole report."""
    mutant = numbered(number)
    sentence = codes(mutant.kind)[mutant.cause]
    return f"{mutant.mistake[0].upper()}{mutant.mistake[1:]}.\n  {mutant.cause}: {sentence}\n\n{mutant.check()}"
