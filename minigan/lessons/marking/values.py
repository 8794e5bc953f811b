"""What marking modules share: shapes, values and counts. Each raises Wrong, with the next question.

Check in this order: a wrong shape explains wrong values, and wrong values explain wrong gradients.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from minigan.lessons.marking.task import Wrong

WHOLE = "what does an array of whole numbers do with a half? Which dtype has yours, and where did it get that?"


def same_shape(got: Any, shape: Iterable[int], what: str, hint: str | None = None, case: str = "") -> None:
    """`got` must be an array of this shape; the shape () is that of a number.

    what: the array's name, such as "y". hint: the question if the shape differs. case: what went in, in a few words.
    """
    given, shape = as_array(got, what).shape, tuple(shape)
    if given == shape:
        return
    if 0 in given and 0 not in shape:
        hint = "one axis has no entries: what is a[0:-0]?"
    raise Wrong(hint or f"which axes should {what} have, and how long is each?",
                with_case(f"{what} has the shape {given}, expected {shape}", case))  # fmt: skip


def same_values(
    got: Any,
    expected: ArrayLike,
    what: str,
    hint: str | None = None,
    *,
    case: str = "",
    suspects: dict[str, ArrayLike] | Iterable[tuple[str, ArrayLike]] = (),
    shape_hint: str | None = None,
    nan_hint: str | None = None,
    tolerance: float = 1e-6,
) -> None:
    """`got` must equal `expected`, to the tolerance, relative to the largest entry.

    hint: the question if it does not; default: one about the worst entry. case: what went in, in a few words, so
    that the student can follow a number by hand. suspects: {question: wrong array} or pairs of the two: what well-known
    mistakes give, whatever its shape; if `got` is one of these arrays, its question is asked. shape_hint, nan_hint: the
    question if the shape is wrong, and if there are NaN or infinity.
    """
    got, expected = as_array(got, what), np.asarray(expected)
    if near(got, expected, tolerance):
        return
    for suspicion, wrong in suspects.items() if isinstance(suspects, dict) else suspects:
        if near(got, np.asarray(wrong, dtype=float), tolerance):
            raise Wrong(suspicion, with_case(difference(got, expected, what), case))
    same_shape(got, expected.shape, what, shape_hint, case)
    if cut_off(got, expected):
        hint = WHOLE
    if not np.isfinite(got).all():
        hint = nan_hint or f"{what} holds NaN or infinity: where could your formula divide by zero, or overflow?"
    hint = hint or f"how does {what} come about at that place, by hand?"
    raise Wrong(hint, with_case(difference(got, expected, what), case))


def same_count(got: Any, expected: ArrayLike, what: str, hint: str | None = None, **options: Any) -> None:
    """`got` must be the whole number `expected`, or several of them. A float that happens to be whole is refused: it
    cannot be a size or an index. options: of same_values."""
    same_values(got, expected, what, hint, **options)
    if as_array(got, what).dtype.kind not in "iu":
        raise Wrong("is it a whole number, as a size must be?",
                    f"{what} is {np.asarray(got).tolist()}, expected {expected}: yours is a float")  # fmt: skip


def as_array(got: Any, what: str) -> np.ndarray:
    """What a function returned, which must be an array, a number, or a list of numbers."""
    if got is None:
        raise Wrong(f"{what} is None: does every way through the function end in a return?")
    try:
        floats = np.asarray(got, dtype=float)
        return np.asarray(got) if np.asarray(got).dtype.kind in "iu" else floats
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be an array of numbers; what does your function return?",
                    f"{what} is a {type(got).__name__}") from None  # fmt: skip


def near(one: np.ndarray, two: np.ndarray, tolerance: float) -> bool:
    """Have both the same shape, and do all entries agree, relative to the largest of `two`?"""
    if one.shape != two.shape:
        return False
    scale = max(float(np.abs(two).max(initial=0.0)), 1e-12)
    return bool(np.all(np.abs(one.astype(float) - two) <= tolerance * scale))


def cut_off(got: np.ndarray, expected: np.ndarray) -> bool:
    """Does `got` hold whole numbers where fractions are expected, so that the digits behind the point are lost?"""
    if got.dtype.kind not in "iu" or expected.dtype.kind != "f" or got.ndim == 0:
        return False
    return bool(np.any(expected % 1) or np.all(np.abs(got - expected) <= 1.001))


def difference(got: np.ndarray, expected: np.ndarray, what: str) -> str:
    """A line: the shapes if they differ, else the entries with the largest difference."""
    if got.shape != expected.shape:
        return f"{what} has the shape {got.shape}, expected {expected.shape}"
    apart = np.where(np.isfinite(got), np.abs(got.astype(float) - expected), np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(apart), apart.shape))
    place = f"[{', '.join(map(str, index))}]" if index else ""
    if place and " " in what:
        place = f" at {place}"
    yours, right = apart_in_digits(float(got[index]), float(expected[index]))
    return f"{what}{place} is {yours}, expected {right}"


def apart_in_digits(one: float, two: float) -> tuple[str, str]:
    """Two numbers as text, with six digits, or with as many as it takes to tell them apart."""
    for digits in range(6, 18):
        texts = f"{one:.{digits}g}", f"{two:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def written(**arrays: ArrayLike) -> str:
    """Small arrays as a student may type them: "x is [[1, 0.5], [0, 2]], lr is 0.1"."""

    def text(a: ArrayLike) -> str:
        return f"[{', '.join(map(text, a))}]" if np.ndim(a) else f"{a:g}"

    return ", ".join(f"{name} is {text(a)}" for name, a in arrays.items())


def lent(array: ArrayLike) -> np.ndarray:
    """The array, or the lists as an array, for reading only: code that writes into it raises an error."""
    array = np.asarray(array)
    array.flags.writeable = False
    return array


def normal(seed: int, *shape: int) -> np.ndarray:
    """An array of standard normal numbers, lent."""
    return lent(np.random.default_rng(seed).standard_normal(shape))


def with_case(seen: str, case: str) -> str:
    return f"{seen}; here {case}" if case else seen
