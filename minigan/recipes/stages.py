"""The stages of a training that grows, as they are written: "4:400,8:800,16:800,32:1000", "4:10%,8:20%,16:30%,32:40%".

    SIZE          of the images in this stage, height and width
    :STEPS, :N%   how long it takes: so many steps, or so much of all steps; left out, equal parts

Nothing heavy is imported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from minigan.recipes.rules import Option

LEAST = 4  # pixels; any smaller map has no place for a convolution
FORM = "SIZE:STEPS with commas between, such as 4:400,8:800,16:800,32:1000, or one size, such as 32"


class Stage(NamedTuple):
    """One stage as it is written. amount: steps, or with `percent` a share of all steps; None: an equal part."""

    size: int
    amount: float | None
    percent: bool


class Phase(NamedTuple):
    """A part of the training with the same networks: a stage has two of them where its new layers fade in.

    start: the step before which it begins. size: of the images. fade: steps in which the new layers fade in, or 0; the
    next phase, of the same networks without the old branch, begins after them, or before the last of them where the
    stage ends with it. last: whether it is the last of its size.
    """

    start: int
    size: int
    fade: int
    last: bool


def parse(text: str) -> list[Stage]:
    """The stages of a text. Raises ValueError for a text that is none."""
    return [stage_of(part.strip(), text) for part in text.split(",")] if text else []


def stage_of(part: str, text: str) -> Stage:
    """One stage; `text` is the whole, for the message."""
    size, colon, amount = part.partition(":")
    percent = amount.endswith("%")
    try:
        value = (float(amount[:-1]) if percent else int(amount)) if colon else None
        return Stage(int(size), value, percent)
    except ValueError:
        raise ValueError(f"--stages expected {FORM}, got {text!r}") from None


def written(stages: Sequence[tuple]) -> str:
    """The pairs (share of the steps at which it begins, size) of a Preset as text: ((0, 8), (0.5, 16)) is
    "8:50%,16:50%"."""
    if not stages:
        return ""
    ends = [start for start, _ in stages[1:]] + [1]
    return ",".join(f"{size}:{100 * (end - start):.12g}%" for (start, size), end in zip(stages, ends, strict=True))


def doubling_to(size: int | str) -> str:
    """The sizes from the smallest to this one, in equal parts: "4,8,16" of 16. Raises ValueError for a size that none
    of them is."""
    sizes = [LEAST]
    while isinstance(size, int) and sizes[-1] < size:
        sizes.append(2 * sizes[-1])
    if sizes[-1] != size:
        raise ValueError(f"--image-size must be 4, 8, 16, 32, ... for networks that grow: sizes double; got {size}; "
                         f"try {sizes[-1] if len(sizes) > 1 else 32}")  # fmt: skip
    return ",".join(map(str, sizes))


def steps_asked(stages: Sequence[Stage]) -> int | None:
    """How many steps the stages take together, if they say so."""
    if not stages or any(stage.amount is None or stage.percent for stage in stages):
        return None
    return sum(int(stage.amount) for stage in stages)


def phases(stages: Sequence[Stage], steps: int, fade: float) -> list[Phase]:
    """The Phases of a training of so many steps. fade: the share of each stage but the first that fades in.

    In the last step of a fade alpha is 1, and the old branch counts for nothing. Where a fade fills its stage, that
    step is a phase of its own: each size ends with the new layers alone, and another run can begin with them.
    Raises ValueError where a stage has no step."""
    found = []
    ends = ends_of(stages, steps)
    for i, (stage, start, end) in enumerate(zip(stages, [0, *ends], ends, strict=False)):
        if end <= start:
            raise ValueError(f"--stages gives size {stage.size} no step of {steps}; give it more, or raise --steps")
        length = max(1, round(fade * (end - start))) if i and fade else 0
        alone = min(start + length, end - 1)
        if start < alone:
            found.append(Phase(start, stage.size, length, False))
        found.append(Phase(alone, stage.size, 0, True))
    return found


def ends_of(stages: Sequence[Stage], steps: int) -> list[int]:
    """After how many steps each stage ends."""
    if steps_asked(stages) is not None:
        shares = [stage.amount for stage in stages]
        return [int(sum(shares[: i + 1])) for i in range(len(shares))]
    percents = [stage.amount if stage.percent else 100 / len(stages) for stage in stages]
    return [round(sum(percents[: i + 1]) / 100 * steps) for i in range(len(percents) - 1)] + [steps]


def check_doubling(stages: Sequence[Stage], steps: int | None) -> None:
    """Raise ValueError for stages that networks which double cannot have, or whose steps are not `steps`."""
    text = ",".join(str(stage.size) for stage in stages)
    first, kinds = stages[0].size, {(stage.amount is None, stage.percent) for stage in stages}
    if first < LEAST or first & (first - 1):
        raise ValueError(f"--stages begins with one of the sizes 4, 8, 16, 32, ..., got {first}")
    for one, two in zip(stages, stages[1:], strict=False):
        if two.size != 2 * one.size:
            raise ValueError(f"--stages doubles the size each time, got {text}; after {one.size} comes {2 * one.size}")
    if len(kinds) > 1:
        raise ValueError("--stages expected steps for all sizes, or percents for all, or for none; got some of each")
    if any(stage.amount is not None and not stage.amount > 0 for stage in stages):
        raise ValueError("--stages gives each size at least 1 step; leave a size out to begin with a larger one")
    if stages[0].percent and abs(sum(stage.amount for stage in stages) - 100) > 0.01:
        total = sum(stage.amount for stage in stages)
        raise ValueError(f"--stages in percents are 100% together, got {total:g}%")
    asked = steps_asked(stages)
    if asked is not None and steps is not None and steps != asked:
        raise ValueError(f"--stages has {asked:,} steps in all, and --steps says {steps:,}; leave --steps out, or give "
                         "percents, such as 4:10%,8:20%,16:30%,32:40%")  # fmt: skip


@dataclass(frozen=True)
class Stages(Option):
    """An option whose value is stages. Settings keep the text; a Preset's pairs become one (`written`)."""

    def tidy(self, value: Any) -> str:
        if isinstance(value, str | int):
            text = str(value).replace(" ", "")
            return "" if text == "none" else text
        return written(value)

    def check(self, value: str) -> None:
        parse(value)

    def said(self, value: str) -> str:
        return self.flag
