"""The classes that declare an option of a training: its name, type, range, help, and what it conflicts with.

`minigan.recipes.options` has the declarations. Settings, flags, checks and the table in the README are made from them.
Nothing heavy is imported, so that `minigan train --help` is instant.
"""

import difflib
import importlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

LISTED = 100  # names that a refusal lists in full


class Conflict(NamedTuple):
    """Choices that do not go together.

    names: the options that it is about. Where a recipe brings one of them along, the refusal says what takes it out.
    found: function (settings) -> whether these settings have the conflict.
    text: the refusal. In it, {0} and {1} stand for the options in `names`, as flags, and s for the settings: {s.pac}.
    """

    names: tuple[str, ...]
    found: Callable[[Any], bool]
    text: str

    def says(self, settings: Any) -> str:
        """The refusal of these settings."""
        return self.text.format(*map(settings.said, self.names), s=settings)


def apart(one: str, two: str, why: str, but: tuple = ()) -> Conflict:
    """The Conflict of two options that cannot both be in use. but: values of the second that go with the first."""
    text = f"{{0}} does not go with {{1}}: {why}; leave one of the two out"
    return Conflict((one, two), lambda s: s.uses(one) and s.uses(two) and getattr(s, two) not in but, text)


def needs(one: str, two: str, text: str) -> Conflict:
    """The Conflict of an option that is in use without another one, which it needs."""
    return Conflict((one, two), lambda s: s.uses(one) and not s.uses(two), text)


