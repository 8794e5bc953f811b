"""One call of a student's step, and what it changed besides the gradients: who moved, how often, by whose hand."""

import inspect
import traceback
from dataclasses import dataclass

import numpy as np

from minigan.gradcheck.core.numeric import differences, relative_error
from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.games.watch import LR
from minigan.layers import StaleCacheError
from minigan.optim import NonFiniteError

CAUSES = {
    "d-in-g-step": "G's step changed D.",
    "g-in-d-step": "D's step changed G.",
    "one-optimizer": "One optimizer was given the gradients of both players.",
    "other-player": "An optimizer was given the gradients of the other player.",
    "no-step": "An optimizer was not stepped.",
    "stepped-twice": "An optimizer was stepped more than once.",
    "by-hand": "Parameters were changed by something else than their optimizer.",
    "state-by-hand": "Running statistics were changed by something else than a forward pass in training mode.",
    "order": "G moved before D.",
    "nan": "Gradients are NaN or infinite.",
    "keys": "There is not one gradient for each parameter.",
    "leaves-gradients": "G's step left gradients in D.",
    "stale-cache": "A cache was used after its network's parameters had changed.",
    "signature": "The step takes other arguments than it is called with.",
    "raises": "The step raised an exception.",
    "input-changed": "The real images or the noise were changed in place.",
    "network-wrong": "The networks' own gradients are wrong, so that no step can be right.",
}


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

    def steps(self, player):
        """Its optimizer's steps."""
        return [event for event in self.events if event.who == f"{player.lower()}_optimizer"]


def played(table, players, function, real, z, options):
    """Call the step -> Call."""
    optimizers = [table.optimizers[who] for who in ("GD" if players == "DG" else players)]
    batch = {"z": z.copy()} if players == "G" else {"real": real.copy(), "z": z.copy()}
    before, kept, first, result, error = table.now(), table.keepsakes("D"), len(table.events), None, None
    try:
        with np.errstate(all="ignore"):
            result = function(table.G, table.D, table.loss, *optimizers, *batch.values(), **options)
    except Exception as raised:
        error = raised
    table.look_at_states()
    changed = tuple(name for name, a in batch.items() if not np.array_equal(a, {"z": z, "real": real}[name]))
    events, kept = table.events[first:], (kept, table.keepsakes("D"))
    return Call(players, real, z, events, before, table.now(), kept, result, error, changed)


def step_of(player):
    return f"{player}'s step"


def raised(call):
    """What the step raised, as a Finding."""
    error, last = call.error, call.events[-1] if call.events else None
    generator = any(event.method == "generator" for event in call.events)
    player = ("G" if generator or call.steps("D") else "D") if call.players == "DG" else call.players
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    evidence = f"{own[-1].filename}, line {own[-1].lineno}: {own[-1].line}" if own else ""
    message = f"raised {type(error).__name__}: {error}"
    if last is not None and last.method == "step":
        return Finding(step_of(player), message, evidence=evidence, **misdirected(call, last))
    cause, hint = "raises", ""
    if not frames and isinstance(error, TypeError):
        cause, hint = (
            "signature",
            "write it as d_step(G, D, loss, optimizer, real, z), g_step(G, D, loss, optimizer, z)",
        )
    elif isinstance(error, StaleCacheError):
        cause, hint = "stale-cache", "do all passes of a step before its optimizer is stepped"
        if player == "G" and last is not None and last.who == "D":
            cause = "d-reused"
            hint = "D has changed since that pass: after D's step call D.forward(fake) again, and use what it says now"
    elif last is not None and (last.who, last.method) == ("G", "backward") and last.first is None:
        cause, hint = "detached", "D.backward must return the gradient by the images: leave out input_grad=False"
    return Finding(step_of(player), message, cause=cause, hint=hint, evidence=evidence)


def misdirected(call, step):
    """An optimizer refused its gradients -> cause and hint."""
    owner = step.who[0].upper()
    other = "D" if owner == "G" else "G"
    if isinstance(call.error, NonFiniteError):
        return {"cause": "nan", "hint": "which pass or loss made the first NaN? Print what each returns"}
    if not fits(step.first, call.before[other][0]):
        return {"cause": "keys", "hint": "an optimizer wants one gradient for each parameter of its player"}
    if owner not in call.players or sum(event.who == step.who for event in call.events) > 1:
        return {
            "cause": "one-optimizer",
            "hint": "each player has an optimizer of its own: step G's with G's gradients",
        }
    return {"cause": "other-player", "hint": f"{owner}'s optimizer was given gradients of {other}: hand over {owner}'s"}


def fits(grads, params):
    return isinstance(grads, dict) and {k: np.shape(g) for k, g in grads.items()} == {
        k: p.shape for k, p in params.items()
    }


def changes(table, call):
    """Who changed, and was it their optimizer, once? -> Findings."""
    where = step_of(call.players[0]) if len(call.players) == 1 else "step"
    for name in call.changed:
        hint = "write into a new array; the caller may need it again"
        yield Finding(where, f"{name} was changed in place", cause="input-changed", hint=hint)
    for who in "GD":
        steps = call.steps(who)
        moved = [key for key, p in call.after[who][0].items() if not np.array_equal(p, call.before[who][0][key])]
        if who not in call.players:
            if steps or moved:
                yield trespass(call, who, steps, moved)
        elif len(steps) != 1:
            yield miscounted(call, who, steps, moved)
        elif by_hand(call, who, steps[0]):
            hint = "only optimizer.step changes parameters, once, after all gradients are there"
            message = f"{who}'s parameters were changed by something else than the step of its optimizer"
            yield Finding(step_of(who), message, cause="by-hand", hint=hint, evidence=by_hand(call, who, steps[0]))
        if who in table.unexplained:
            hint = "running statistics move in forward(training=True), and nowhere else"
            message = f"the state of {who} was changed by something else than a forward pass in training mode"
            yield Finding(where, message, cause="state-by-hand", hint=hint)
    table.unexplained.clear()
    order = [event.who for event in call.events if event.method == "step"]
    if order[:1] == ["g_optimizer"] and "d_optimizer" in order and call.players == "DG":
        yield Finding("step", "G's optimizer is stepped before D's", cause="order", hint="Algorithm 1 moves D first")


