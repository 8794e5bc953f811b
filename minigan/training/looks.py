"""A look at the game from time to time: a few numbers that say whether it works, of the same noise each time.

    spread   how far G's samples lie from each other, as a share of how far real ones do: mean distances of all pairs.
             Near 1 where G draws as many kinds of samples as there are, 0 where all are one.
    alike    the share of pairs of G's samples that are nearer to each other than all but a hundredth of the real pairs
             are: 0.01 for real samples. It grows as G draws fewer kinds, k times for a k-th of them.
    moved    how far G's samples of the same noise have moved since the look before, as a share of the mean distance of
             real ones.
    push     what D's answer tells G to do: N times the mean length of the gradient of G's loss by its samples
             (d_images in `minigan.gan`). A falling push is a vanishing gradient (Arjovsky & Bottou 2017,
             arXiv:1701.04862, theorem 2.4).

Nothing here changes the training: networks run in evaluation, and no random number is drawn.
"""

from typing import Any

import numpy as np

from minigan.batch import Batch

COLUMNS = ("spread", "alike", "moved", "push")
MOST = 256  # samples that are compared with each other


def look(trainer: Any, fake: np.ndarray, before: np.ndarray | None = None,
         labels: np.ndarray | None = None) -> dict[str, float]:  # fmt: skip
    """The numbers in COLUMNS, as a dict; what cannot be measured is nan.

    fake: samples of the network that is shown, (N, ...), as `trainer.samples` are: images in [-1, 1]. before: those of
    the look before, of the same noise, or None. labels: the classes that `fake` were drawn for, (N,); None for a G that
    is not told any.
    """
    fake = fake[:MOST]
    batch = trainer.data.chosen(np.linspace(0, len(trainer.data) - 1, len(fake)).astype(int))
    real_distances, distances = pairs(batch.x), pairs(fake)
    unit = max(real_distances.mean(), np.finfo(np.float32).tiny)
    numbers = dict.fromkeys(COLUMNS, np.nan)
    numbers["spread"] = distances.mean() / unit
    numbers["alike"] = np.mean(distances <= np.quantile(real_distances, 0.01))
    if before is not None and before.shape[1:] == fake.shape[1:]:  # a network that grew has larger samples
        numbers["moved"] = np.linalg.norm(flat(fake) - flat(before[: len(fake)]), axis=1).mean() / unit
    told = batch.given if labels is None else {**batch.given, "labels": labels[: len(fake)]}
    numbers["push"] = push(trainer.objective, batch, Batch(fake, told))
    return {name: float(number) for name, number in numbers.items()}


def push(objective: Any, real: Batch, fake: Batch) -> float:
    """N times the mean length of the gradient of G's loss by the samples of `fake`; nan for a game that has no G, D and
    loss, or whose G does not play against D's logit.

    real: as many real samples. D is told the conditions of each batch.
    """
    G, D, loss = (getattr(objective, name, None) for name in ("G", "D", "loss"))
    if G is None or D is None or not hasattr(loss, "generator"):
        return np.nan
    whole = len(fake) - len(fake) % D.pack_size
    real, fake = real.chosen(np.arange(whole)), fake.chosen(np.arange(whole))
    loss = loss.about(fake.given)
    logits, cache = D.apply(fake.x, training=False, given=fake.given)
    others = (D.apply(real.x, training=False, given=real.given)[0],) if loss.paired else ()
    _, d_logits = loss.generator(logits, *others)
    d_images = D.input_grad(d_logits, cache)
    return whole * float(np.linalg.norm(flat(d_images), axis=1).mean())


def flat(x: np.ndarray) -> np.ndarray:
    """(N, ...) -> (N, numbers), float64."""
    return x.reshape(len(x), -1).astype(np.float64)


def pairs(x: np.ndarray) -> np.ndarray:
    """The distances of all pairs of different samples of x (N, ...), N (N - 1) / 2 numbers."""
    x = flat(x)
    square = (x * x).sum(axis=1)
    distances = np.sqrt(np.maximum(square[:, None] + square - 2 * x @ x.T, 0))
    return distances[np.triu_indices(len(x), 1)]
