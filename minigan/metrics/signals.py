"""Signals of known kinds: how many of the kinds are drawn, how well, and whether the spectra agree.

**Modes.** A signal is seen by its spectrogram: the power of each of its windows at each frequency, in decibels below the
loudest. The phase of a tone and how loud the whole is do not count, its pitch and where it goes do. The template of a
mode is the mean spectrogram of its real signals; a signal belongs to the nearest template, by the root mean square
difference in dB. It is of high quality if it lies as near to the template as LIKE_REAL of that mode's real signals do:
the share of held-out real ones that pass is the best that a generator can be expected to get. A mode is found if at
least one signal of high quality belongs to it (the rule of VEEGAN and PacGAN on rings, see `minigan.metrics.modes`).

**Spectra.** The power of the whole signal at each frequency in dB, averaged over signals. The distance is the root mean
square over the frequencies of the difference between the real and the generated mean: the log-spectral distance of Gray
& Markel 1976, "Distance measures for speech processing", IEEE Transactions on Acoustics, Speech, and Signal Processing
24(5), 380-391, of the two averages.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minigan.checks import whole
from minigan.metrics.bootstrap import Rng, counts, interval
from minigan.metrics.checks import table
from minigan.metrics.modes import coverage_of
from minigan.metrics.score import Score

LIKE_REAL = 0.99  # of the real signals of a mode are as near to its template as those of high quality
FLOOR = 40.0  # dB below the loudest: what is quieter counts as silence
POWER_FLOOR = 1e-8  # added to the power before the logarithm: 80 dB below 1


def spectrogram(x: np.ndarray, window: int) -> np.ndarray:
    """Signals (N, T, C) -> (N, D): dB below the loudest entry of each signal, 0 down to -FLOOR.

    Windows of so many steps, weighted by a Hann window, half overlapping; `window` // 2 + 1 frequencies each. Channels
    stand one after the other. A silent signal is 0 everywhere. Raises ValueError for signals shorter than a window.
    """
    N, T, C = signals("signals", x).shape
    if T < whole("window", window, least=2):
        raise ValueError(
            f"expected signals at least as long as a window of {window} steps, got {T}; fix: a smaller window"
        )
    frames = np.lib.stride_tricks.sliding_window_view(x, window, axis=1)[:, :: window // 2]  # (N, frames, C, window)
    power = np.abs(np.fft.rfft(frames * np.hanning(window), axis=-1)) ** 2
    power = power.reshape(N, -1)
    loudest = power.max(axis=1, keepdims=True, initial=1e-30)
    return 10 * np.log10(np.maximum(power / loudest, 10 ** (-FLOOR / 10)))


@dataclass(frozen=True, eq=False)
class Templates:
    """What the modes of a set look like. means: (modes, D) mean spectrograms. limits: (modes,) how far from it, in dB, a
    signal of high quality may lie. window: steps, of the spectrogram."""

    means: np.ndarray
    limits: np.ndarray
    window: int

    @classmethod
    def of(cls, x: np.ndarray, labels: np.ndarray, window: int) -> "Templates":
        """Templates of real signals (N, T, C), labels (N,) 0..modes-1. Raises ValueError for a mode without any."""
        seen, labels = spectrogram(x, window), np.asarray(labels)
        modes = int(labels.max()) + 1
        if len(labels) != len(x) or (np.bincount(labels, minlength=modes) == 0).any():
            raise ValueError(f"expected a label for each of {len(x):,} signals, and a signal of each of {modes} modes, "
                             f"got {len(labels):,} labels of {len(np.unique(labels))} modes")  # fmt: skip
        means = np.stack([seen[labels == k].mean(axis=0) for k in range(modes)])
        own = rms(seen - means[labels])
        return cls(means, np.array([np.quantile(own[labels == k], LIKE_REAL) for k in range(modes)]), window)

    def judge(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signals (N, T, C) -> the mode of each (N,), how far from its template in dB (N,), whether of high quality."""
        seen = spectrogram(x, self.window)
        if seen.shape[1] != self.means.shape[1]:
            raise ValueError(f"expected signals of the length of the real ones, got {x.shape}")
        distance = np.stack([rms(seen - mean) for mean in self.means], axis=1)
        belongs = distance.argmin(axis=1)
        nearest = distance.min(axis=1)
        return belongs, nearest, nearest <= self.limits[belongs]

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        """The share of real signals (N, T, C) whose mode (N,) is told right."""
        return float(np.mean(self.judge(x)[0] == labels))


def signal_mode_coverage(samples: np.ndarray, templates: Templates, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The modes that signals (N, T, C) find -> Score: its value is how many, with the parts `high_quality` (a share),
    `reverse_kl` and `counts`, as `minigan.metrics.mode_coverage`. Raises ValueError for other shapes."""
    belongs, _, good = templates.judge(samples)
    return coverage_of(belongs, good, len(templates.means), good, None, replicates, rng)


def log_power(x: np.ndarray) -> np.ndarray:
    """Signals (N, T, C) -> (N, T // 2 + 1, C): the power at each frequency in dB; 0 dB is that of a constant 1."""
    T = signals("signals", x).shape[1]
    weights = np.hanning(T)
    power = np.abs(np.fft.rfft(x * weights[:, None] / weights.sum(), axis=1)) ** 2
    return 10 * np.log10(power + POWER_FLOOR)


def spectral_distance(real: np.ndarray, fake: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """Root mean square difference in dB between the mean log power spectra of real (N, T, C) and generated signals
    (M, T, C) -> Score, with an interval for the generated ones if there are replicates."""
    real, fake = log_power(real), log_power(fake)
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(f"expected signals of one length, got spectra of {real.shape[1:]} and {fake.shape[1:]}")
    N, mean = len(fake), real.mean(axis=0).ravel()
    rows = fake.reshape(N, -1)
    value = float(rms(rows.mean(axis=0) - mean))
    again = [rms(times @ rows / N - mean) for times in counts(N, replicates, rng)]
    return Score(value, name="spectral distance", interval=interval(value, np.array(again)))


class Band(NamedTuple):
    """Of the spectra of many signals, at each frequency: the mean, and what 10 % and 90 % lie below, in dB."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def band(x: np.ndarray) -> Band:
    """The Band of signals (N, T, C), over channels, too: arrays (T // 2 + 1,)."""
    spectra = np.moveaxis(log_power(x), 2, 1).reshape(-1, x.shape[1] // 2 + 1)
    return Band(spectra.mean(axis=0), *np.quantile(spectra, (0.1, 0.9), axis=0))


def signals(name: str, x: np.ndarray) -> np.ndarray:
    """x itself, or ValueError unless it holds finite signals (N, T, C), at least one."""
    if np.ndim(x) != 3:
        raise ValueError(f"{name} expected signals (N, T, C), got {np.shape(x)}; fix: x[..., None] for one channel")
    table(name, x.reshape(len(x), -1), "signals", least=1)
    return x


def rms(difference: np.ndarray) -> np.ndarray:
    """Root mean square over the last axis."""
    return np.sqrt((difference**2).mean(axis=-1))
