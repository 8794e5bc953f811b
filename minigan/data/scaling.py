"""Numbers in any unit, such as centimetres and euros side by side, brought to one scale for the networks, and back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Scaling:
    """z = (x - mean) / deviation, for each column of a table (N, d), or each channel of signals (N, T, C).

    mean, deviation: float64 (d,) or (C,). A column that is always the same has deviation 1: it becomes 0, and so it
    comes back. Without either, nothing is changed: pictures and the points of minigan's own sets have ranges that are
    known.
    """

    mean: np.ndarray = field(default_factory=lambda: np.zeros(0))
    deviation: np.ndarray = field(default_factory=lambda: np.ones(0))

    @classmethod
    def of(cls, x: np.ndarray) -> "Scaling":
        """The Scaling that gives each column of x (..., d) mean 0 and deviation 1, or 0 where it is constant. Raises
        ValueError for numbers so large that their squares are infinite."""
        rows = x.reshape(-1, x.shape[-1]).astype(np.float64)
        constant = rows.max(axis=0) == rows.min(axis=0)  # exactly: a rounded deviation of 1e-17 would be divided by
        with np.errstate(over="ignore", invalid="ignore"):
            mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        scale = cls(np.where(constant, rows[0], mean), np.where(constant, 1.0, deviation))
        if not (np.isfinite(scale.deviation) & (scale.deviation > 0)).all():
            raise ValueError(f"expected numbers whose deviation is a number, found values from {rows.min():.3g} to "
                             f"{rows.max():.3g}; fix: other units, or leave such columns out")  # fmt: skip
        return scale

    def __bool__(self):
        return bool(len(self.mean))

    def apply(self, x: np.ndarray) -> np.ndarray:
        """x (..., d) in its own units -> float32 of the same shape. In float64 until then: years and time stamps differ
        in digits that float32 has not."""
        return ((x - self.mean) / self.deviation).astype(np.float32) if self else x

    def undo(self, z: np.ndarray) -> np.ndarray:
        """The inverse of `apply`, as float64."""
        return z * self.deviation + self.mean if self else z

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; {} for one that changes nothing."""
        return {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()} if self else {}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> "Scaling":
        """The Scaling of such a dict. Raises ValueError for anything else."""
        if not saved:
            return cls()
        try:
            mean, deviation = (np.asarray(saved[key], np.float64) for key in ("mean", "deviation"))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"expected the mean and the deviation of each column, got {saved!r} ({error})") from None
        if mean.shape != deviation.shape or mean.ndim != 1:
            raise ValueError(f"expected as many deviations as means, got {deviation.shape} and {mean.shape}")
        return cls(mean, deviation)
