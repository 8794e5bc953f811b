"""What `minigan sample` needs for sound: how many steps a second, and what was clipped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minigan.report.samples import kind_of
from minigan.report.sound import CHANNELS, beyond, checked_rate

MANY = 64  # sounds, unless it is said


def rate_for(run: Any, out: str | Path, asked: int | None) -> int:
    """Steps a second: as asked for, or else those of the data of a Numbered. Raises ValueError where neither is known,
    and for a run whose samples are no sound."""
    kind = kind_of(run.shape)
    if kind.key != "signals":
        raise ValueError(f"a .wav is sound, and {run.path} draws {kind.key}; choose another --out than {out}")
    if run.shape[1] not in CHANNELS:
        raise ValueError(f"a .wav has one channel or two, and {run.path} draws signals of {run.shape[1]}; write them "
                         "to an .npz file")  # fmt: skip
    if asked is None and not run.rate:
        raise ValueError(f"{run.path} does not say how many steps a second its signals have; give --rate, such as "
                         "--rate 8000")  # fmt: skip
    return checked_rate(run.rate if asked is None else asked)


def say_clipped(signals: np.ndarray, say: Callable[[str], Any]) -> None:
    """Say how many steps of signals (N, T, C) were clipped, if any were."""
    steps, of = beyond(signals)
    if steps:
        loudest = np.abs(signals).max()
        say(f"note: clipped {steps:,} of {signals.size:,} steps, in {of:,} of {len(signals):,} signals: they lie "
            f"beyond -1..1, the loudest at {loudest:.3g}; an .npz file keeps them")  # fmt: skip
