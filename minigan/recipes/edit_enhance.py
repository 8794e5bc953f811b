"""`minigan edit RUN enhance`: an enhancer's G makes pictures better in one pass; and how well, beside other methods."""

import numpy as np

from minigan.edit import baselines
from minigan.edit.operators import Downsample, Identity
from minigan.edit.tasks import best
from minigan.models import Degraded
from minigan.recipes.edit_restore import Restored, scores_of
from minigan.recipes.edit_subject import Pictures, Subject

BLOCK = 256  # pictures that go through G at once


def seen_shape(subject: Subject) -> tuple[int, int, int]:
    """The shape of the pictures that G is given."""
    return subject.game.g_input(subject.settings, subject.shape)


def enhance(subject: Subject, came: Pictures, held_out: bool = True) -> Restored:
    """Pictures made better. held_out: whether they are whole ones, which are made worse first, as in the training."""
    factor, grain = subject.settings.enlarge, subject.settings.grain
    y = Degraded(came.x, factor, grain).worse(came.x, subject.rng(3)) if held_out else came.x
    parts = [subject.G.apply(y[i : i + BLOCK], training=False)[0] for i in range(0, len(y), BLOCK)]
    results = {"the enhancer": np.concatenate(parts)}
    if held_out:
        results |= others(subject.train, y, came.x, factor, grain)
    scores = scores_of(subject, results, came, lambda x: x.reshape(len(x), -1)) if held_out else {}
    seen = y.repeat(factor, axis=1).repeat(factor, axis=2)
    return Restored(f"enhance {factor}x, grain {grain:g}", seen, results, came, scores, {})


def others(train: np.ndarray, y: np.ndarray, truth: np.ndarray, factor: int, grain: float) -> dict[str, np.ndarray]:
    """{method: pictures} without a generator."""
    A = Downsample(factor) if factor > 1 else Identity()
    large = np.clip(baselines.bicubic(y, factor), -1, 1)
    results = {"bicubic": large} if factor > 1 else {}
    if grain:
        name = "bicubic and Gaussian filter" if factor > 1 else "Gaussian filter"
        results[name] = best(baselines.gaussian, large, truth, np.arange(0.5, 2.51, 0.1))
    results["linear (Wiener)"] = np.clip(baselines.linear(train, y, A, 2 * grain), -1, 1)
    return results
