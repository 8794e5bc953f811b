"""Sound files: signals (N, T, C) as 16-bit PCM in a .wav, by the standard library.

A step of a signal is a number in -1..1, and 1 is as loud as the file can be: it is written as round(32767 x). What lies
beyond is clipped, and counted. One channel or two (left and right).
"""

import wave
from pathlib import Path

import numpy as np

from minigan.checks import whole
from minigan.files import replacing

FULL = 32_767  # of 16 bits with a sign
CHANNELS = (1, 2)
MOST_RATE = 384_000  # steps a second: the highest that sound cards play
SILENCE = 0.1  # seconds between two signals


def save_wav(path: str | Path, signals: np.ndarray, rate: int, silence: float = SILENCE) -> None:
    """Write signals (N, T, C) one after the other, with silences of so many seconds between them, `rate` steps a
    second.

    The file is there whole, or not at all. Raises ValueError for other shapes, NaNs, or a rate out of range; OSError
    where it cannot be written.
    """
    rate = checked_rate(rate)
    steps = in_a_row(to_pcm(signals), round(rate * silence))
    with replacing(path) as file, wave.open(file, "wb") as sound:
        sound.setnchannels(steps.shape[1])
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(steps.astype("<i2").tobytes())


def to_pcm(signals: np.ndarray) -> np.ndarray:
    """Signals (N, T, C) -> int16 (N, T, C), clipped to -1..1. Raises ValueError as `save_wav`."""
    if signals.ndim != 3 or signals.shape[2] not in CHANNELS:
        raise ValueError(f"expected signals (N, T, 1 or 2) for a .wav, got {signals.shape}; sound has one channel or "
                         "two")  # fmt: skip
    if not np.isfinite(signals).all():
        raise ValueError("expected finite signals for a .wav, got NaN or infinity")
    return np.rint(np.clip(signals, -1, 1) * FULL).astype(np.int16)


def beyond(signals: np.ndarray) -> tuple[int, int]:
    """How many steps of signals (N, T, C) lie beyond -1..1, and of how many signals."""
    loud = np.abs(signals) > 1
    return int(np.count_nonzero(loud)), int(np.count_nonzero(loud.any(axis=(1, 2))))


def in_a_row(signals: np.ndarray, silence: int) -> np.ndarray:
    """Signals (N, T, C) one after the other, (N T + (N - 1) silence, C), with so many steps of 0 between them."""
    N, T, C = signals.shape
    apart = np.zeros((N, T + silence, C), signals.dtype)
    apart[:, :T] = signals
    return apart.reshape(-1, C)[: N * (T + silence) - silence]


def checked_rate(rate: int) -> int:
    """The steps a second, or ValueError."""
    if whole("the rate, in steps a second,", rate) > MOST_RATE:
        raise ValueError(f"the rate must be at most {MOST_RATE:,} steps a second, got {rate:,}")
    return rate
