"""check_loss: the gradients that a GAN loss returns against differences of the value that it returns.

There is no upstream gradient here: the value is a number already, and d_real and d_fake are its derivatives with
respect to the logits. The two batches have different sizes, so that the one's 1/N cannot stand for the other's; only a
paired loss gets as many real logits as fake ones.
"""

from typing import Any

import numpy as np

from minigan.gradcheck.core.numeric import differences
from minigan.gradcheck.core.report import Finding, Report, timed
from minigan.gradcheck.core.subject import Broken, called, described
from minigan.gradcheck.losses.causes import because
from minigan.gradcheck.losses.explain import explain, misshapen
from minigan.gradcheck.losses.properties import overflows, properties

SHAPES = ((9, 1), (6, 1)), ((6,), (11,))  # of real_logits and fake_logits
PAIRED = ((8, 1), (8, 1)), ((7,), (7,))
LOGITS = {"d_real": "real_logits", "d_fake": "fake_logits"}  # what each gradient is by


@timed
def check_loss(loss: Any, *, rng: np.random.Generator | None = None, tolerance: float = 1e-6) -> Report:
    """Check both players' gradients of a loss with the methods of `minigan.losses` -> Report.

    discriminator(real_logits, fake_logits) -> value, d_real, d_fake; generator(fake_logits) -> value, d_fake; if the
    loss says `paired = True`, generator(fake_logits, real_logits). Logits are float64, (N, 1) and (N,), small and large
    ones of both signs. Where the value has a kink, as a hinge has, nothing is judged. rng: default: seed 0. Nothing the
    loss does raises: it becomes a Finding.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    players = {name: Player(loss, name) for name in ("discriminator", "generator")}
    paired = players["generator"].paired

    def call(name, *logits):
        return players[name](*logits)

    report = Report(type(loss).__name__)
    for shapes in PAIRED if paired else SHAPES:
        logits = dict(zip(LOGITS.values(), (drawn(rng, shape) for shape in shapes), strict=True))
        for player in players.values():
            check_player(report, player, {name: logits[name] for name in player.takes}, tolerance)
    try:
        for finding in properties(lambda *args: float(call(*args)[0]), paired):
            report.add(finding)
        for finding in overflows(call, paired) if report.ok else ():
            report.add(finding)
    except Broken as broken:
        report.add(broken.finding, f" in {broken.finding.where}")
    # A value that is made of a matrix by mistake spoils all gradients: that comes first; what is not explained, last.
    report.findings.sort(key=lambda finding: (finding.cause != "broadcast", finding.cause is None))
    return report


def drawn(rng: np.random.Generator, shape: tuple) -> np.ndarray:
    """Logits from about -8 to 8 in random order, most of them small: on both sides of any kink, and far from it."""
    u = np.linspace(-1, 1, shape[0]) + rng.uniform(-0.1, 0.1, shape[0])
    return rng.permutation(8 * u * np.abs(u)).reshape(shape)


class Player:
    """One method of a loss, called with care: the names of what it takes and gives, and whether it compares pairs."""

    def __init__(self, loss: Any, name: str) -> None:
        self.loss, self.name, self.paired = loss, name, bool(getattr(loss, "paired", False))
        if name == "discriminator":
            self.takes, self.gives = ("real_logits", "fake_logits"), ("d_real", "d_fake")
        else:
            self.takes, self.gives = ("fake_logits", "real_logits")[: 1 + self.paired], ("d_fake",)

    def __call__(self, *logits: np.ndarray) -> tuple:
        """The value and the gradients. Raises Broken for anything else."""
        try:
            result = called(self.loss, self.name, *logits)
        except Broken as broken:
            if broken.finding.cause == "signature":
                broken.finding.hint = f"write it as {self.name}(self, {', '.join(self.takes)})"
                if self.name == "generator" and not self.paired:
                    broken.finding.hint += "; if it wants the real logits too, say paired = True in the class"
            raise
        if not isinstance(result, tuple) or len(result) != 1 + len(self.gives):
            wanted = f"value, {', '.join(self.gives)}"
            raise Broken(self.name, f"must return {wanted}; got {described(result)}", **because("returns"))
        if np.ndim(result[0]) != 0 or not np.isfinite(result[0]):
            raise Broken(self.name, f"the value must be a finite number, got {result[0]!r}", **because("value"))
        return result


def check_player(report: Report, player: Player, logits: dict, tolerance: float) -> None:
    """One method with one pair of batches. A finding is noted once, though both shapes may show it."""
    lent, found = {name: s.copy() for name, s in logits.items()}, []
    try:
        first, second = player(*lent.values()), player(*lent.values())
        changed = [name for name, s in logits.items() if not np.array_equal(s, lent[name])]
        if changed:
            found = [Finding(changed[0], "the logits were changed in place", **because("input-changed"))]
        elif not all(np.array_equal(one, two) for one, two in zip(first, second, strict=True)):
            found = [Finding(player.name, "two calls with the same logits differ", **because("random"))]
        else:
            named = zip(player.gives, first[1:], strict=True)
            found = [judged(report, player, name, analytic, lent, tolerance) for name, analytic in named]
    except Broken as broken:
        found = [broken.finding]
    for finding in filter(None, found):
        report.add(finding, f" in {player.name}")


def judged(report: Report, player: Player, name: str, analytic: Any, given: dict, tolerance: float) -> Finding | None:
    """One gradient."""
    where, s = f"{player.name}.{name}", given[LOGITS[name]]
    others = [a for key, a in given.items() if key != LOGITS[name]]
    if not isinstance(analytic, np.ndarray) or analytic.shape != s.shape or analytic.dtype != s.dtype:
        message = f"must be {described(s)}, like its logits; got {described(analytic)}"
        return Finding(where, message, **misshapen(s, analytic, others))

    numeric = differences(lambda: float(player(*given.values())[0]), s, list(np.ndindex(s.shape)))
    said, trusted = analytic.ravel(), numeric.smooth
    error = report.compare(where, said, numeric)
    largest = float(error.max())
    if largest > tolerance:
        indices = list(np.ndindex(s.shape))
        worst = [(indices[k], float(said[k]), float(numeric.gradient[k])) for k in np.argsort(-error)[:3]]
        other = caught(player, given) if player.name == "generator" else None
        s = s - others[0] if player.paired else s  # what a pair's loss is made of
        why = explain(s.ravel(), said, numeric.gradient, [a.size for a in others], other)
        return Finding(where, f"wrong: relative error {largest:.1e}, allowed {tolerance:.0e}", largest, worst, **why)
    if trusted.mean() < 0.5:
        return Finding(where, "not checked: most entries have no derivative", **because("not-checked"))
    return None


def caught(player: Player, given: dict) -> np.ndarray | None:
    """What the discriminator's d_fake is for the generator's logits; None if it says nothing."""
    fake = given["fake_logits"]
    try:
        return np.ravel(Player(player.loss, "discriminator")(given.get("real_logits", fake).copy(), fake.copy())[2])
    except Broken:
        return None
