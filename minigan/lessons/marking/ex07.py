"""Marking of exercise 07: the minimax game."""

import numpy as np

from minigan.lessons.marking import Student, Task, lent, right_loss, same_values, several, written
from minigan.losses import sigmoid, softplus

REAL, FAKE = lent([2.0, 0.5, -1.0]), lent([-3.0, 0.0, 1.0, -0.5])
FAKES = written(fake_logits=FAKE)
MEAN = "how many logits share the value? And so, how much does one of them move it?"
SUM = "a mean or a sum?"


def check_best_discriminator(student: Student) -> None:
    p, q = np.array([0.3, 0.1, 0.2, 0.0]), np.array([0.1, 0.3, 0.2, 0.4])
    got = student.best_discriminator(p.copy(), q.copy())
    same_values(got, p / (p + q), "D", tolerance=1e-9, case=written(p=p, q=q), suspects={
        "where fakes are more frequent than data, should D be near 1 or near 0?": q / (p + q),
        "D is asked for, and V has log D in it: is this D, or its logit?": np.log(np.maximum(p, 1e-300)) - np.log(q),
        "is that between 0 and 1 wherever p and q are? What are the shares of all that comes by?": p / q,
        "what does D say where there is no fake at all, and where there are as many as data?": p,
    })  # fmt: skip


def check_discriminator_loss(student: Student) -> None:
    result = student.discriminator_loss(REAL.copy(), FAKE.copy())
    value, d_real, d_fake = several(result, ("value", "d_real", "d_fake"), "discriminator_loss")
    real, fake, case = softplus(-REAL), softplus(FAKE), f"{written(real_logits=REAL)}, {FAKES}"
    same_values(value, real.mean() + fake.mean(), "the value", tolerance=1e-9, case=case, suspects={
        "V is what D makes large. Does the value fall when D gets better?": -(real.mean() + fake.mean()),
        "what should D say of a fake: is that in the second term?": real.mean() + softplus(-FAKE).mean(),
        "which of the two batches should D call real?": softplus(REAL).mean() + softplus(-FAKE).mean(),
        SUM: real.sum() + fake.sum(),
        "a mean over each batch, or over both together?": np.concatenate([real, fake]).mean(),
    })  # fmt: skip
    for name, got, s, sign in (("real", d_real, REAL, -1), ("fake", d_fake, FAKE, 1)):
        slope = sign * sigmoid(sign * s)
        same_values(got, slope / s.size, f"d_{name}", tolerance=1e-9, case=case, suspects={
            MEAN: slope, f"should a step down this slope raise or lower a {name} logit?": -slope / s.size,
            f"1 - sigmoid(s) is sigmoid(-s): which of the two belongs to a {name} logit?":
                sign * sigmoid(-sign * s) / s.size,
            "is this the derivative by the logit, or by the probability?": sign / sigmoid(-sign * s) / s.size,
            "whose size is it divided by?": slope / (REAL.size + FAKE.size - s.size),
        })  # fmt: skip
    right_loss(discriminator=student.discriminator_loss)


CAUGHT = "if D takes the fakes for real more often, does this loss fall?"


def check_generator(student: Student, name: str, asked: str, right: tuple, other: tuple) -> None:
    """Value and slope of one of G's two losses. asked: the question if it is the other one. right, other: for each fake
    logit the value and the slope of the two."""
    (value, slope), (other_value, other_slope) = right, other
    got, d_fake = several(getattr(student, name)(FAKE.copy()), ("value", "d_fake"), name)
    same_values(got, value.mean(), "the value", tolerance=1e-9, case=FAKES, suspects={
        asked: other_value.mean(), CAUGHT: -value.mean(), CAUGHT + " And is it the one asked for?": -other_value.mean(),
        SUM: value.sum(),
    })  # fmt: skip
    same_values(d_fake, slope / 4, "d_fake", tolerance=1e-9, case=FAKES, suspects={
        MEAN: slope, "should a step down this slope raise or lower the fake logits?": -slope / 4,
        "is this the slope of the value above it, or of G's other loss?": other_slope / 4,
    })  # fmt: skip


SATURATING, OTHER = (-softplus(FAKE), -sigmoid(FAKE)), (softplus(-FAKE), -sigmoid(-FAKE))


def check_saturating(student: Student) -> None:
    asked = "which of G's two losses is the one that saturates?"
    check_generator(student, "saturating_loss", asked, SATURATING, OTHER)


def check_generator_loss(student: Student) -> None:
    asked = "where D is sure that a fake is fake, s very negative: which of G's two losses has a slope there?"
    check_generator(student, "generator_loss", asked, OTHER, SATURATING)
    right_loss(generator=student.generator_loss)


THETA, W, LR = -1.0, 0.5, 0.1
DATA, Z = lent([1.5, 2.5, 2.0]), lent([0.5, -0.5, 0.2, 0.1])


def played(d_sign: int = 1, g_sign: int = 1, saturating: bool = False, old_w: bool = False, g_first: bool = False,
           no_w: bool = False) -> tuple[float, float]:  # fmt: skip
    """theta and w after one step, right or with a mistake in it."""
    theta, w = THETA, W
    for player in ("G", "D") if g_first else ("D", "G"):
        fake = Z + theta
        if player == "D":
            w -= d_sign * LR * (np.mean(-sigmoid(-w * DATA) * DATA) + np.mean(sigmoid(w * fake) * fake))
        else:
            seen = W if old_w else w
            slope = -sigmoid(seen * fake) if saturating else -sigmoid(-seen * fake)
            theta -= g_sign * LR * np.mean(slope * (1 if no_w else seen))
    return theta, w


def check_step(student: Student) -> None:
    result = several(student.alternating_step(THETA, W, DATA.copy(), Z.copy(), LR), ("theta", "w"), "alternating_step")
    case = written(theta=THETA, w=W, real=DATA, z=Z, lr=LR)
    same_values(result, played(), "(theta, w)", tolerance=1e-9, case=case, suspects={
        "in turn: which w does G meet, the one before or the one after D has moved?": played(old_w=True),
        "who moves first?": played(g_first=True),
        "D minimises its loss: which way does w go? After D's step, are the logits of real numbers higher?":
            played(d_sign=-1),
        "is G trained to be caught? After its step, should D's logits of the fakes be higher or lower?":
            played(g_sign=-1),
        "both go the wrong way: who maximises V, and who is to be taken for real?": played(d_sign=-1, g_sign=-1),
        "which of G's two losses is asked for, and which slope is used?": played(saturating=True),
        "the gradient passes through D on its way to G: by what is it multiplied there?": played(no_w=True),
        "are the two in the order that the docstring says?": played()[::-1],
    })  # fmt: skip


TITLE = "The minimax game in one dimension"
TASKS = [
    Task("best_discriminator", "the D that makes V largest, for given densities", check_best_discriminator),
    Task("discriminator_loss", "minus V, and its gradients by the logits", check_discriminator_loss),
    Task("saturating_loss", "G's part of V, and its gradient", check_saturating),
    Task("generator_loss", "the loss of G that does not saturate, and its gradient", check_generator_loss),
    Task("alternating_step", "D moves, then G, on the line", check_step),
]
