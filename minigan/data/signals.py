"""Signals that a program makes, of known kinds: what a generator of sound can be measured on.

Each set has modes that can be counted, as ring and grid have (`minigan.data.points`): chirps between known frequencies,
plucked strings of known pitches, heartbeats of known kinds. Every signal is x[t], t = 0..T-1, at `rate` steps a second,
float32 (T, 1) within -1..1. All numbers are drawn from the seed; the formulas are below, a function for each set.

Sources: the strings are Karplus & Strong 1983, "Digital synthesis of plucked-string and drum timbres", Computer Music
Journal 7(2), 43-55; the beats McSharry, Clifford, Tarassenko & Smith 2003, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Transactions on Biomedical Engineering 50(3), 289-294, table I.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minigan.checks import generator, whole

T = 1024  # steps of every signal
NOISE = 0.005  # deviation of the white noise on every signal: 46 dB below 1

# --- chirps: a tone that glides ---------------------------------------------------------------------------------------

CHIRP_RATE = 8000
# Start and end in Hz: level tones, glides up and down of one octave and of two.
GLIDES = ((300, 300), (1200, 1200), (300, 600), (600, 300), (600, 1200), (1200, 600), (300, 1200), (1200, 300))


def chirps(which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, T): a tone whose frequency goes in a straight line from f0 to f1 of GLIDES[which], in T steps of time D.

        x(t) = a sin(2 pi (f0 t + (f1 - f0) t^2 / (2 D)) + phi) e(t)

    The frequency is the derivative of the phase, divided by 2 pi: f0 + (f1 - f0) t / D. f0 and f1 are off by up to 2 %,
    drawn for each signal; phi is uniform, a in 0.6..0.9; e(t) = sin(pi t / D)^0.5 begins and ends the tone softly.
    """
    n, t, D = len(which), np.arange(T) / CHIRP_RATE, T / CHIRP_RATE
    f0, f1 = (np.array(GLIDES)[which] * rng.uniform(0.98, 1.02, (n, 1))).T[..., None]  # (n, 1) each
    phase = 2 * np.pi * (f0 * t + (f1 - f0) * t**2 / (2 * D)) + rng.uniform(0, 2 * np.pi, (n, 1))
    return rng.uniform(0.6, 0.9, (n, 1)) * np.sin(phase) * np.sqrt(np.sin(np.pi * t / D))


# --- plucks: strings --------------------------------------------------------------------------------------------------

PLUCK_RATE = 8000
PERIODS = (34, 30, 27, 25, 22, 20, 18, 16)  # p of each string in steps: 232 to 485 Hz


def pitch(period: int) -> float:
    """The frequency in Hz of a string of that period: the average of two steps delays by half a step."""
    return PLUCK_RATE / (period + 0.5)


