"""What is wrong with a loss: explanations of a wrong gradient, and properties that a right value has.

In a loss that is a mean over the batch, each gradient is the slope at one logit, divided by N. So the wrong one can be
held against the right one entry by entry: is it a constant times it, does it differ by a constant, does a factor
p (1 - p), the slope of the sigmoid, make it right? In a paired loss the slope is at the difference of a pair's logits.
"""

import numpy as np

from minigan.gradcheck.core.report import Finding, undone
from minigan.gradcheck.core.subject import Broken
from minigan.losses import sigmoid

CAUSES = {
    "value": "The value is not one finite number.",
    "sum-for-mean": "The gradient is N times the right one: the value is a mean, the gradient that of a sum.",
    "divided-twice": "The gradient is divided by the batch size once more than the value.",
    "other-batch-size": "The gradient is divided by the size of the other batch.",
    "sign": "The gradient has the opposite sign.",
    "factor": "The gradient is the right one times a constant.",
    "unused": "The value does not depend on these logits.",
    "zero": "The gradient is 0 where the value changes.",
    "target": "Gradient and value differ by a constant slope: the target, 1 for real, is not the same in both.",
    "reflected": "The gradient has sigmoid(s) where sigmoid(-s) belongs.",
    "by-probability": "The gradient is the one by the probability, not by the logit.",
    "sigmoid-slope-twice": "The sigmoid's slope p (1 - p) is in the gradient once too often.",
    "other-player": "The generator's gradient is that of the discriminator's loss.",
    "saturating": "The generator's gradient is that of minus D's loss, as in log(1 - D(fake)), its value is not.",
    "eps-in-log": "The value has a small number in its log of which the gradient knows nothing.",
    "one-sample": "Only some of the samples have a gradient.",
    "kink": "The condition in the gradient and the kink of the value lie at different logits.",
    "large-logits": "The gradient is right for small logits and wrong for large ones.",
    "one-side": "The gradient is right on one side of some logit, and wrong on the other.",
    "not-a-mean": "The value is not the mean over the samples.",
    "broadcast": "Arrays of shape (N,) and (N, 1) were combined, which makes (N, N).",
    "swapped": "d_real and d_fake are returned in the wrong order.",
    "summed": "The value is a sum over the batch, not a mean.",
    "batch-size": "The value depends on the batch size.",
    "sample-order": "The value depends on the order of the samples.",
    "direction": "The value is smaller where the player does worse, but it is minimised.",
    "overflow": "Large logits make the value or a gradient infinite or NaN.",
}


def explain(s, said, numeric, sizes=(), other=None):
    """Why `said` is not what differences say -> cause, hint, evidence; {} if nothing explains it.

    s, said, numeric: one-dimensional, the logits (of a paired loss, the differences), the gradient and what it should
    be; sizes: of the other batches; other: for the generator, what the discriminator's d_fake is for the same logits.
    """
    if not said.any():
        return because("zero", "is the result of the computation returned?", f"all {len(said)} entries are 0")
    if not numeric.any():
        return because("unused", "is this part of the loss in the value?", "a change of these logits changes no value")
    p = sigmoid(s)
    found = by_factor(said, numeric, len(s), set(sizes) - {len(s)})
    if found:
        return found
    if other is not None and fits(said, other):
        return because(
            "other-player", "take the derivative of the generator's value", "it is the discriminator's d_fake"
        )
    if other is not None and fits(said, -other):
        hint = "take the derivative of the value; this one is that of minus D's loss, such as log(1 - D(fake))"
        return because("saturating", hint, "it is minus the discriminator's d_fake")
    if fits(said * p * (1 - p), numeric):
        hint = "go on to the logit: d/ds = d/dp * p (1 - p); simplified, nothing is divided by p"
        return because("by-probability", hint, "times p (1 - p) it is right")
    if fits(said, numeric * p * (1 - p)):
        return because(
            "sigmoid-slope-twice", "for logits the slope is in sigmoid(s) - target", "it is right / p (1 - p)"
        )
    if constant(said - numeric, said):
        off = float((said - numeric).mean())
        evidence = f"each entry is off by {off:+.4g}, which is {off * len(s):+.4g} / N"
        hint = "the slope is sigmoid(s) - target, or s - target, with the same target as in the value"
        return because("target", hint, evidence)
    if constant(said + numeric, said) and logistic(s, numeric):
        hint = "the slope of softplus(s) is sigmoid(s), of softplus(-s) it is -sigmoid(-s) = sigmoid(s) - 1"
        return because("reflected", hint, "gradient and right gradient add up to a constant")
    return eps_in_log(said, numeric, p) or partly(s, said, numeric)


def eps_in_log(said, numeric, p):
    """d log(p + eps) = dp / (p + eps): the right one is that much smaller than dp / p."""
    with np.errstate(all="ignore"):
        for q in (p, 1 - p):
            off = np.nan_to_num((said / numeric - 1) * q, nan=0, posinf=0, neginf=0)
            eps = float(off[np.argmin(q)])
            if 0 < eps < 0.1 and fits(said, numeric * (1 + eps / q)):
                hint = "log(sigmoid(s)) = -softplus(-s) needs no small number to be finite"
                return because("eps-in-log", hint, f"with log(p + {eps:.1e}) in the value it is explained")
    return {}


