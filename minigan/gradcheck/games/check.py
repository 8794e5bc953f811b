"""check_gan_step: does a training step of a GAN do what Algorithm 1 of Goodfellow et al. 2014 says?

Every layer, loss and optimizer may be right and the game still wrong: the generator's gradient stopped, D moved in G's
step, images of an earlier batch shown. Three rounds are played with small networks in float64. In each, the gradients
that reach the optimizers are compared with those computed here, from copies of the players as they were at that moment,
by forward and backward of the networks. These in turn are compared with differences of the loss.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.gradcheck.core.numeric import relative_error
from minigan.gradcheck.core.report import Finding, Report, timed
from minigan.gradcheck.core.subject import in_float64
from minigan.gradcheck.games import calls
from minigan.gradcheck.games.calls import OTHER, Call, played, step_of
from minigan.gradcheck.games.causes import because
from minigan.gradcheck.games.explain import explain
from minigan.gradcheck.games.slips import Scene, right
from minigan.gradcheck.games.watch import Event, Table, small_players
from minigan.losses import NonSaturating

SIZES = (4, 4, 3)  # of the batches: two of one size, so that the last batch can be mistaken for this; then another
LATER = {2: "what is kept from one call to the next?", 3: "here the batch is smaller"}


@timed
def check_gan_step(d_step: Callable | None = None, g_step: Callable | None = None, *, step: Callable | None = None,
                   networks: tuple | None = None, z_shape: tuple = (3,), loss: Any = None,
                   rng: np.random.Generator | None = None, tolerance: float = 1e-6) -> Report:  # fmt: skip
    """Check the steps of a GAN -> Report. They are called as those in `minigan.gan`:

        d_step(G, D, loss, optimizer, real, z)          optimizer: of D.params
        g_step(G, D, loss, optimizer, z)                optimizer: of G.params
        step(G, D, loss, g_optimizer, d_optimizer, real, z)        both at once, D first, with one z

    Give one of the first two, both, or `step` alone. What a step returns is looked at if it is a number, or begins with
    one, or has it as `loss` (for `step`: a pair, D's loss first).
    networks: (G, D), of which float64 copies play; by default two small DCGANs. z_shape: of one noise vector. Real
    images are drawn in the shape of G's. loss: default NonSaturating(). rng: default: seed 0. Nothing that a step does
    raises: it becomes a Finding. Raises ValueError if no step is given, or too many, and for a paired loss, since the
    steps are called without `real=...`.
    """
    if (step is None) == (d_step is None and g_step is None):
        raise ValueError("check_gan_step expected d_step, g_step or both, or step=... alone")
    if getattr(loss, "paired", False):
        raise ValueError(f"check_gan_step knows no paired losses, got {type(loss).__name__}; take another")
    rng = np.random.default_rng(0) if rng is None else rng
    steps = [("DG", step)] if step else [(who, f) for who, f in (("D", d_step), ("G", g_step)) if f is not None]
    report = Report(" and ".join(getattr(f, "__name__", "step") for _, f in steps))
    G, D = (in_float64(copy.deepcopy(n)) for n in networks) if networks else small_players(rng)
    referee = Referee(report, Table(G, D, NonSaturating() if loss is None else loss), tolerance)
    for number, N in enumerate(SIZES, start=1):
        referee.round(number, steps, N, z_shape, rng)
    return report


class Referee:
    """Plays the rounds and notes what is wrong: for each player, in the first round in which something is."""

    def __init__(self, report: Report, table: Table, tolerance: float) -> None:
        self.report, self.table, self.tolerance, self.number = report, table, tolerance, 0
        self.last, self.past = [], {"G": {}, "D": {}}  # images and noise of earlier calls; gradients of earlier steps
        self.judged, self.raised = {}, set()  # where -> the round in which it was wrong; steps not to be called again

    def round(self, number: int, steps: list, N: int, z_shape: tuple, rng: np.random.Generator) -> None:
        """Each step once, with noise of its own."""
        table, self.number = self.table, number
        start, real = table.now(), None
        for players, function in steps:
            z = rng.standard_normal((N, *z_shape))
            images = table.player("G", table.now()).forward(z)[0]
            real = rng.uniform(-1, 1, images.shape) if real is None else real
            if players not in self.raised:
                self.judge(played(table, players, function, real, z), start)
            self.last = [*self.last, (real, z, images)][-3:]

    def judge(self, call: Call, start: dict) -> None:
        """Everything about one call."""
        if call.error is not None:
            self.raised.add(call.players)
            self.add(calls.raised(call))
            return
        found = list(calls.changes(self.table, call))
        for player in call.players:
            steps = call.steps(player)
            if not steps:
                continue
            scene = self.scene(player, steps[0], call, start)
            if not any(found):  # with the wrong players no gradients are right; and wrong ones make wrong losses
                found.append(self.gradients(player, steps[0], scene, call) or self.value(player, scene, call))
            if player == "G":
                found.append(calls.left_in_d(call, self.remember(scene)))
            self.past[player]["those of the step before"] = steps[-1].first
        for finding in found:
            self.add(finding)

    def add(self, finding: Finding | None) -> None:
        """Note a finding, unless there was one about this step in an earlier round."""
        if finding is not None and self.judged.setdefault(finding.where, self.number) == self.number:
            finding.message += f" (from round {self.number} on: {LATER[self.number]})" if self.number > 1 else ""
            self.report.add(finding)

    def scene(self, player: str, step: Event, call: Call, start: dict) -> Scene:
        """What the step had to work with."""
        players = {who: self.table.player(who, step.now) for who in "GD"}
        old_D, loss = self.table.player("D", start), self.table.plain_loss
        return Scene(players["G"], players["D"], old_D, loss, call.real, call.z, self.last, self.past[player])

    def gradients(self, player: str, step: Event, scene: Scene, call: Call) -> Finding | None:
        """The gradients that the optimizer was given."""
        said, (_, expected) = step.first, right(player, scene)
        if self.number == 1:
            value, rng = (lambda: right(player, scene)[0]), np.random.default_rng(0)
            if wrong := calls.unlike_differences(value, getattr(scene, player), expected, rng):
                return wrong
        most = max(np.abs(g).max() for g in expected.values())
        worst = []
        for key, g in expected.items():
            error = relative_error(said[key], g, noise=1e-9 * most, floor=1e-6)
            self.report.note_error(f"{player}: {key}", float(error.max()))
            self.report.checked += g.size
            i = tuple(int(k) for k in np.unravel_index(error.argmax(), g.shape))
            worst.append((float(error[i]), f"{key}{list(i)}", float(said[key][i]), float(g[i])))
        worst.sort(key=lambda entry: -entry[0])
        if worst[0][0] <= self.tolerance:
            return None
        why = explain(player, said, expected, scene, call.events)
        message = f"the gradients handed to the optimizer are wrong: relative error {worst[0][0]:.1e}"
        rows = "; ".join(f"{place} is {a:+.4e}, right is {n:+.4e}" for _, place, a, n in worst[:2])
        why["evidence"] += f"; for example {rows}"
        return Finding(step_of(player), message, worst[0][0], **why)

    def value(self, player: str, scene: Scene, call: Call) -> Finding | None:
        """The loss that the step returns."""
        said, expected = calls.returned(call, player), right(player, scene)[0]
        if said is None or abs(said - expected) <= 1e-9 * max(abs(expected), 1e-3):
            return None
        after, N = Scene(*(self.table.player(who, call.after) for who in "GD"), *scene[2:]), len(scene.z)
        tried = {
            "the loss after the update": right(player, after)[0],
            "minus the loss": -expected,
            "the sum over the batch": N * expected,
            "the loss divided by the batch size once more": expected / N,
            "half of the loss": expected / 2,
            "the other player's loss": right(OTHER[player], scene)[0],
        }
        named = [what for what, value in tried.items() if abs(said - value) <= 1e-9 * abs(value)]
        why = because("loss-value", "; ".join(named))
        why["hint"] += f"; this is {named[0]}" if named else ""
        message = f"the loss returned is {said:.6g}, it should be {expected:.6g}"
        return Finding(step_of(player), message, **why)

    def remember(self, scene: Scene) -> dict:
        """The gradients that G's pass makes in D, which must not be used."""
        look = scene.look(scene.draw(scene.z)[0])
        grads = look.grads(scene.loss.generator(look.logits)[1])
        self.past["D"]["G's pass through D"] = grads
        return grads
