"""One call of a student's step, and what it changed besides the gradients: who moved, how often, by whose hand."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigan.gradcheck.core.numeric import differences, relative_error
from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.games.causes import because
from minigan.gradcheck.games.watch import LR, Event, Table
from minigan.layers import StaleCacheError
from minigan.optim import NonFiniteError

OTHER = {"D": "G", "G": "D"}


@dataclass
class Call:
    """players: "D", "G" or "DG". before, after: params and state of both. error: what the step raised, or None."""

    players: str
    real: np.ndarray
    z: np.ndarray
    events: list
    before: dict
    after: dict
    kept: tuple  # arrays that D carries besides its params and state, before and after
    result: object = None
    error: Exception | None = None
    changed: tuple = ()  # names of the arguments that were changed in place

    def steps(self, player: str) -> list[Event]:
        """The steps of its optimizer."""
        return [event for event in self.events if event.who == f"{player.lower()}_optimizer"]

    def moved(self, player: str) -> list[str]:
        """The player's parameters that changed."""
        return [key for key, p in self.after[player][0].items() if not np.array_equal(p, self.before[player][0][key])]


def played(table: Table, players: str, function: Callable, real: np.ndarray, z: np.ndarray) -> Call:
    """Call the step."""
    optimizers = [table.optimizers[who] for who in ("GD" if players == "DG" else players)]
    batch = {"z": z.copy()} if players == "G" else {"real": real.copy(), "z": z.copy()}
    before, kept, first, result, error = table.now(), table.keepsakes("D"), len(table.events), None, None
    try:
        with np.errstate(all="ignore"):
            result = function(table.G, table.D, table.loss, *optimizers, *batch.values())
    except Exception as raised:
        error = raised
    table.look_at_states()
    changed = tuple(name for name, a in batch.items() if not np.array_equal(a, {"z": z, "real": real}[name]))
    events, kept = table.events[first:], (kept, table.keepsakes("D"))
    return Call(players, real, z, events, before, table.now(), kept, result, error, changed)


def step_of(player: str) -> str:
    return f"{player}'s step"


def raised(call: Call) -> Finding:
    """What the step raised, as a Finding."""
    error, last = call.error, call.events[-1] if call.events else None
    generator = any(event.method == "generator" for event in call.events)
    player = ("G" if generator or call.steps("D") else "D") if call.players == "DG" else call.players
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    evidence = f"{own[-1].filename}, line {own[-1].lineno}: {own[-1].line}" if own else ""
    who, method = (last.who, last.method) if last is not None else ("", "")
    why = because("raises", evidence)
    if method == "step":
        why = misdirected(call, last, evidence)
    elif not frames and isinstance(error, TypeError):
        why = because("signature", evidence)
    elif isinstance(error, StaleCacheError) and (player, who) == ("G", "D"):
        hint = "D has changed since that pass: after D's step call D.forward(fake) again, and use what it says now"
        why = because("d-reused", evidence, hint)
    elif isinstance(error, StaleCacheError):
        why = because("stale-cache", evidence)
    elif (who, method) == ("G", "backward") and last.first is None:
        hint = "D.backward must return the gradient by the images: leave out input_grad=False"
        why = because("detached", evidence, hint)
    return Finding(step_of(player), f"raised {type(error).__name__}: {error}", **why)


def misdirected(call: Call, step: Event, evidence: str) -> dict:
    """Why an optimizer refused its gradients."""
    owner = step.who[0].upper()
    other = OTHER[owner]
    if isinstance(call.error, NonFiniteError):
        return because("nan", evidence)
    if not fits(step.first, call.before[other][0]):
        return because("keys", evidence)
    if owner not in call.players or sum(event.who == step.who for event in call.events) > 1:
        hint = "each player has an optimizer of its own: step G's with G's gradients"
        return because("one-optimizer", evidence, hint)
    return because("other-player", evidence, owner=owner, other=other)


def fits(grads: Any, params: dict) -> bool:
    """Whether there is one gradient for each parameter, of its shape."""
    shapes = {key: p.shape for key, p in params.items()}
    return isinstance(grads, dict) and {key: np.shape(g) for key, g in grads.items()} == shapes


def changes(table: Table, call: Call) -> Iterator[Finding]:
    """Who changed, and was it their optimizer, once?"""
    where = step_of(call.players[0]) if len(call.players) == 1 else "step"
    for name in call.changed:
        yield Finding(where, f"{name} was changed in place", **because("input-changed"))
    for who in "GD":
        steps = call.steps(who)
        if who not in call.players:
            if steps or call.moved(who):
                yield trespass(call, who, steps)
        elif len(steps) != 1:
            yield miscounted(call, who, steps)
        elif odd := by_hand(call, who, steps[0]):
            message = f"{who}'s parameters were changed by something else than the step of its optimizer"
            yield Finding(step_of(who), message, **because("by-hand", odd))
        if who in table.unexplained:
            message = f"the state of {who} was changed by something else than a forward pass in training mode"
            yield Finding(where, message, **because("state-by-hand"))
    table.unexplained.clear()
    order = [event.who for event in call.events if event.method == "step"]
    if order[:1] == ["g_optimizer"] and "d_optimizer" in order and call.players == "DG":
        yield Finding("step", "G's optimizer is stepped before D's", **because("order"))


