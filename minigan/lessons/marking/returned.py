"""What a student's function returned: as many things as asked for, in the right order."""

from collections.abc import Sequence
from typing import Any

from minigan.lessons.marking.task import Wrong


def several(result: Any, names: Sequence[str], what: str) -> tuple:
    """`result`, or Wrong unless it is a tuple or a list with one thing for each of the names. what: the function."""
    together = isinstance(result, tuple | list)
    if together and len(result) == len(names):
        return tuple(result)
    got = f"{len(result)} things" if together else f"one {type(result).__name__}"
    raise Wrong(f"what does the docstring of {what} say that it returns, and in which order?",
                f"expected {', '.join(names)}; got {'None' if result is None else got}")  # fmt: skip


def dx_and_grads(result: Any, what: str, keys: Sequence[str] = ("w", "b")) -> tuple[Any, dict]:
    """What a layer's backward returned, if it is dx and a dict with these keys; else Wrong."""
    dx, grads = several(result, ("dx", "a dict of gradients"), what)
    return dx, with_keys(grads, keys, f"the second thing that {what} returns")


def with_keys(grads: Any, keys: Sequence[str], what: str) -> dict:
    """`grads` as it is, or Wrong unless it is a dict with exactly these keys. what: its name."""
    if not isinstance(grads, dict):
        raise Wrong("are the arrays in a dict, and is it returned in the right place?",
                    f"{what} is of type {type(grads).__name__}")  # fmt: skip
    if set(grads) != set(keys):
        raise Wrong("under which names are the parameters? And the arrays in your dict?",
                    f"the keys of the dict are {', '.join(map(str, grads)) or 'none'}, "
                    f"expected {', '.join(keys)}")  # fmt: skip
    return grads