def by_factor(said, numeric, N, others):
    """A constant times the right gradient."""
    c = float(said @ numeric / (numeric @ numeric or 1))
    if not fits(said, c * numeric):
        return {}
    evidence = f"{undone(c)} it is right in all {N} entries"
    named = {-1.0: ("sign", "the sign is wrong"), float(N): ("sum-for-mean", "a mean has a mean gradient: divide by N"),
             1 / N: ("divided-twice", "the 1/N of the mean is in it already: divide by N once")}  # fmt: skip
    for M in others:
        named.setdefault(N / M, ("other-batch-size", "divide each gradient by the size of its own batch"))
    for value, (cause, hint) in named.items():
        if abs(c - value) <= 1e-5 * abs(value):
            return because(cause, hint, evidence)
    return because("factor", f"it is {c:.6g} times the right one; is the constant in the value, too?", evidence)


def partly(s, said, numeric):
    """Right for some logits."""
    right = np.abs(said - numeric) <= 1e-5 * np.abs(numeric) + 1e-7 * np.abs(numeric).max()
    found = at_the_kink(s, said, numeric, right)
    if found:
        return found
    if right.any() and not said[~right].any():
        evidence = f"{int(right.sum())} of {len(s)} entries are right, the others 0"
        return because("one-sample", "every sample has a gradient", evidence)
    small = np.abs(s) < np.abs(s[~right]).min(initial=np.inf)
    if right.any() and (small == right).all():
        hint = "is something added inside a log, or clipped? softplus and sigmoid of the logit need neither"
        edge = np.abs(s[~right]).min()
        return because("large-logits", hint, f"right for |s| < {edge:.3g}, wrong from there on")
    for sign, way in ((1, "upwards"), (-1, "downwards")):
        edge = (sign * s[~right]).min(initial=np.inf)
        if right.any() and ((sign * s < edge) == right).all():
            hint = "does the value have a maximum or a condition there, and the gradient not, or the other way round?"
            return because("one-side", hint, f"wrong from s = {sign * edge:.3g} {way}, right elsewhere")
    if numeric.all():
        ratio = said / numeric
        return {"evidence": f"the factor between wrong and right runs from {ratio.min():.4g} to {ratio.max():.4g}"}
    return {}


def at_the_kink(s, said, numeric, right):
    """A value of two slopes, as a hinge is, and a condition in the gradient that chooses the wrong one."""
    if len(np.unique(np.round(numeric / np.abs(numeric).max(), 5))) != 2:
        return {}
    hint = "max(0, 1 - s) has its kink at s = 1, and its slope is -1 where 1 - s > 0, that is s < 1, and 0 beyond"
    if constant(said + numeric, said) and not right.any():
        return because("mask-inverted", hint, "each entry has the slope of the other side of the kink")
    low, high = s[~right].min(), s[~right].max()
    within = (s >= low) & (s <= high)
    if not right[within].any() and right[s < low].any() and right[s > high].any():
        return because("kink", hint, f"wrong from s = {low:.3g} to {high:.3g}, right on both sides")
    return {}


def logistic(s, slope):
    """Whether the slope is that of a log loss: plus or minus sigmoid(s) / N, but for a constant."""
    return any(constant_or_zero(slope - sign * sigmoid(s) / len(s), slope) for sign in (1, -1))


def misshapen(s, analytic, others):
    """Cause and hint for a gradient that has not the shape of its logits."""
    shape = np.shape(analytic)
    if shape == (len(s), len(s)):
        return {"cause": "broadcast", "hint": "(N, 1) with (N,) makes (N, N): give labels the shape of the logits"}
    if any(shape == a.shape for a in others):
        return {"cause": "swapped", "hint": "return value, d_real, d_fake, in this order"}
    return {"cause": "shape", "hint": "each gradient has shape and dtype of its logits"}


REAL, FAKE = np.array([0.3, -1.2, 2.0, 0.7]), np.array([-0.4, 1.1, 0.2])


def properties(value_of, paired=False):
    """What a right value has besides right gradients -> Findings. value_of(player, *logits) -> the value; it raises
    Broken where that is no finite number."""
    if paired:
        real = REAL[: len(FAKE)]
        yield from as_a_mean(value_of, "discriminator", real, FAKE)
        yield from as_a_mean(value_of, "generator", FAKE, real)
        # No `by_sample`: a pair belongs together, and some paired losses compare with the mean of the other batch.
    else:
        found = [*as_a_mean(value_of, "discriminator", REAL, FAKE), *as_a_mean(value_of, "generator", FAKE)]
        yield from found or by_sample(value_of)
    yield from directions(value_of, paired)


