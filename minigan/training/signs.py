"""Is it working? The signs by which one knows what a game does: each is one small object, found in the numbers so far.

    D has won         D's loss has fallen to nearly nothing
    G stands still    G's samples hardly move, and D is not deceived
    all alike         G's samples lie much nearer to each other than real ones do
    oscillates        the losses go up and down with a period

and of a variational autoencoder

    code unused       the KL is nearly 0: the encoder gives all samples the same code
    all alike         as above

The thresholds were set by trainings of which the state is known; `minigan/recipes/README.md` has the table. None of
them reads the scale of the logits, which means nothing with a Wasserstein loss.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

KEPT = 4000  # steps whose losses are kept
EARLY, EARLY_LOOKS = 100, 5  # before so many steps and looks nothing is said: every game begins with a G of one colour
WON = 0.02  # D's loss as a share of that of a D that knows nothing
VANISHED = 0.01  # G's push as a share of its largest
STILL, LOSING = 0.1, 0.1  # moves between looks, as a share of the distance of real samples; D's loss, as for WON
NARROW, ALIKE = 0.1, 0.25  # spread below, or share of alike pairs above
SPREADING = 1.2  # by this factor within five looks: a narrow G on its way out, as at the start of a slow training
WAVE = 0.5  # the autocorrelation after a whole period: 1 for a pure wave, near 0 for noise
UNUSED = 0.1  # KL, in nats per sample
BINS, PERIODS = 240, 3  # the losses are averaged to so many numbers; fewer periods than that are no wave


class History:
    """What is known of a training so far: the numbers of its last steps, and all looks (`minigan.training.looks`).

    loss: the Loss of the game, or None if it has none.
    """

    def __init__(self, loss: Any = None) -> None:
        self.steps: deque[Mapping[str, float]] = deque(maxlen=KEPT)
        self.looks: list[dict[str, float]] = []
        self.least, self.ignorant = bounds(loss)

    def column(self, name: str, window: int) -> np.ndarray:
        """The numbers of this name in the last `window` steps; nan where a step has none."""
        rows = list(self.steps)[-window:]
        return np.array([row.get(name, np.nan) for row in rows], np.float64)

    def looked(self, name: str) -> np.ndarray:
        """The numbers of this name in all looks that have one."""
        numbers = np.array([row.get(name, np.nan) for row in self.looks], np.float64)
        return numbers[np.isfinite(numbers)]

    @property
    def early(self) -> bool:
        """Whether it is too early to say anything."""
        return not self.steps or self.steps[-1]["step"] < EARLY or len(self.looks) < EARLY_LOOKS


def bounds(loss: Any) -> tuple[float, float]:
    """The least value of D's loss, and its value for a D that knows nothing, whose logits are all 0.

    The least is searched over logits from -20 to 20. It is minus infinity if the loss falls without end, as a
    Wasserstein loss does. (nan, nan) without a loss. Of a loss with class scores it is that of the logits: the scores
    of a D that has won cost nothing.
    """
    if not hasattr(loss, "discriminator"):
        return np.nan, np.nan
    game = getattr(loss, "game", loss)

    def value(real, fake):
        return game.discriminator(np.full((2, 1), real), np.full((2, 1), fake))[0]

    logits = np.linspace(-20, 20, 41)
    least = min(value(real, fake) for real in logits for fake in logits)
    endless = least < value(10.0, -10.0) - 1 and value(40.0, -40.0) < least - 1
    return -np.inf if endless else least, value(0.0, 0.0)


class Sign(NamedTuple):
    """One sign.

    word: for the progress line and metrics.csv. found: function (History) -> the numbers for `seen`, a dict; None if
    the sign is not there. seen, means, advice: what was seen, what it means, what to try, as sentences.
    """

    word: str
    found: Callable[[History], dict | None]
    seen: str
    means: str
    advice: str

    def sentences(self, numbers: Mapping[str, Any]) -> str:
        """The sign in full, with its numbers."""
        return f"{self.word}: {self.seen.format(**numbers)} {self.means} Try {self.advice}."


def d_has_won(h: History) -> dict | None:
    """D's loss has been nearly the least possible for a while."""
    share, window = left_to_d(h)
    return {"share": share, "window": window, "push": pushed(h)} if share < WON else None