def about(name: str, player: str, game: str) -> Conflict:
    """The Conflict of an option that is about a player with a game that has no such player. game: one that has."""
    text = f"{{0}} is about {player}, and --game {{s.game}} has {{s.playing}} only; leave it out, or use --game {game}"
    return Conflict((name, "game"), lambda s: s.uses(name) and player not in s.players, text)


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: of the field of Settings; the flag is --NAME, with dashes.
        help: one line for --help.
        type: of the value: int, float, str, or bool for a switch, --NAME and --no-NAME.
        group: the heading under which --help-all lists it.
        default: the value where the user, the recipe and the preset give none; it means "not in use". None: the preset,
            the optimizer or the data decide.
        alone: the value of a flag that is given without one; None: the flag needs a value.
        several: whether it may be given several times; the value is a tuple.
        range: as "[0, 1)" or "(0, inf)"; "" for any.
        choices: the names that it may have, as a tuple or as the place of a dict, "minigan.losses:LOSSES".
        metavar: what stands for the value in --help.
        first: whether --help shows it; the others are in --help-all.
        on_resume: whether it may change in the middle of a run.
        shapes: whether the arrays of the networks depend on it; `--from` another run keeps it, also with a new recipe.
        laid_out: whether it is a schedule over all steps; a run with one cannot change --steps when it is resumed.
        passed: whether it is handed to the loss, penalty, term, network or optimizer with an argument of this name.
        conflicts: the choices that it does not go with.
        player: the player that it is about, "D" or "E"; a game without this player refuses it. "": none, or G.
        plugin: the file that declared it; "" for minigan's own.
    """

    name: str
    help: str
    type: Callable = str
    group: str = "of plugins"
    default: Any = None
    alone: Any = None
    several: bool = False
    range: str = ""
    choices: tuple | str = ()
    metavar: str | None = None
    first: bool = False
    on_resume: bool = False
    shapes: bool = False
    laid_out: bool = False
    passed: bool = False
    conflicts: tuple[Conflict, ...] = ()
    player: str = ""
    plugin: str = ""

    @property
    def flag(self) -> str:
        return flag(self.name)

    def known(self) -> dict | tuple:
        """The names that it may have: a tuple, or a dict of what they stand for."""
        if not isinstance(self.choices, str):
            return self.choices
        module, _, table = self.choices.partition(":")
        return getattr(importlib.import_module(module), table)

    def tidy(self, value: Any) -> Any:
        """A value as Settings keep it: JSON has lists, Settings have tuples."""
        if not self.several:
            return value
        texts = (value,) if isinstance(value, str) else value
        return tuple(text for text in texts if text != "none")

    def check(self, value: Any) -> None:
        """Raise ValueError for a value out of range, or an unknown name."""
        if self.range and value is not None and not inside(value, self.range):
            raise ValueError(f"{self.flag} must be {range_in_words(self.range, self.type)}, got {value}")
        if self.choices and value is not None:
            self.check_names([value])

    def check_names(self, names: list, fix: str = "") -> None:
        """Raise ValueError for an unknown name, or one that is given twice."""
        for name in names:
            if name not in self.known():
                raise unknown(self.flag[2:], name, self.known())
            if names.count(name) > 1:
                raise ValueError(f"{self.flag} has {name} twice; {fix}")

    def uses(self, value: Any) -> bool:
        """Whether a value asks for something."""
        return value != self.default

    def said(self, value: Any) -> str:
        """The flag as a refusal names it: with the value if that is a name."""
        return f"{self.flag} {value}" if self.type is str else self.switched(value)

    def switched(self, value: Any) -> str:
        """The flag without a value: --no-NAME if it is False, else --NAME."""
        return flag(f"no_{self.name}") if value is False else self.flag

    @property
    def without(self) -> str:
        """What to write to go without it, such as "--clip 0"; "" for what is always there, such as a loss."""
        if self.default is None:
            return ""
        if self.type is bool:
            return self.switched(self.default)
        off = self.default or "none" if self.type is str else format(self.default, "g")
        return f"{self.flag} {off}"


class Part(NamedTuple):
    """A penalty or a term as it is asked for: "r1:1.0:16" is Part("r1", {"weight": 1.0, "every": 16})."""

    name: str
    options: dict[str, float]  # arguments of its class; what is not given is as the class has it


@dataclass(frozen=True)
class Weighed(Option):
    """An option whose values are texts NAME, NAME:WEIGHT or, where `lazy`, NAME:WEIGHT:EVERY."""

    lazy: bool = False

    def parts(self, texts: Iterable[str]) -> list[Part]:
        """The texts as Parts. Raises ValueError for a text that is none, or a weight that cannot be."""
        return [self._part(str(text)) for text in texts]

    def _part(self, text: str) -> Part:
        shape = "NAME, NAME:WEIGHT" + (" or NAME:WEIGHT:EVERY" if self.lazy else "")
        name, *numbers = text.split(":")
        if len(numbers) > 1 + self.lazy:
            raise ValueError(f"{self.flag} expected {shape}, got {text!r}")
        kinds = {"weight": float, "every": int}
        try:
            options = {key: kinds[key](number) for key, number in zip(kinds, numbers, strict=False)}
        except ValueError:
            raise ValueError(f"{self.flag} expected {shape}, with numbers, got {text!r}") from None
        if not 0 <= options.get("weight", 0) < math.inf:  # NaN too
            raise ValueError(f"{self.flag} {name}: the weight must be a finite number of at least 0, got {numbers[0]}")
        if options.get("every", 1) < 1:
            raise ValueError(f"{self.flag} {name}: EVERY is how many steps apart it is computed, at least 1, got "
                             f"{options['every']}")  # fmt: skip
        return Part(name, options)

    def check(self, value: tuple) -> None:
        self.check_names([part.name for part in self.parts(value)], "give it once, with the weight that it shall have")

    def said(self, value: tuple) -> str:
        return " ".join(f"{self.flag} {part.name}" for part in sorted(self.parts(value), key=lambda part: part.name))


@dataclass(frozen=True)
class Listed(Option):
    """An option whose value is a list of names with commas between them, none of them twice."""

    def tidy(self, value: str) -> str:
        return ",".join(name.strip() for name in ("" if value == "none" else value).split(","))

    def check(self, value: str) -> None:
        self.check_names(value.split(",") if value else [], f"got {value!r}; give it once")

    def said(self, value: str) -> str:
        return self.flag


@dataclass(frozen=True)
class Sized(Option):
    """An option whose value is the size of pictures. Settings keep the side of a square as a whole number, and
    rectangles as "HEIGHTxWIDTH"."""

    def tidy(self, value: Any) -> int | str:
        found = sides(value)
        if found is None:
            return value
        return found[0] if found[0] == found[1] else f"{found[0]}x{found[1]}"

    def check(self, value: Any) -> None:
        if value is not None and (sides(value) is None or min(sides(value)) < 1):
            raise ValueError(f"{self.flag} must be a whole number of pixels of at least 1, such as 32, or "
                             f"HEIGHTxWIDTH, such as 32x48, got {value}")  # fmt: skip


def sides(size: Any) -> tuple[int, int] | None:
    """(height, width) of a size such as 32, "32", "32x48" or (32, 48); None if it is none of these."""
    parts = size.lower().split("x") if isinstance(size, str) else size if isinstance(size, tuple | list) else [size]
    if len(parts) not in (1, 2) or not all(str(part).strip().isdecimal() for part in parts):
        return None
    return int(parts[0]), int(parts[-1])


def flag(name: str) -> str:
    """The command-line flag of a setting."""
    return "--" + name.replace("_", "-")


def inside(value: float, range: str) -> bool:
    """Whether a number is in a range such as "[0, 1)". NaN is in none."""
    low, high = map(float, range[1:-1].split(","))
    above = low < value if range[0] == "(" else low <= value
    return above and (value < high if range[-1] == ")" else value <= high)


def range_in_words(range: str, type: Callable = float) -> str:
    """The range as a refusal says it."""
    low, high = range[1:-1].split(", ")
    if high != "inf":
        return f"in {range}"
    if type is int:
        return f"at least {low}"
    return f"a finite number above {low}" if range[0] == "(" else f"a finite number of at least {low}"


def unknown(kind: str, name: Any, known: Iterable[str]) -> ValueError:
    """The ValueError for a name that is not in `known`. It lists those, of very many the first and the last, and
    suggests the nearest."""
    known = list(known)
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    if len(known) > LISTED:
        known = [*known[:10], f"... ({len(known) - 11:,} more)", known[-1]]
    return ValueError(f"unknown {kind} {name!r}; expected one of: {', '.join(known)}{hint}")
