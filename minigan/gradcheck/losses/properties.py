"""What a right value of a loss has besides right gradients: it is a mean, it is minimised, and it does not overflow."""

from collections.abc import Callable, Iterator

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.core.subject import Broken
from minigan.gradcheck.losses.causes import because

REAL, FAKE = np.array([0.3, -1.2, 2.0, 0.7]), np.array([-0.4, 1.1, 0.2])


def properties(value_of: Callable, paired: bool = False) -> Iterator[Finding]:
    """All but the last. value_of(player, *logits) -> the value; it raises Broken where that is no finite number."""
    if paired:
        real = REAL[: len(FAKE)]
        yield from as_a_mean(value_of, "discriminator", real, FAKE)
        yield from as_a_mean(value_of, "generator", FAKE, real)
        # No `by_sample`: a pair belongs together, and some paired losses compare with the mean of the other batch.
    else:
        found = [*as_a_mean(value_of, "discriminator", REAL, FAKE), *as_a_mean(value_of, "generator", FAKE)]
        yield from found or by_sample(value_of)
    yield from directions(value_of, paired)


def as_a_mean(value_of: Callable, player: str, *logits: np.ndarray) -> Iterator[Finding]:
    """The shape of the logits, their number and their order do not matter to a mean."""
    once = value_of(player, *logits)
    column = value_of(player, *(a[:, None] for a in logits))
    double = value_of(player, *(np.tile(a, 2) for a in logits))
    turned = value_of(player, *(a[::-1].copy() for a in logits))
    if not near(column, once):
        what, cause = "the logits' shape", "broadcast"
        evidence = f"{column:.6g} for shape (N, 1), {once:.6g} for (N,)"
    elif not near(double, once):
        what, cause = "the batch size", "summed" if near(double, 2 * once) else "batch-size"
        evidence = f"with each sample twice it is {double:.6g}, else {once:.6g}"
    elif not near(turned, once):
        what, cause = "the order of the samples", "sample-order"
        evidence = f"{turned:.6g} with the samples in the opposite order, {once:.6g} before"
    else:
        return
    yield Finding(player, f"the value depends on {what}", **because(cause, evidence))


def by_sample(value_of: Callable) -> Iterator[Finding]:
    """The two batches have means of their own; and in the generator's mean every sample stands for itself."""
    once, more = value_of("discriminator", REAL, FAKE), value_of("discriminator", REAL, np.tile(FAKE, 2))
    if not near(once, more):
        hint = "take two means, one over each batch, and add them: one mean over both weighs them by their sizes"
        evidence = f"with each fake image twice it is {more:.6g}, else {once:.6g}"
        message = "the value depends on how many fake images there are"
        yield Finding("discriminator", message, **because("batch-size", evidence, hint))
    apart, together = [value_of("generator", a) for a in (FAKE, REAL[:3])], np.concatenate([FAKE, REAL[:3]])
    mean, whole = float(np.mean(apart)), value_of("generator", together)
    if not near(mean, whole):
        evidence = f"{whole:.6g} for two batches together, {mean:.6g} for the mean of both"
        yield Finding("generator", "the value is no mean over the samples", **because("not-a-mean", evidence))


def directions(value_of: Callable, paired: bool = False) -> Iterator[Finding]:
    """D is to push real logits up and fake ones down; G is to push fake ones away from where D wants them; and both
    losses are minimised."""

    def discriminator(real, fake):
        return value_of("discriminator", np.full(3, real), np.full(3, fake))

    def generator(fake):
        return value_of("generator", *(np.full(3, s) for s in (fake, 0.0)[: 1 + paired]))

    good, bad = discriminator(0.5, -0.5), discriminator(-0.5, 0.5)
    caught, better = -0.5, 0.5
    if good > bad + 1e-9:
        hint = "it is minimised: -log D(real) - log(1 - D(fake)); is a minus missing, or are real and fake swapped?"
        evidence = f"{good:.4g} where D is right (real +0.5, fake -0.5), {bad:.4g} where it is wrong"
        yield Finding("discriminator", "D is rewarded for being wrong", **because("direction", evidence, hint))
    else:
        caught, better = wanted(discriminator)
    low, high = generator(better), generator(caught)
    if low > high + 1e-9:
        hint = "it is minimised: -log D(fake), or log(1 - D(fake)); is this D's loss or D's target, or a minus missing?"
        evidence = f"{high:.4g} where D wants fakes (s = {caught:.3g}), {low:.4g} nearer to real ones ({better:.3g})"
        yield Finding("generator", "G is rewarded for being caught", **because("direction", evidence, hint))


def wanted(discriminator: Callable) -> tuple[float, float]:
    """Where D wants fake logits, and a point a tenth of the way to where it wants real ones. (In least squares these
    are codes, and may lie on the same side of 0; elsewhere they are as far away as is looked.)"""
    grid = np.linspace(-8, 8, 257)
    fake = grid[np.argmin([discriminator(0.0, s) for s in grid])]
    real = grid[::-1][np.argmin([discriminator(s, 0.0) for s in grid[::-1]])]
    return fake, fake + 0.1 * (real - fake)


def overflows(call: Callable, paired: bool = False, large: float = 1000.0) -> Iterator[Finding]:
    """Large logits, as a diverging D makes them. call(player, *logits) -> value, gradients."""
    s = np.array([-large, large, 0.1])
    turned = s[::-1].copy()  # the pairs of a paired loss differ by plus and minus as much
    for player, logits in (("discriminator", (s, turned)), ("generator", (s, turned)[: 1 + paired])):
        try:
            gradients = call(player, *logits)[1:]
            what = "" if all(np.isfinite(g).all() for g in gradients) else "a gradient is not finite"
        except Broken as broken:
            what = broken.finding.message
        if what:
            why = because("overflow", "in float32 this begins at 88")
            yield Finding(player, f"for logits of {large:g} {what}", **why)


def near(one: float, two: float) -> bool:
    return abs(one - two) <= 1e-9 * max(abs(one), abs(two), 1e-3)