def left_to_d(h: History) -> tuple[float, int]:
    """How much of D's loss is left: 1 for a D that knows nothing, 0 for one that has won; the mean of the last
    twentieth of the steps, at least 50 -> the share, nan if it cannot be said, and how many steps it is of."""
    window = max(50, len(h.steps) // 20)
    losses = h.column("d_loss", window)
    if not np.isfinite(h.least) or len(losses) < window:
        return np.nan, window
    return (losses.mean() - h.least) / (h.ignorant - h.least), window


def pushed(h: History) -> str:
    """What has become of G's gradient, as a sentence."""
    push = h.looked("push")
    if not len(push) or not push.max():
        return ""
    left = push[-1] / push.max()
    if left < VANISHED:
        return f"The gradient that G gets through D has vanished: it is {left:.1g} of its largest."
    return f"G still gets a gradient, {left:.0%} of its largest."


def g_stands_still(h: History) -> dict | None:
    """In the last half of the looks no move was more than a trifle, though D tells most samples apart. (Where D does
    not, G has arrived.)"""
    moved = h.looked("moved")[len(h.looks) // 2 :]
    there = len(moved) and moved.max() < STILL and left_to_d(h)[0] < LOSING
    return {"most": moved.max()} if there else None


def all_alike(h: History) -> dict | None:
    """The samples of the last three looks lie close together and do not spread, or many pairs are nearly the same."""
    spread, alike = h.looked("spread"), h.looked("alike")[-3:]
    if len(alike) < 3:
        return None
    narrow = spread[-3:].max() < NARROW and spread[-1] <= SPREADING * spread[-5:].min()
    return {"spread": spread[-1], "alike": alike[-1]} if narrow or alike.min() > ALIKE else None


def oscillates(h: History) -> dict | None:
    """The losses of both players have the same period, over the last half of the steps, at least 200. The first 200 do
    not count: many a game swings before it settles."""
    window = len(h.steps) // 2
    both = [h.column(name, window) for name in ("d_loss", "g_loss")]
    if window < 200 or not np.isfinite(both).all():
        return None
    one, other = (wave(losses) for losses in both)
    return {"period": one, "window": window} if one and 0.75 < other / one < 1.33 else None


def code_unused(h: History) -> dict | None:
    """The mean KL of the last twentieth of the steps, at least 50, says that a code tells next to nothing."""
    window = max(50, len(h.steps) // 20)
    kl = h.column("kl", window).mean()
    return {"kl": kl, "window": window} if kl < UNUSED else None


def wave(x: np.ndarray) -> float:
    """The period of x (T,), in entries, if it goes up and down with one; else 0.

    x is averaged to at most BINS numbers, and a parabola, the drift, is taken off. Then its autocorrelation r(lag) must
    fall below -WAVE / 2 and rise to WAVE again, at a lag that fits PERIODS times.
    """
    size = max(1, len(x) // BINS)
    x = x[len(x) % size :].reshape(-1, size).mean(axis=1)
    t = np.arange(len(x))
    x = x - np.polyval(np.polyfit(t, x, 2), t)
    if not x.any():
        return 0.0
    spectrum = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    r = np.fft.irfft(spectrum)[: len(x) // 2]
    r = r / r[0] * len(x) / (len(x) - np.arange(len(r)))  # each lag has fewer pairs than the one before
    low = first(r < -WAVE / 2)
    high = low + first(r[low:] > WAVE)
    end = high + first(r[high:] < 0)
    if end == len(r):  # the autocorrelation does not fall again: that was no peak
        return 0.0
    peak = high + int(r[high:end].argmax())
    return float(peak * size) if PERIODS * peak <= len(x) else 0.0


def first(there: np.ndarray) -> int:
    """The index of the first True of `there` (T,); T if there is none."""
    return int(there.argmax()) if there.any() else len(there)


SIGNS = (
    Sign("D has won", d_has_won,
         "D's loss was {share:.1%} of that of a D that knows nothing, over the last {window} steps. {push}",
         "D tells real and generated samples apart without an error, so its answer says little about how to improve.",
         "--loss non-saturating if the loss is minimax; a smaller --d-lr; --k 1; --penalty r1:1; --instance-noise 0.1"),
    Sign("all alike", all_alike,
         "the mean distance between G's samples is {spread:.0%} of that between real ones, and {alike:.0%} of the "
         "pairs are nearer to each other than 99 % of the real pairs.",
         "G draws few kinds of samples, or one: it has collapsed.",
         "--penalty dragan:1, --pac 2, --minibatch, --unroll 5, or --recipe r3gan; a smaller --lr"),
    Sign("G stands still", g_stands_still,
         "in the last half of the run G's samples moved by at most {most:.1%} of the distance between real ones from "
         "picture to picture.",
         "G does not learn: its steps are too small, or no gradient reaches it.",
         "a larger --g-lr; if D has won, what helps against that"),
    Sign("oscillates", oscillates,
         "over the last {window} steps both losses went up and down with a period of about {period:.0f} steps.",
         "The players go round each other and do not arrive.",
         "--penalty r1:1, a smaller --beta1, a smaller --lr, or --ema 0.999, which shows an average of G"),
)  # fmt: skip
SIGNS_OF_CODE = (
    Sign("code unused", code_unused,
         "the KL was {kl:.2g} nats per sample over the last {window} steps.",
         "The encoder gives every sample nearly the same code, so that G draws much the same for all (posterior "
         "collapse).",
         "--free-bits 0.1, a smaller --beta, more steps; with --likelihood gaussian, a small --sigma such as 0.1"),
    Sign("all alike", all_alike,
         "the mean distance between G's samples is {spread:.0%} of that between real ones, and {alike:.0%} of the "
         "pairs are nearer to each other than 99 % of the real pairs.",
         "G makes much the same of any code.", "a smaller --beta, --free-bits 0.1, or more steps"),
)  # fmt: skip
NO_ALARM, TOO_EARLY = "no alarm", "early"


class Signs(NamedTuple):
    """The signs of one kind of training, and what to say where there is none of them, of the numbers `spread` and `kl`
    now."""

    all: tuple[Sign, ...]
    well: str


OF_A_GAME = Signs(SIGNS,
                  "D has not won, G moves, its samples are not all alike (their mean distance is {spread:.0%} of that "
                  "of real ones), and the losses do not oscillate.")  # fmt: skip
OF_A_CODE = Signs(SIGNS_OF_CODE,
                  "the code is used ({kl:.1f} nats per sample), and G's samples are not all alike (their mean distance "
                  "is {spread:.0%} of that of real ones).")  # fmt: skip


def signs_of(history: History) -> Signs:
    """The signs of what is trained: a variational autoencoder has a KL among its numbers, a game has none."""
    return OF_A_CODE if history.steps and "kl" in history.steps[-1] else OF_A_GAME


def all_well(history: History) -> str:
    """What to say where no sign is there."""
    numbers = {"spread": history.looked("spread")[-1], "kl": history.column("kl", 50).mean()}
    return f"{NO_ALARM}: {signs_of(history).well.format(**numbers)}"


def found(history: History) -> list[tuple[Sign, dict]]:
    """The signs that are there now, each with its numbers; none before EARLY steps and EARLY_LOOKS looks."""
    if history.early:
        return []
    pairs = [(sign, sign.found(history)) for sign in signs_of(history).all]
    return [(sign, numbers) for sign, numbers in pairs if numbers is not None]
