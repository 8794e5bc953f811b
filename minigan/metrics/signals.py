"""Signals of known kinds: how many of the kinds are drawn, how well, and whether the spectra agree.

**Modes.** A signal is seen by its spectrogram: the power of each of its windows at each frequency, in decibels below
the loudest; 30 dB and more below it is silence. The phase of a tone and how loud the whole is do not count, its pitch
and where it goes do. The template of a mode is the mean spectrogram of its real signals; a signal belongs to the
nearest template, by the root mean square difference in dB. It is of high quality if it lies as near to the template as
LIKE_REAL of that mode's real signals do: the share of held-out real ones that pass is the best that a generator can be
expected to get. A mode is found if at least one signal of high quality belongs to it (the rule of VEEGAN and PacGAN on
rings, see `minigan.metrics.modes`).

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
from minigan.metrics.checks import features
from minigan.metrics.modes import coverage_of
from minigan.metrics.score import Score

LIKE_REAL = 0.99  # of the real signals of a mode are as near to its template as those of high quality
FLOOR = 30.0  # dB below the loudest: what is quieter counts as silence
TINY = 1e-30  # power that counts as none
POWER_FLOOR = 1e-8  # added to the power before the logarithm: 80 dB below 1


def spectrogram(x: np.ndarray, window: int) -> np.ndarray:
    """Signals (N, T, C) -> (N, D): how loud, from 1, the loudest entry of each signal, to 0, FLOOR dB below it or less.

    Windows of so many steps, weighted by a Hann window, half overlapping; `window` // 2 + 1 frequencies each. Channels
    stand one after the other. A silent signal is 1 everywhere: all of it is as loud as the loudest. Raises
    ValueError for signals shorter than a window.
    """
    N, T, C = signals("signals", x).shape
    if T < whole("window", window, least=2):
        raise ValueError(f"expected signals at least as long as a window of {window} steps, got {T}; fix: a smaller "
                         "window")  # fmt: skip
    frames = np.lib.stride_tricks.sliding_window_view(x, window, axis=1)[:, :: window // 2]  # (N, frames, C, window)
    power = np.abs(np.fft.rfft(frames * np.hanning(window), axis=-1)) ** 2
    power = power.reshape(N, -1)
    power = np.maximum(power, TINY)
    return 1 + np.log10(np.maximum(power / power.max(axis=1, keepdims=True), 10 ** (-FLOOR / 10))) * 10 / FLOOR


@dataclass(frozen=True, eq=False)
class Templates:
    """What the modes of a set look like. means: (modes, D) mean spectrograms. limits: (modes,) how far from it, in dB,
    a signal of high quality may lie. window: steps, of the spectrogram."""

    means: np.ndarray
    limits: np.ndarray
    window: int

    @property
    def modes(self) -> int:
        """How many there are."""
        return len(self.means)

    @classmethod
    def of(cls, x: np.ndarray, labels: np.ndarray, window: int) -> "Templates":
        """Templates of real signals (N, T, C), labels (N,) 0..modes-1. Raises ValueError for a mode without any."""
        seen, labels = spectrogram(x, window), np.asarray(labels)
        modes = int(labels.max()) + 1
        if len(labels) != len(x) or (np.bincount(labels, minlength=modes) == 0).any():
            raise ValueError(f"expected a label for each of {len(x):,} signals, and a signal of each of {modes} modes, "
                             f"got {len(labels):,} labels of {len(np.unique(labels))} modes")  # fmt: skip
        means = np.stack([seen[labels == k].mean(axis=0) for k in range(modes)])
        own = FLOOR * rms(seen - means[labels])
        return cls(means, np.array([np.quantile(own[labels == k], LIKE_REAL) for k in range(modes)]), window)

    def hear(self, x: np.ndarray, labels: np.ndarray | None = None) -> "Heard":
        """Signals (N, T, C) as the scores want them. labels: the classes that they were drawn for, or None."""
        return Heard(spectrogram(x, self.window), None, labels, log_power(x))

    def judge(self, seen: np.ndarray) -> "Verdicts":
        """The Verdicts on spectrograms (N, D). Raises ValueError for those of signals of another length."""
        if np.ndim(seen) != 2 or seen.shape[1] != self.means.shape[1]:
            raise ValueError(f"expected spectrograms (N, {self.means.shape[1]}), as of the real signals, got "
                             f"{np.shape(seen)}; write spectrogram(x, templates.window)")  # fmt: skip
        distance = FLOOR * np.stack([rms(seen - mean) for mean in self.means], axis=1)
        modes, nearest = distance.argmin(axis=1), distance.min(axis=1)
        return Verdicts(modes, nearest, nearest <= self.limits[modes])


class Heard(NamedTuple):
    """What is heard of N signals, in place of a `Seen`: spectrograms (N, D) as their features; no class probabilities;
    the labels (N,) that they were drawn for, or None; the log power spectra (N, frequencies, C)."""

    features: np.ndarray
    probs: None
    labels: np.ndarray | None
    spectra: np.ndarray


class Verdicts(NamedTuple):
    """Of each of N signals the nearest mode, how far its template is, in dB, and whether that is high quality."""

    modes: np.ndarray
    distance: np.ndarray
    good: np.ndarray


def signal_mode_coverage(seen: np.ndarray, templates: Templates, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The modes that signals find, by their spectrograms (N, D) -> Score: its value is how many, with the parts
    `high_quality` (a share), `reverse_kl` and `counts`, as `minigan.metrics.mode_coverage`. Raises ValueError as
    `Templates.judge`."""
    found = templates.judge(seen)
    return coverage_of(found.modes, found.good, templates.modes, found.good, None, replicates, rng)


def log_power(x: np.ndarray) -> np.ndarray:
    """Signals (N, T, C) -> (N, T // 2 + 1, C): the power at each frequency in dB; 0 dB is that of a constant 1."""
    T = signals("signals", x).shape[1]
    weights = np.hanning(T)
    power = np.abs(np.fft.rfft(x * weights[:, None] / weights.sum(), axis=1)) ** 2
    return 10 * np.log10(power + POWER_FLOOR)


def spectral_distance(real: np.ndarray, fake: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """How far the mean log power spectra of real and generated signals are apart: root mean square, in dB -> Score.

    real (N, F, C), fake (M, F, C): as `log_power` gives them. With replicates the Score has an interval, of the
    generated signals. Raises ValueError for spectra of signals of two lengths."""
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(f"expected spectra of signals of one length, got {real.shape} and {fake.shape}")
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


def band(spectra: np.ndarray) -> Band:
    """The Band of log power spectra (N, F, C), over channels, too: arrays (F,)."""
    return Band(spectra.mean(axis=(0, 2)), *np.quantile(spectra, (0.1, 0.9), axis=(0, 2)))


def signals(name: str, x: np.ndarray) -> np.ndarray:
    """x itself, or ValueError unless it holds finite signals (N, T, C), at least one."""
    if np.ndim(x) != 3:
        raise ValueError(f"{name} expected signals (N, T, C), got {np.shape(x)}; fix: x[..., None] for one channel")
    features(name, np.reshape(x, (len(x), -1)))
    return x


def rms(difference: np.ndarray) -> np.ndarray:
    """Root mean square over the last axis."""
    return np.sqrt((difference**2).mean(axis=-1))
