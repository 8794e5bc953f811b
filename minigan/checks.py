"""The checks of arguments, in one place. Each returns the value in its proper type, or raises ValueError: what was
expected, what came."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np


def whole(name: str, value: Any, least: int = 1) -> int:
    """`value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return int(value)


def number(name: str, value: Any) -> float:
    """`value` as a float: one finite number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be one finite number, got {value!r}")
    return float(value)


def at_least_0(name: str, value: Any) -> float:
    """`value` as a float: a finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}")
    return float(value)


def positive(name: str, value: Any) -> float:
    """`value`: a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < math.inf:
        raise ValueError(f"{name} must be a finite number above 0, got {value!r}")
    return value


def fraction(name: str, value: Any) -> float:
    """`value`: a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < 1:
        raise ValueError(f"{name} must be in [0, 1), got {value!r}")
    return value


def pair(name: str, value: Any, least: int = 1) -> tuple[int, int]:
    """An int or a pair of ints, (height, width), as a pair."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2:
        raise ValueError(f"{name} must be one whole number or a pair (height, width), got {value!r}")
    return whole(name, values[0], least), whole(name, values[1], least)


def generator(rng: Any, needed: bool = False) -> np.random.Generator:
    """rng itself, or a fresh Generator for None, unless one is `needed`; ValueError for anything else (a seed, the
    numpy.random module)."""
    if rng is None and not needed:
        return np.random.default_rng()
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy Generator, got {rng!r}; write rng=np.random.default_rng(seed)")
    return rng


@contextmanager
def naming(source: Any) -> Iterator[None]:
    """Puts the name of the source, such as a file, before the text of a ValueError from inside: "a.npz: expected"."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
