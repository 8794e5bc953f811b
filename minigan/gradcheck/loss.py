"""check_loss: the gradients that a GAN loss returns against differences of the value that it returns.

There is no upstream gradient here: the value is a number already, and d_real and d_fake are its derivatives with
respect to the logits. The two batches have different sizes, so that the one's 1/N cannot stand for the other's.
"""

import time

import numpy as np

from minigan.gradcheck.loss_slips import explain, misshapen, overflows, properties
from minigan.gradcheck.numeric import differences
from minigan.gradcheck.report import Finding, Report
from minigan.gradcheck.subject import Broken, called, described

SHAPES = ((5, 1), (3, 1)), ((4,), (7,))  # of real_logits and fake_logits


def check_loss(loss, *, rng=None, tolerance=1e-6):
    """Check both players' gradients of a loss with the methods of `minigan.losses` -> Report.

    discriminator(real_logits, fake_logits) -> value, d_real, d_fake; generator(fake_logits) -> value, d_fake. Logits
    are float64, (N, 1) and (N,), some of them large. rng: numpy Generator (default: seed 0). Nothing the loss does
    raises: it becomes a Finding.
    """
    rng = np.random.default_rng(0) if rng is None else rng

    def call(player, *logits):
        names = ("d_fake",) if player == "generator" else ("d_real", "d_fake")
        return returned(loss, player, dict(zip(names, logits, strict=True)))

    started, report = time.perf_counter(), Report(type(loss).__name__)
    for shapes in SHAPES:
        real, fake = (np.where(rng.random(s) < 0.25, 8.0, 1.5) * rng.standard_normal(s) for s in shapes)
        check_player(report, loss, "discriminator", {"d_real": real, "d_fake": fake}, tolerance)
        check_player(report, loss, "generator", {"d_fake": fake}, tolerance)
    try:
        for finding in properties(lambda *args: float(call(*args)[0])):
            report.add(finding)
        for finding in overflows(call) if report.ok else ():
            report.add(finding)
    except Broken as broken:
        report.add(broken.finding, f" in {broken.finding.where}")
    # A value that is made of a matrix by mistake spoils all gradients: that comes first; what is not explained, last.
    report.findings.sort(key=lambda finding: (finding.cause != "broadcast", finding.cause is None))
    report.seconds = time.perf_counter() - started
    return report


def check_player(report, loss, player, logits, tolerance):
    """One method with one pair of batches. A finding is noted once, though both shapes may show it."""
    given = {name: s.copy() for name, s in logits.items()}
    try:
        first = returned(loss, player, given)
        second = returned(loss, player, given)
    except Broken as broken:
        report.add(broken.finding, f" in {player}")
        return
    for name, s in logits.items():
        if not np.array_equal(s, given[name]):
            report.add(Finding(name, "the logits were changed in place", cause="input-changed"), f" in {player}")
            return
    if not all(np.array_equal(one, two) for one, two in zip(first, second, strict=True)):
        report.add(Finding(player, "two calls with the same logits differ", cause="random"), f" in {player}")
        return
    for (name, s), analytic in zip(given.items(), first[1:], strict=True):
        finding = judged(report, loss, player, name, s, analytic, given, tolerance)
        if finding is not None:
            report.add(finding, f" in {player}")


def judged(report, loss, player, name, s, analytic, given, tolerance):
    """One gradient -> a Finding or None."""
    where = f"{player}.{name}"
    if not isinstance(analytic, np.ndarray) or analytic.shape != s.shape or analytic.dtype != s.dtype:
        others = [a for key, a in given.items() if key != name]
        message = f"must be {described(s)}, like its logits; got {described(analytic)}"
        return Finding(where, message, **misshapen(name, s, analytic, others))

    def value():
        return float(returned(loss, player, given)[0])

    numeric = differences(value, s, list(np.ndindex(s.shape)))
    said, trusted = analytic.ravel(), numeric.smooth
    error = report.compare(where, said, numeric)
    largest = float(error.max())
    if largest > tolerance:
        order = np.argsort(-error)[:3]
        worst = [(np.unravel_index(k, s.shape), float(said[k]), float(numeric.gradient[k])) for k in order]
        worst = [(tuple(int(i) for i in index), a, n) for index, a, n in worst]
        why = explain(player, name, s.ravel(), said, numeric.gradient, given, others_gradient(loss, player, s))
        return Finding(where, f"wrong: relative error {largest:.1e}, allowed {tolerance:.0e}", largest, worst, **why)
    if trusted.mean() < 0.5:
        return Finding(where, "not checked: most entries have no derivative", cause="not-checked")
    return None


def others_gradient(loss, player, s):
    """For the generator, what the discriminator's d_fake is for the same logits; None if it says nothing."""
    if player != "generator":
        return None
    try:
        return np.ravel(returned(loss, "discriminator", {"d_real": s.copy(), "d_fake": s.copy()})[2])
    except Broken:
        return None


def returned(loss, player, logits):
    """The value and the gradients. Raises Broken for anything else."""
    result = called(loss, player, *logits.values())
    wanted = f"value, {', '.join(logits)}"
    if not isinstance(result, tuple) or len(result) != 1 + len(logits):
        raise Broken(player, f"must return {wanted}; got {described(result)}", cause="returns")
    if np.ndim(result[0]) != 0 or not np.isfinite(result[0]):
        hint = "the value is one finite number: a mean over the batch; log(sigmoid(s)) gives log(0), softplus does not"
        raise Broken(player, f"the value must be a finite number, got {result[0]!r}", cause="value", hint=hint)
    return result