def trespass(call: Call, who: str, steps: list[Event]) -> Finding:
    """A player that should have stayed as it was has not."""
    own, moved = call.players, call.moved(who)
    if steps and fits(steps[0].first, call.before[own][0]) and not fits(steps[0].first, call.before[who][0]):
        return Finding(step_of(own), f"{own}'s gradients were handed to {who}'s optimizer", **because("one-optimizer"))
    size = max(np.abs(call.after[who][0][key] - call.before[who][0][key]).max() for key in moved) if moved else 0
    message = f"{own}'s step changed {who}: {', '.join(moved) or 'its optimizer was stepped'}"
    evidence = f"largest change {size:.2e}; {who}'s optimizer was stepped {len(steps)} times"
    return Finding(step_of(own), message, **because(f"{who.lower()}-in-{own.lower()}-step", evidence))


def miscounted(call: Call, who: str, steps: list[Event]) -> Finding:
    """An optimizer was not stepped once."""
    where, other = step_of(who), OTHER[who]
    if not steps and call.players == "DG" and len(call.steps(other)) > 1:
        return Finding(where, f"{other}'s optimizer was stepped for {who} too", **because("one-optimizer"))
    if not steps:
        by = ", but parameters changed: by hand?" if call.moved(who) else ""
        return Finding(where, f"{who}'s optimizer was not stepped{by}", **because("no-step", who=who))
    if call.players == "DG" and who == "D" and any(e.method == "generator" for e in between(call, steps)):
        why = because("d-in-g-step", hint="in G's step only G's optimizer is stepped")
        return Finding(step_of("G"), "D's optimizer was stepped again after G's loss", **why)
    message, evidence = f"{who}'s optimizer was stepped {len(steps)} times", f"{len(steps)} calls of step"
    return Finding(where, message, **because("stepped-twice", evidence))


def between(call: Call, steps: list[Event]) -> list[Event]:
    """The events between the first and the last of two steps."""
    first, last = (next(i for i, e in enumerate(call.events) if e is step) for step in (steps[0], steps[-1]))
    return call.events[first:last]


def by_hand(call: Call, who: str, step: Event) -> str:
    """Which parameters are not where the optimizer's one step took them; "" if none."""
    before, after = call.before[who][0], call.after[who][0]
    return ", ".join(key for key, p in before.items()
                     if not np.allclose(after[key], p - LR * step.first[key], 1e-9, 1e-12))  # fmt: skip


def left_in_d(call: Call, grads: dict) -> Finding | None:
    """Did G's step leave D's gradients somewhere on D?"""
    before, after = call.kept
    for name, a in after.items():
        old = before.get(name)
        for key, g in grads.items():
            added = g + old if old is not None and np.shape(old) == g.shape else g
            if a.shape == g.shape and np.abs(g).max() > 0 and (np.allclose(a, g, 1e-6) or np.allclose(a, added, 1e-6)):
                evidence = f"D{name} now holds D's gradient of {key} by G's loss"
                message = "G's pass left gradients in D, where D's next step may take them for its own"
                return Finding(step_of("G"), message, **because("leaves-gradients", evidence))
    return None


def returned(call: Call, player: str) -> float | None:
    """The loss that a step returned for this player, or None if it returned no number there."""
    result, index, alone = call.result, call.players.index(player), len(call.players) == 1
    name = "loss" if alone else f"{player.lower()}_loss"
    if isinstance(result, dict):
        found = result.get(name)
    elif not hasattr(result, name) and isinstance(result, tuple | list) and len(result) > index:
        found = result[index]
    else:
        found = getattr(result, name, result if alone else None)
    found = getattr(found, "loss", found)
    number = np.ndim(found) == 0 and isinstance(found, int | float | np.number) and not isinstance(found, bool)
    return float(found) if number else None


def unlike_differences(value: Callable, network: Any, expected: dict, rng: np.random.Generator) -> Finding | None:
    """Are the networks' own gradients wrong? One entry of each parameter against differences.

    value: the loss as a function of nothing, which reads the parameters of `network`."""
    most = max(np.abs(g).max() for g in expected.values())
    for key, p in network.params.items():
        index = tuple(int(rng.integers(n)) for n in p.shape)
        numeric = differences(value, p, [index])
        error = relative_error(np.array([expected[key][index]]), numeric.gradient, noise=1e-5 * most,
                               uncertain=10 * numeric.error)  # fmt: skip
        if numeric.smooth[0] and error[0] > 1e-4:
            message = f"the gradient of {key} that the networks compute is not that of the loss: error {error[0]:.1e}"
            return Finding("networks", message, float(error[0]), **because("network-wrong"))
    return None
