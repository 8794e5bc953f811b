"""The parts of a game, made by name: losses, penalties, terms, optimizers."""

import inspect
from typing import NamedTuple

from minigan.losses import LOSSES
from minigan.optim import OPTIMIZERS

DIFF_AUGMENT = ("translation", "cutout", "brightness", "contrast")
WHOLE_POLICY = ",".join(DIFF_AUGMENT)


class Part(NamedTuple):
    """A penalty or a term as it is asked for: "r1:1.0:16". None: as its class has it."""

    name: str
    weight: float | None
    every: int | None


def listed(texts):
    """A tuple of texts, from a list of them or from a single one; "none" is nothing; None stays None."""
    if texts is None:
        return None
    texts = (texts,) if isinstance(texts, str) else tuple(texts)
    return tuple(text for text in texts if text != "none")


def parse(texts, kind):
    """["r1:1.0:16", ...] -> a list of Part. Raises ValueError for a text that is none, or a weight that cannot be."""
    return [parse_one(text, kind) for text in texts]


def parse_one(text, kind):
    shape = "NAME, NAME:WEIGHT" + (" or NAME:WEIGHT:EVERY" if kind == "penalty" else "")
    name, *numbers = str(text).split(":")
    if len(numbers) > (2 if kind == "penalty" else 1):
        raise ValueError(f"--{kind} expected {shape}, got {text!r}")
    try:
        weight = float(numbers[0]) if numbers else None
        every = int(numbers[1]) if numbers[1:] else None
    except ValueError:
        raise ValueError(f"--{kind} expected {shape}, with numbers, got {text!r}") from None
    if weight is not None and not 0 <= weight < float("inf"):  # NaN too
        raise ValueError(f"--{kind} {name}: the weight must be a finite number of at least 0, got {numbers[0]}")
    if every is not None and every < 1:
        raise ValueError(f"--{kind} {name}: it is computed in every so many-th step, at least 1, got {every}")
    return Part(name, weight, every)


def takes(kind, settings, option):
    """Whether the class of the loss, or of the optimizer, has this option; False if there is no such class."""
    known = {"loss": LOSSES, "optimizer": OPTIMIZERS}[kind]
    chosen = known.get(getattr(settings, kind))
    return chosen is not None and option in inspect.signature(chosen).parameters
