"""Derivatives from differences.

The central difference (f(x + h) - f(x - h)) / 2h is wrong by h^2 f''' / 6, and by about eps |f| / h from rounding, with
eps = 2.2e-16 in float64. With a second step a quarter as long, sixteen fifteenths of the second estimate minus one
fifteenth of the first cancels the h^2 term (Richardson 1911). No step is right for all functions: sin(100 x) wants
short ones, a function with much rounding long ones. So h starts at a ten-thousandth of |x|; where the two estimates
disagree, a whole ladder of steps is tried, and the rung is taken where neighbours agree best (Ridders 1982). How well
they agree is the error of the result.

The slope to the right is (f(x + h) - f(x)) / h, that to the left (f(x) - f(x - h)) / h. Where f is smooth, they differ
by h f'': the difference shrinks with h, however fast f varies. At a kink it stays.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

STEP = 2.0**-13  # 1.2e-4; a power of two, so that x + h and x - h are seldom rounded
LADDER = 4.0 ** np.arange(3, -7, -1)  # from 64 h down to h / 4096
EPS = float(np.finfo(float).eps)
RESOLVED = 1e-3  # a derivative known less well than this, relative to itself, is not known


class Numeric(NamedTuple):
    """A numeric gradient, where it can be trusted, and by how much it may be off (all with the array's shape; at a kink
    the error is infinite)."""

    gradient: np.ndarray
    smooth: np.ndarray
    error: np.ndarray


def numeric_gradient(f: Callable, array: np.ndarray, step: float = STEP) -> Numeric:
    """d f() / d array, entry by entry; f takes no argument and reads `array`, which is put back as it was.

    array: float64, any shape. step: the first step, relative to the entry. Returns Numeric. Raises ValueError for
    another dtype: in float32 a difference has no digits left.
    """
    indices = list(np.ndindex(array.shape))
    parts = differences(f, array, indices, step=step)
    return Numeric(*(part.reshape(array.shape) for part in parts))


def differences(f: Callable, array: np.ndarray, indices: list, guess: np.ndarray | None = None,
                negligible: float | None = None, step: float = STEP) -> Numeric:  # fmt: skip
    """The same for the entries at `indices` (a list of tuples) alone; each part of the Numeric has len(indices).

    guess: what the derivatives may be, one for each index. Where the first difference agrees with it to 1e-7 and there
    is no kink, that is enough; it saves most of the time. negligible: a change of f as small as this is nothing; a
    derivative d is known well enough if the error of d * |x| is below. Default: 1e-9 of |f|. If f has an attribute
    `rounding`, it is how much of the value returned last may be rounding; without, the last digit of f is.
    """
    if array.dtype != np.float64:
        message = f"numeric_gradient expected a float64 array, got {array.dtype}"
        raise ValueError(f"{message}; write array.astype(np.float64)")
    base = f()
    negligible = 1e-9 * abs(base) if negligible is None else negligible
    sizes = scales(array)
    out = Numeric(np.zeros(len(indices)), np.ones(len(indices), bool), np.zeros(len(indices)))
    for k, index in enumerate(indices):
        kept = array[index]

        def at(t, index=index, kept=kept):
            array[index] = kept + t
            value = f() - base
            array[index] = kept
            return value, getattr(f, "rounding", 4 * EPS * abs(base))

        expected = None if guess is None else guess[k]
        out.gradient[k], out.smooth[k], out.error[k] = derivative(at, sizes[index], step, expected, negligible)
    return out


def scales(array: np.ndarray) -> np.ndarray:
    """How large each entry is, for the choice of a step: |x|, but never below a hundredth of the usual, and never 0."""
    size = np.abs(array)
    usual = np.median(size[size > 0]) if np.any(size > 0) else 1.0
    return np.maximum(size, 0.01 * usual)


def derivative(at: Callable, scale: float = 1.0, step: float = STEP, guess: float | None = None,
               negligible: float = 0.0) -> tuple[float, bool, float]:  # fmt: skip
    """The derivative at t = 0 of a function with value 0 there -> value, whether to trust it, error. See `differences`.

    at(t) -> value, how much of it may be rounding."""
    h = 2.0 ** np.floor(np.log2(step * scale))
    (right, noise), (left, _) = at(h), at(-h)
    first, size = (right - left) / (2 * h), max(abs(right), abs(left)) / h
    bend = abs(right + left) / h
    if bend <= 1e-2 * size:
        if guess is not None and abs(first - guess) <= 1e-7 * abs(first):
            return first, True, 1e-7 * abs(first)
        right, left = at(h / 4)[0], at(-h / 4)[0]
        second, closer = (right - left) / (h / 2), abs(right + left) / (h / 4)
        error = abs(second - first) + 4 * noise / h
        if error <= 1e-6 * abs(first) and closer <= 0.5 * bend + 1e-8 * size:
            return (16 * second - first) / 15, True, error
    return climb(at, h, scale, negligible)


def climb(at: Callable, h: float, scale: float, negligible: float) -> tuple[float, bool, float]:
    """The derivative from the whole ladder of steps; arguments and results as for `derivative`."""
    steps = h * LADDER
    values = np.array([(*at(s), *at(-s)) for s in steps])
    finite = np.isfinite(values).all(axis=1)
    steps, (right, noise, left, other) = steps[finite], values[finite].T
    if len(steps) < 4:
        return 0.0, False, np.inf
    central, bend = (right - left) / (2 * steps), np.abs(right + left) / steps
    better = (16 * central[1:] - central[:-1]) / 15
    apart = np.abs(np.diff(better))
    # The error of better[1:-1]: both neighbours must agree, and accidental agreement is worth no more than rounding.
    errors = np.maximum(apart[1:], apart[:-1]) + np.maximum(noise, other)[2:-1] / steps[2:-1]
    k = int(np.argmin(errors))
    value, error = better[1 + k], errors[k] + 4 * EPS * abs(better[1 + k])
    # The slopes on the two sides, at the steps that gave the value and at steps 16 times as short.
    far, near = bend[1 + k], bend[min(3 + k, len(bend) - 1)]
    size = max(np.abs(right[1 + k]), np.abs(left[1 + k])) / steps[1 + k]
    kink = near > 0.5 * far and near > 1e-6 * size + 100 * error
    if kink:
        return value, False, np.inf
    return value, bool(error <= RESOLVED * abs(value) or error * scale <= negligible), error


def relative_error(analytic: ArrayLike, numeric: ArrayLike, noise: float = 1e-9, floor: float = 1e-3,
                   uncertain: ArrayLike = 0.0) -> np.ndarray:  # fmt: skip
    """|a - n| / max(|a|, |n|) for each entry, where entries below `floor` times the largest count as that much: the
    rounding of the large ones is in them. noise: the size below which a derivative is nothing but rounding; a bias
    before a batch norm, say, has the derivative 0, and differences of 1e-12. uncertain: how much of |a - n| may be
    the error of n."""
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    least = floor * size.max(initial=0.0) + noise
    apart = np.maximum(np.abs(np.asarray(analytic) - numeric) - uncertain, 0)
    return np.divide(apart, np.maximum(size, least), out=np.zeros(size.shape), where=apart != 0)
