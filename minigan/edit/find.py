"""The noise of a picture: z for which G(z) is as near as can be to what is seen of it.

    z* = argmin over z of f(z)          f: `minigan.edit.objective`

f has many valleys, and each descent ends in one. So each picture has many starts, all at once in one batch, which go
down by Adam with a falling learning rate. Most are poor, and that shows early: after each round only the better part of
a picture's starts goes on (successive halving: Jamieson & Talwalkar 2016, arXiv:1502.07943, algorithm 1). With a G that
is told the class, and no labels given, the starts are dealt to all classes in turn, and the best wins.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from minigan.checks import positive, whole
from minigan.edit.objective import BLOCK, Objective
from minigan.layers import Layer
from minigan.models import Noise
from minigan.optim import Adam

Start = Callable[[np.ndarray], np.ndarray]  # what is seen (N, ...) -> a noise for each (N, z_dim)
LAST = 0.05  # the share of the learning rate that is left at the end


@dataclass(frozen=True)
class Search:
    """How much is searched. starts: of each picture. steps: in all. rounds: after each but the last, one in `drop` of
    the starts goes on. lr: Adam's learning rate at the start, in units of z. Raises ValueError for what cannot be."""

    starts: int = 40
    steps: int = 150
    rounds: int = 3
    drop: int = 4
    lr: float = 0.1

    def __post_init__(self) -> None:
        for name in ("starts", "steps", "rounds", "drop"):
            whole(name, getattr(self, name))
        positive("lr", self.lr)
        if self.rounds > self.steps:
            raise ValueError(f"{self.rounds} rounds need at least as many steps, got {self.steps}")

    def lr_at(self, t: int) -> float:
        """The learning rate in step t: it falls along half a cosine wave to LAST of what it was."""
        return self.lr * (LAST + (1 - LAST) * (1 + np.cos(np.pi * t / self.steps)) / 2)


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found for N pictures, the `kept` best starts of each, the best one first.

    z (N, kept, z_dim). labels (N, kept) or None. values (N, kept): f. history (N, steps): f of the best start so far.
    """

    z: np.ndarray
    labels: np.ndarray | None
    values: np.ndarray
    history: np.ndarray

    def pictures(self, G: Layer) -> np.ndarray:
        """G of all kept noises, (N, kept, H, W, C) in [-1, 1]."""
        N, kept, z_dim = self.z.shape
        flat = None if self.labels is None else self.labels.reshape(-1)
        x = drawn(G, self.z.reshape(-1, z_dim), flat)
        return x.reshape(N, kept, *x.shape[1:])


def drawn(G: Layer, z: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Noise (n, z_dim), labels (n,) or None -> pictures (n, H, W, C) in [-1, 1], G in evaluation mode, in blocks."""
    parts = []
    for some in (slice(i, i + BLOCK) for i in range(0, len(z), BLOCK)):
        given = None if labels is None else {"labels": labels[some]}
        parts.append(G.apply(z[some], training=False, given=given)[0])
    return np.concatenate(parts)


def find(objective: Objective, noise: Noise, rng: np.random.Generator, search: Search | None = None, *,
         classes: int = 0, labels: np.ndarray | None = None, start: Start | None = None, keep: int = 1,
         tick: Callable[[], object] = lambda: None) -> Found:  # fmt: skip
    """Search the noise of the N pictures of `objective`.

    noise: what G draws from; its codes are drawn with the starts and stay. classes: of a G that is told them, 0 for
    none. labels: the class of each picture, (N,); None: all are tried. start: a function that gives a first guess of z
    for each picture, such as the mean of an encoder; it takes the place of the first start, and where all classes are
    tried, of the first start of each. keep: how many starts of each picture are given back. tick: called after each
    step.
    """
    search, N = search or Search(), len(objective.y)
    z = noise.sample(N * search.starts, rng).reshape(N, search.starts, noise.size)
    z = z.astype(objective.y.dtype)
    told = dealt(N, search.starts, classes, labels)
    if start is not None:
        z[:, : max(1, classes if labels is None else 1)] = start(objective.y)[:, None, :]
    history, t = np.empty((N, search.steps), z.dtype), 0
    for r, steps in enumerate(np.diff(np.linspace(0, search.steps, search.rounds + 1).astype(int))):
        z, values = descend(objective, z, told, noise.z_dim, history[:, t : t + steps], partial_lr(search, t), tick)
        best = np.argsort(values, axis=1, kind="stable")
        t, last = t + steps, r == search.rounds - 1
        goes_on = best[:, : keep if last else max(keep, -(-best.shape[1] // search.drop))]
        z, values = np.take_along_axis(z, goes_on[:, :, None], axis=1), np.take_along_axis(values, goes_on, axis=1)
        told = None if told is None else np.take_along_axis(told, goes_on, axis=1)
    return Found(z, told, values, np.minimum.accumulate(history, axis=1))


def partial_lr(search: Search, first: int) -> Callable[[int], float]:
    """The learning rate in step t of a round that begins with step `first`."""
    return lambda t: search.lr_at(first + t)


def dealt(N: int, starts: int, classes: int, labels: np.ndarray | None) -> np.ndarray | None:
    """The label of each start, (N, starts): that of the picture, or each class in turn. None without classes."""
    if not classes:
        return None
    if labels is not None:
        return np.repeat(np.asarray(labels)[:, None], starts, axis=1)
    if starts < classes:
        raise ValueError(f"{classes} classes need at least as many starts, to try each, got {starts}; fix: more "
                         "starts (--starts), or labels (--class)")  # fmt: skip
    return np.tile(np.arange(starts) % classes, (N, 1))


def descend(objective: Objective, z: np.ndarray, labels: np.ndarray | None, free: int, history: np.ndarray,
            lr: Callable[[int], float], tick: Callable[[], object]) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Adam on z (N, starts, z_dim) -> for each start the z where f was least, and that f (N, starts).

    history (N, steps): a column for each step; it gets f of the best start of each picture. free: how many numbers of z
    move."""
    N, starts, size = z.shape
    params = {"z": z.reshape(N * starts, size).copy()}
    optimizer = Adam(params, lr=lr(0))
    which, told = np.repeat(np.arange(N), starts), None if labels is None else labels.reshape(-1)
    best, least = params["z"].copy(), np.full(N * starts, np.inf, z.dtype)
    for t in range(history.shape[1] + 1):
        values, slopes = objective(params["z"], told, which)
        better = values < least
        least[better], best[better] = values[better], params["z"][better]
        if t == history.shape[1]:  # the last look is at where the last step led
            break
        history[:, t] = values.reshape(N, starts).min(axis=1)
        slopes[:, free:] = 0
        optimizer.lr = lr(t)
        optimizer.step({"z": slopes})
        tick()
    return best.reshape(z.shape), least.reshape(N, starts)


def joined(parts: list[Found]) -> Found:
    """The results of several batches of pictures, as one."""
    first = parts[0]
    told = None if first.labels is None else np.concatenate([part.labels for part in parts])
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("z", "values", "history")}
    return replace(first, labels=told, **arrays)