def as_a_mean(value_of, player, *logits):
    """The shape of the logits, their number and their order do not matter to a mean."""
    once = value_of(player, *logits)
    column = value_of(player, *(a[:, None] for a in logits))
    double = value_of(player, *(np.tile(a, 2) for a in logits))
    turned = value_of(player, *(a[::-1].copy() for a in logits))
    if not near(column, once):
        message, cause, evidence = (
            "the logits' shape",
            "broadcast",
            f"{column:.6g} for shape (N, 1), {once:.6g} for (N,)",
        )
        hint = "do labels or weights have shape (N,) where the logits have (N, 1)? That makes (N, N)"
    elif not near(double, once):
        message, evidence = "the batch size", f"with each sample twice it is {double:.6g}, else {once:.6g}"
        cause = "summed" if near(double, 2 * once) else "batch-size"
        hint = "take the mean over the batch, so that a larger batch does not mean a larger step"
    elif not near(turned, once):
        message, cause, hint = "the order of the samples", "sample-order", "every sample counts the same"
        evidence = f"{turned:.6g} with the samples in the opposite order, {once:.6g} before"
    else:
        return
    yield Finding(player, f"the value depends on {message}", cause=cause, hint=hint, evidence=evidence)


def by_sample(value_of):
    """The two batches have means of their own; and in the generator's mean every sample stands for itself."""
    once, more = value_of("discriminator", REAL, FAKE), value_of("discriminator", REAL, np.tile(FAKE, 2))
    if not near(once, more):
        hint = "take two means, one over each batch, and add them: one mean over both weighs them by their sizes"
        evidence = f"with each fake image twice it is {more:.6g}, else {once:.6g}"
        yield Finding("discriminator", "the value depends on how many fake images there are", cause="batch-size",
                      hint=hint, evidence=evidence)  # fmt: skip
    apart, together = [value_of("generator", a) for a in (FAKE, REAL[:3])], np.concatenate([FAKE, REAL[:3]])
    mean, whole = float(np.mean(apart)), value_of("generator", together)
    if not near(mean, whole):
        evidence = f"{whole:.6g} for two batches together, {mean:.6g} for the mean of both"
        yield Finding("generator", "the value is no mean over the samples", cause="not-a-mean",
                      hint="every sample counts the same, by itself: take the mean", evidence=evidence)  # fmt: skip


def directions(value_of, paired=False):
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
        yield Finding("discriminator", "D is rewarded for being wrong", cause="direction", hint=hint, evidence=evidence)
    else:
        caught, better = wanted(discriminator)
    low, high = generator(better), generator(caught)
    if low > high + 1e-9:
        hint = "it is minimised: -log D(fake), or log(1 - D(fake)); is this D's loss or D's target, or a minus missing?"
        evidence = f"{high:.4g} where D wants fakes (s = {caught:.3g}), {low:.4g} nearer to real ones ({better:.3g})"
        yield Finding("generator", "G is rewarded for being caught", cause="direction", hint=hint, evidence=evidence)


def wanted(discriminator):
    """Where D wants fake logits, and a point a tenth of the way to where it wants real ones. (In least squares these
    are codes, and may lie on the same side of 0; elsewhere they are as far away as is looked.)"""
    grid = np.linspace(-8, 8, 257)
    fake = grid[np.argmin([discriminator(0.0, s) for s in grid])]
    real = grid[::-1][np.argmin([discriminator(s, 0.0) for s in grid[::-1]])]
    return fake, fake + 0.1 * (real - fake)


def overflows(call, paired=False, large=1000.0):
    """Large logits, as a diverging D makes them -> Findings. call(player, *logits) -> value, gradients."""
    s = np.array([-large, large, 0.1])
    turned = s[::-1].copy()  # the pairs of a paired loss differ by plus and minus as much
    for player, logits in (("discriminator", (s, turned)), ("generator", (s, turned)[: 1 + paired])):
        try:
            gradients = call(player, *logits)[1:]
            what = "" if all(np.isfinite(g).all() for g in gradients) else "a gradient is not finite"
        except Broken as broken:
            what = broken.finding.message
        if what:
            hint = "log(sigmoid(s)) = -softplus(-s), and softplus(s) = max(s, 0) + log1p(exp(-|s|)) never overflows"
            message = f"for logits of {large:g} {what}"
            yield Finding(player, message, cause="overflow", hint=hint, evidence="in float32 this begins at 88")


def because(cause, hint, evidence):
    return {"cause": cause, "hint": hint, "evidence": evidence}


def fits(one, two):
    return bool(np.abs(one - two).max() <= 1e-5 * max(np.abs(one).max(), np.abs(two).max()))


def constant_or_zero(a, against):
    return bool(np.ptp(a) <= 1e-5 * np.abs(against).max())


def constant(a, against):
    return constant_or_zero(a, against) and bool(np.abs(a).max() > 1e-4 * np.abs(against).max())


def near(one, two):
    return abs(one - two) <= 1e-9 * max(abs(one), abs(two), 1e-3)
