"""Why are the gradients that a step handed to its optimizer not the right ones? The simplest explanation that fits.

First the right gradients with another weight: the wrong sign, N times as large, one of D's two parts missing. Then the
slips of `slips.py`, each by itself, then with another weight. Then what is left of earlier steps. If nothing fits, the
record of the calls shows which link of the chain noise, images, logits, loss, D, G, optimizer is broken.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from minigan.gradcheck.core.report import undone
from minigan.gradcheck.games.causes import because
from minigan.gradcheck.games.slips import Scene, added, d_parts, d_slips, g_slips, right

CLOSE = 1e-6
LOSS_OF = {"D": "discriminator", "G": "generator"}


def explain(player: str, said: dict, expected: dict, scene: Scene, events: list) -> dict:
    """-> cause, hint, evidence; cause None if nothing explains it.

    said, expected: the gradients handed to the player's optimizer, and the right ones. events: the record of the calls.
    """
    keys = list(expected)
    s, e = (vector(grads, keys) for grads in (said, expected))
    if not s.any():
        return because("detached" if player == "G" else "zero", f"all {len(s)} numbers are 0")
    weigh = weighed_d if player == "D" else weighed_g
    found = weigh(s, keys, scene) or as_slip(player, s, keys, scene) or as_past(s, e, keys, scene)
    return found or broken_link(player, said, scene, events, lie_of(s, e))


def weighed_g(s: np.ndarray, keys: list[str], scene: Scene) -> dict:
    """The right gradient, times a number."""
    c = fitted(s, [vector(right("G", scene)[1], keys)])
    return {} if c is None else by_factor(float(c[0]), len(scene.z), len(s))


def weighed_d(s: np.ndarray, keys: list[str], scene: Scene) -> dict:
    """The two right parts, each times a number."""
    real, fake = scene.look(scene.real), scene.look(scene.draw(scene.z)[0])
    parts = [vector(part, keys) for part in d_parts(scene, real, fake)[1:]]
    c = fitted(s, parts)
    if c is None:
        return {}
    a, b = (float(x) for x in c)
    if abs(a - b) <= CLOSE * max(abs(a), abs(b)):
        return by_factor(a, len(scene.real), len(s))
    whole = snapped(a), snapped(b)
    cause = "part-sign" if set(whole) == {1, -1} else "parts-weighted"
    cause = "real-ignored" if whole[0] == 0 else "fake-ignored" if whole[1] == 0 else cause
    return because(cause, f"it is {a:+.4g} times the real part and {b:+.4g} times the fake part")


def by_factor(c: float, N: int, size: int) -> dict:
    """The cause that goes with a factor."""
    cause = "ascent" if c < 0 else "factor"
    for value, name in ((float(N), "sum-for-mean"), (1.0 / N, "divided-twice")):
        cause = name if abs(c - value) <= CLOSE * abs(value) else cause
    return because(cause, f"{undone(c)} all {size} numbers are right")


def as_slip(player: str, s: np.ndarray, keys: list[str], scene: Scene) -> dict:
    """The gradients of a game with one slip in it; if not as they are, then times a number."""
    slips = []
    for cause, what, *parts in (d_slips if player == "D" else g_slips)(scene):
        slips.append((cause, what, [vector(part, keys) for part in parts]))
        if close(s, sum(slips[-1][2])):
            return because(cause, f"{what}: with that all {len(s)} numbers are right")
    for cause, what, vectors in slips:
        for parts in ([sum(vectors)], vectors):
            if (c := fitted(s, parts)) is not None:
                times = " and ".join(f"{x:+.4g}" for x in c)
                return because(cause, f"{what}: with that, and times {times}, all {len(s)} numbers are right")
    return {}


def as_past(s: np.ndarray, e: np.ndarray, keys: list[str], scene: Scene) -> dict:
    """The right gradients plus what is left of earlier ones."""
    names = [name for name, grads in scene.past.items() if grads.keys() == set(keys)]
    c = fitted(s, [e, *(vector(scene.past[name], keys) for name in names)])
    if not names or c is None:
        return {}
    parts = {name: x for name, x in zip(names, c[1:], strict=True) if abs(x) > CLOSE}
    cause = "leftover" if any(name.startswith("G's pass") for name in parts) else "accumulated"
    evidence = f"it is {c[0]:+.3g} times the right one" + "".join(f", {x:+.3g} times {n}" for n, x in parts.items())
    return because(cause, evidence)


def broken_link(player: str, said: dict, scene: Scene, events: list, evidence: str) -> dict:
    """The first link of the chain that the record of calls shows to be broken."""

    def calls(who, method):
        return [event for event in events if (event.who, event.method) == (who, method)]

    drawn, looks, backs = calls("G", "forward"), calls("D", "forward"), calls("D", "backward")
    losses = calls("loss", LOSS_OF[player])
    images = [event.result[0] for event in drawn] + ([scene.real] if player == "D" else [])
    if drawn and not any(same(event.first, scene.z) for event in drawn):
        return because("wrong-noise", evidence)
    if looks and not all(any(within(image, event.first) for event in looks) for image in images):
        return because("wrong-images", evidence)
    if losses and looks and not all(any(within(a, e.result[0]) for e in looks) for a in losses[-1].arrays):
        return because("wrong-logits", evidence, method=LOSS_OF[player])
    if backs and losses and not all(any(within(d, e.first) for d in losses[-1].result[1:]) for e in backs):
        return because("wrong-upstream", evidence)
    if player == "G" and not backs:
        hint = "D.backward was never called: without it the images' gradient is not D's"
        return because("detached", evidence, hint)
    d_images = [event.result[0] for event in backs]
    last = backs if player == "D" else calls("G", "backward")
    if player == "G" and last and not any(same(e.first, d) for e in last for d in d_images):
        return because("wrong-image-gradient", evidence)
    results = [event.result[1] for event in last if event.result[1]]
    if results and not all(same(said[key], total) for key, total in added(*results).items()):
        return because("gradients-changed", evidence)
    return {"cause": None, "hint": "", "evidence": evidence}


def lie_of(s: np.ndarray, e: np.ndarray) -> str:
    """How the wrong gradient lies to the right one."""
    cosine = float(s @ e / (np.linalg.norm(s) * np.linalg.norm(e) or 1))
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    times = np.linalg.norm(s) / np.linalg.norm(e)
    return f"it is {times:.3g} times as long as the right one, {angle:.0f} degrees off it"


def vector(grads: dict, keys: Iterable) -> np.ndarray:
    return np.concatenate([np.ravel(grads[key]) for key in keys])


def fitted(s: np.ndarray, parts: list[np.ndarray]) -> np.ndarray | None:
    """The weights with which the parts add up to s, or None."""
    A = np.stack(parts, axis=1)
    c, _, rank, _ = np.linalg.lstsq(A, s, rcond=None)
    return c if rank == len(parts) and close(s, A @ c) else None


def close(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.linalg.norm(one - two) <= CLOSE * max(np.linalg.norm(one), np.linalg.norm(two)))


def same(one: Any, two: Any) -> bool:
    return np.shape(one) == np.shape(two) and close(np.ravel(one), np.ravel(two))


def within(part: np.ndarray, whole: np.ndarray) -> bool:
    """Whether `part` is `whole`, or its first or last samples: two batches may have gone through D as one."""
    n = len(part)
    return any(same(part, a) for a in (whole, whole[:n], whole[-n:]))


def snapped(x: float) -> float:
    """A whole number if x is close to one."""
    return round(x) if abs(x - round(x)) <= CLOSE else x
