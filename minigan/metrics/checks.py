"""The checks of the arrays that scores take. A wrong array is refused before any work, in one line that says why."""

from typing import Any

import numpy as np


def features(name: str, x: Any, least: int = 1) -> np.ndarray:
    """Feature vectors (N, d), one row for each image -> the same as float64 (not copied if it is that already).

    Raises ValueError unless x is a table of finite numbers with at least `least` rows; `name` goes into the message.
    """
    x = table(name, x, "feature vectors (N, d)", least)
    broken = int(np.count_nonzero(~np.isfinite(x).all(axis=1)))
    if broken:
        raise ValueError(f"{name}: expected finite numbers, got {broken:,} of {len(x):,} rows with NaN or infinity; "
                         "fix: look at their images, a generator that diverged draws such")  # fmt: skip
    return np.ascontiguousarray(x, np.float64)


def feature_pair(
    one: Any, two: Any, least: int = 1, names: tuple[str, str] = ("real", "fake")
) -> tuple[np.ndarray, np.ndarray]:
    """`features` of both, which must be of one width; ValueError, with the `names` in it, if not."""
    one, two = features(names[0], one, least), features(names[1], two, least)
    if one.shape[1] != two.shape[1]:
        raise ValueError(f"{names[0]} and {names[1]} must be of one width, got {one.shape[1]} and {two.shape[1]}; "
                         "fix: take both from the same layer of the same network")  # fmt: skip
    return one, two


def probabilities(probs: Any, least: int = 1) -> np.ndarray:
    """Class probabilities (N, K) -> the same as float64. Raises ValueError unless every row is of numbers of at least 0
    that sum to 1, to a thousandth."""
    probs = table("probs", probs, "class probabilities (N, K)", least).astype(np.float64)
    if not (probs >= 0).all():  # also for NaN
        worst = int(np.argmin(np.where(np.isnan(probs), -np.inf, probs).min(axis=1)))
        row = np.array2string(probs[worst], precision=3)
        raise ValueError(f"expected probabilities of at least 0, row {worst} is {row}; "
                         "fix: give softmax(logits), not logits")  # fmt: skip
    off = np.abs(probs.sum(axis=1) - 1)
    if off.max() > 1e-3:
        worst = int(off.argmax())
        raise ValueError(f"expected probabilities that sum to 1, row {worst} sums to {probs[worst].sum():.4g}; "
                         "fix: give softmax(logits), one row for each image")  # fmt: skip
    return probs


def table(name: str, x: Any, what: str, least: int) -> np.ndarray:
    """x as an array with two axes, of real numbers, of at least `least` rows and one column; ValueError if not."""
    x = np.asarray(x)
    if x.ndim != 2 or x.dtype.kind not in "fiu" or x.shape[1] < 1:
        raise ValueError(f"{name}: expected {what}, got {x.dtype} {x.shape}; "
                         "fix: one row of numbers for each image, x.reshape(len(x), -1)")  # fmt: skip
    if len(x) < least:
        raise ValueError(f"{name}: at least {least:,} samples are needed, got {len(x):,}; fix: draw more")
    return x