def plucks(which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, T): plucked strings of PERIODS[which] steps, by the rule of Karplus and Strong:

        x[t] = (x[t - p] + x[t - p - 1]) / 2        for t >= p; x[0..p-1], the pluck, is random

    A period is the one before it, smoothed: the tone goes on and loses its high harmonics first, as a string does. The
    paper draws the pluck as plus and minus A; here it is uniform in -1..1, then smoothed once and brought to mean 0, as
    by a soft finger. x[-1], which x[p] asks for, is taken to be x[p-1]. The loudest step of a signal is in 0.6..0.9.
    """
    x = np.empty((len(which), T))
    for k, p in enumerate(PERIODS):
        rows = np.flatnonzero(which == k)
        y = np.empty((len(rows), T + p))
        burst = rng.uniform(-1, 1, (len(rows), p))
        burst = (burst + np.roll(burst, 1, axis=1)) / 2
        y[:, :p] = burst - burst.mean(axis=1, keepdims=True)
        before = y[:, p - 1].copy()  # what stands before the period that is averaged
        for start in range(p, T, p):  # a whole period at once: it only needs the one before
            last = y[:, start - p : start]
            y[:, start : start + p] = (last + np.concatenate([before[:, None], last[:, :-1]], axis=1)) / 2
            before = last[:, -1]
        x[rows] = y[:, :T]
    return rng.uniform(0.6, 0.9, (len(x), 1)) * x / np.abs(x).max(axis=1, keepdims=True)


# --- beats: hearts ----------------------------------------------------------------------------------------------------

BEAT_RATE = 512
# Table I: angle theta of each wave in the cycle (radians; R is 0), height a, width b. P, Q, R, S, T.
ANGLES = np.array([-1 / 3, -1 / 12, 0, 1 / 12, 1 / 2]) * np.pi
HEIGHTS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
BEATS = ("normal", "premature", "no P wave", "wide", "T turned over")


def beats(which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, T): two seconds of heartbeats of the kind BEATS[which].

    McSharry's heart goes round a circle once a beat; at the angle theta_i of each of its five waves it pulls z by
    dz/dt = -a_i d exp(-d^2 / (2 b_i^2)), with d the angle to the wave. On a beat whose angle goes evenly this is

        z = sum_i a_i b_i^2 exp(-d_i^2 / (2 b_i^2)),

    (up to a factor, and without the slow return to a baseline, which is left out here). Three beats, R at 0.35, 1.1 and
    1.85 s of about 80 a minute, all shifted by one deviation of 0.03 s and each by 0.01 s; each wave's height is off
    by 10 %. The kinds are caricatures, each of one thing:
        premature       the second comes 0.3 s early: its P lies on the T of the first, and a pause follows
        no P wave       the a of P is 0
        wide            the second has Q, R and S three times as wide, and T turned over, as one from a ventricle has
        T turned over   the a of T is -1.5 times what it was
    """
    n, t = len(which), np.arange(T) / BEAT_RATE
    kind = np.array(BEATS)[which]
    z = np.zeros((n, T))
    shift = 0.03 * rng.standard_normal((n, 1))
    for beat, at in enumerate((0.35, 1.1, 1.85)):
        odd = beat == 1
        r = at + shift + 0.01 * rng.standard_normal((n, 1)) - 0.3 * (odd & (kind == "premature"))[:, None]
        angle = 2 * np.pi * (t - r) / 0.75  # (n, T), 0 at R; 0.75 s are a beat
        a = HEIGHTS * rng.uniform(0.9, 1.1, (n, 5))
        b = np.broadcast_to(WIDTHS, (n, 5)).copy()
        a[kind == "no P wave", 0] = 0
        a[kind == "T turned over", 4] *= -1.5
        wide = odd & (kind == "wide")
        b[wide, 1:4] *= 3
        a[wide, 1:4] /= 3**2  # a b^2, the height, stays
        a[wide, 4] *= -1.5
        for i in range(5):
            z += (a * b**2)[:, i, None] * np.exp(-((angle - ANGLES[i]) ** 2) / (2 * b[:, i, None] ** 2))
    return 2.2 * z * rng.uniform(0.9, 1.0, (n, 1))


# --- all of them ------------------------------------------------------------------------------------------------------


class Made(NamedTuple):
    """A set: function (which mode (n,), rng) -> (n, T); the names of its modes; steps a second; and the window, in
    steps, of the spectrogram in which the modes differ most (`minigan.metrics.signals`)."""

    draw: Callable[[np.ndarray, np.random.Generator], np.ndarray]
    modes: tuple[str, ...]
    rate: int
    window: int


SETS = {
    "chirps": Made(chirps, tuple(f"{f0}-{f1} Hz" for f0, f1 in GLIDES), CHIRP_RATE, 256),
    "plucks": Made(plucks, tuple(f"{pitch(p):.0f} Hz" for p in PERIODS), PLUCK_RATE, 512),
    "beats": Made(beats, BEATS, BEAT_RATE, 512),
}


def make_signals(name: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n signals of the set `name`, every mode as likely as any other, and which mode each is of.

    Returns (float32 (n, T, 1), int64 (n,)). Raises ValueError for n below 1, rng not a Generator, an unknown name.
    """
    if name not in SETS:
        raise ValueError(f"expected a set of signals out of {', '.join(SETS)}, got {name!r}")
    whole("n, the number of signals,", n)
    made, rng = SETS[name], generator(rng, needed=True)
    which = rng.integers(len(made.modes), size=n)
    x = made.draw(which, rng) + NOISE * rng.standard_normal((n, T))
    return np.clip(x, -1, 1).astype(np.float32)[..., None], which