def trespass(call, who, steps, moved):
    """A player that should have stayed as it was has not."""
    own = call.players
    if steps and fits(steps[0].first, call.before[own][0]) and not fits(steps[0].first, call.before[who][0]):
        message = f"{own}'s gradients were handed to {who}'s optimizer"
        return Finding(step_of(own), message, cause="one-optimizer", hint="each player has an optimizer of its own")
    size = max(np.abs(call.after[who][0][key] - call.before[who][0][key]).max() for key in moved) if moved else 0
    message = f"{own}'s step changed {who}: {', '.join(moved) or 'its optimizer was stepped'}"
    hint = f"in {own}'s step {who} only passes numbers on; step {own}'s optimizer alone"
    evidence = f"largest change {size:.2e}; {who}'s optimizer was stepped {len(steps)} times"
    return Finding(step_of(own), message, cause=f"{who.lower()}-in-{own.lower()}-step", hint=hint, evidence=evidence)


def miscounted(call, who, steps, moved):
    """An optimizer was not stepped once."""
    where, other = step_of(who), "D" if who == "G" else "G"
    if not steps:
        twice = call.players == "DG" and len(call.steps(other)) > 1
        if twice:
            message = f"{other}'s optimizer was stepped for {who} too"
            return Finding(where, message, cause="one-optimizer", hint="each player has an optimizer of its own")
        by = ", but parameters changed: by hand?" if moved else ""
        hint = f"end with optimizer.step(grads), with the gradients of {who}"
        return Finding(where, f"{who}'s optimizer was not stepped{by}", cause="no-step", hint=hint)
    if call.players == "DG" and who == "D" and any(e.method == "generator" for e in between(call, steps)):
        message, hint = "D's optimizer was stepped again after G's loss", "in G's step only G's optimizer is stepped"
        return Finding(step_of("G"), message, cause="d-in-g-step", hint=hint)
    hint = "add up the gradients of all parts, then step once: between two steps the parameters are others"
    message = f"{who}'s optimizer was stepped {len(steps)} times"
    return Finding(where, message, cause="stepped-twice", hint=hint, evidence=f"{len(steps)} calls of step")


def between(call, steps):
    """The events between the first and the last of two steps."""
    first, last = (next(i for i, e in enumerate(call.events) if e is step) for step in (steps[0], steps[-1]))
    return call.events[first:last]


def by_hand(call, who, step):
    """Which parameters are not where the optimizer's one step took them; "" if none."""
    before, after = call.before[who][0], call.after[who][0]
    odd = [key for key, p in before.items() if not np.allclose(after[key], p - LR * step.first[key], 1e-9, 1e-12)]
    return ", ".join(odd)


def left_in_d(call, grads):
    """Did G's step leave D's gradients somewhere on D?"""
    before, after = call.kept
    for name, a in after.items():
        old = before.get(name)
        for key, g in grads.items():
            added = g + old if old is not None and np.shape(old) == g.shape else g
            if a.shape == g.shape and np.abs(g).max() > 0 and (np.allclose(a, g, 1e-6) or np.allclose(a, added, 1e-6)):
                hint = "call D.backward(..., param_grads=False) in G's step, and keep nothing of it on D"
                evidence = f"D{name} now holds D's gradient of {key} by G's loss"
                message = "G's pass left gradients in D, where D's next step may take them for its own"
                return Finding(step_of("G"), message, cause="leaves-gradients", hint=hint, evidence=evidence)
    return None


def returned(call, player):
    """The loss that a step returned for this player, or None if it returned no number there."""
    result, index = call.result, call.players.index(player)
    name = "loss" if len(call.players) == 1 else f"{player.lower()}_loss"
    if isinstance(result, dict):
        found = result.get(name)
    elif hasattr(result, name):
        found = getattr(result, name)
    elif isinstance(result, tuple | list) and len(result) > index:
        found = result[index]
    else:
        found = result if len(call.players) == 1 else None
    found = getattr(found, "loss", found)
    number = np.ndim(found) == 0 and isinstance(found, int | float | np.number) and not isinstance(found, bool)
    return float(found) if number else None


def unlike_differences(value, network, expected, rng):
    """Are the networks' own gradients wrong? One entry of each parameter against differences -> a Finding or None.

    value: the loss as a function of nothing, which reads the parameters of `network`."""
    most = max(np.abs(g).max() for g in expected.values())
    for key, p in network.params.items():
        index = tuple(int(rng.integers(n)) for n in p.shape)
        numeric = differences(value, p, [index])
        error = relative_error(np.array([expected[key][index]]), numeric.gradient, noise=1e-5 * most,
                               uncertain=10 * numeric.error)  # fmt: skip
        if numeric.smooth[0] and error[0] > 1e-4:
            message = f"the gradient of {key} that the networks compute is not that of the loss: error {error[0]:.1e}"
            hint = "check_network(D), check_network(G) and check_loss(loss) first"
            return Finding("networks", message, float(error[0]), cause="network-wrong", hint=hint)
    return None


def takes_drawn(function):
    """Whether a g_step can be handed what D's step has drawn."""
    return "drawn" in inspect.signature(function).parameters
