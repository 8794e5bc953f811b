"""Marks exercise 07: the minimax game."""

import numpy as np

from minigan.lessons.marking import Task, right_gradients, same_values, written
from minigan.lessons.marking.several import OneLoss, several
from minigan.losses import sigmoid, softplus

REAL, FAKE = np.array([2.0, 0.5, -1.0]), np.array([-3.0, 0.0, 1.0, -0.5])


def check_best_discriminator(student):
    p, q = np.array([0.3, 0.1, 0.2, 0.0]), np.array([0.1, 0.3, 0.2, 0.4])
    got = student.best_discriminator(p.copy(), q.copy())
    same_values(got, p / (p + q), "D", tolerance=1e-9, case=written(p=p, q=q), suspects={
        "where fakes are more frequent than data, should D be near 1 or near 0?": q / (p + q),
        "D is asked for, and V has log D in it: is this D, or its logit?": safe_log(p) - safe_log(q),
        "is that between 0 and 1 wherever p and q are? What are the shares of all that comes by?": p / q,
        "what does D say where there is no fake at all, and where there are as many as data?": p,
    })  # fmt: skip


def safe_log(a):
    return np.log(np.maximum(a, 1e-300))


CASE, FAKES = written(real_logits=REAL, fake_logits=FAKE), written(fake_logits=FAKE)
MEAN = "how many logits share the value? And so, how much does one of them move it?"


def check_discriminator_loss(student):
    result = student.discriminator_loss(REAL.copy(), FAKE.copy())
    value, d_real, d_fake = several(result, ("value", "d_real", "d_fake"), "discriminator_loss")
    real, fake = softplus(-REAL), softplus(FAKE)
    same_values(value, real.mean() + fake.mean(), "the value", tolerance=1e-9, case=CASE, suspects={
        "V is what D makes large. Does the value fall when D gets better?": -(real.mean() + fake.mean()),
        "what should D say of a fake: is that in the second term?": real.mean() + softplus(-FAKE).mean(),
        "which of the two batches should D call real?": softplus(REAL).mean() + softplus(-FAKE).mean(),
        "a mean or a sum?": real.sum() + fake.sum(),
        "a mean over each batch, or over both together?": np.concatenate([real, fake]).mean(),
    })  # fmt: skip
    D = sigmoid(REAL)
    right = -sigmoid(-REAL) / 3
    same_values(d_real, right, "d_real", tolerance=1e-9, case=CASE, suspects={
        MEAN: -sigmoid(-REAL), "should a step down this slope raise or lower a real logit?": -right,
        "1 - sigmoid(s) is sigmoid(-s): which of the two belongs to a real logit?": -D / 3,
        "is this the derivative by the logit, or by the probability?": -1 / D / 3,
        "whose size is it divided by?": -sigmoid(-REAL) / 4,
    })  # fmt: skip
    right = sigmoid(FAKE) / 4
    same_values(d_fake, right, "d_fake", tolerance=1e-9, case=CASE, suspects={
        MEAN: sigmoid(FAKE), "should a step down this slope raise or lower a fake logit?": -right,
        "1 - sigmoid(s) is sigmoid(-s): which of the two belongs to a fake logit?": sigmoid(-FAKE) / 4,
        "whose size is it divided by?": sigmoid(FAKE) / 3,
    })  # fmt: skip
    right_gradients(OneLoss(discriminator=student.discriminator_loss))


OTHER = "where D is sure that a fake is fake, s very negative: which of G's two losses has a slope there?"
CAUGHT = "if D takes the fakes for real more often, does this loss fall?"


def check_generator(result, what, value, slope, other_value, other_slope):
    got, d_fake = several(result, ("value", "d_fake"), what)
    asked = OTHER if what == "generator_loss" else "which of G's two losses is the one that saturates?"
    same_values(got, value.mean(), "the value", tolerance=1e-9, case=FAKES, suspects={
        asked: other_value.mean(), CAUGHT: -value.mean(), CAUGHT + " And is it the one asked for?": -other_value.mean(),
        "a mean or a sum?": value.sum(),
    })  # fmt: skip
    same_values(d_fake, slope / 4, "d_fake", tolerance=1e-9, case=FAKES, suspects={
        MEAN: slope, "should a step down this slope raise or lower the fake logits?": -slope / 4,
        "is this the slope of the value above it, or of G's other loss?": other_slope / 4,
    })  # fmt: skip


def check_saturating(student):
    check_generator(student.saturating_loss(FAKE.copy()), "saturating_loss",
                    -softplus(FAKE), -sigmoid(FAKE), softplus(-FAKE), -sigmoid(-FAKE))  # fmt: skip


def check_generator_loss(student):
    check_generator(student.generator_loss(FAKE.copy()), "generator_loss",
                    softplus(-FAKE), -sigmoid(-FAKE), -softplus(FAKE), -sigmoid(FAKE))  # fmt: skip
    right_gradients(OneLoss(generator=student.generator_loss))


THETA, W, LR = -1.0, 0.5, 0.1
DATA, Z = np.array([1.5, 2.5, 2.0]), np.array([0.5, -0.5, 0.2, 0.1])


def played(d_sign=1, g_sign=1, saturating=False, old_w=False, g_first=False, no_w=False):
    """theta and w after one step, right or with a mistake in it."""
    theta, w = THETA, W
    for player in ("G", "D") if g_first else ("D", "G"):
        fake = Z + theta
        if player == "D":
            down = np.mean(-sigmoid(-w * DATA) * DATA) + np.mean(sigmoid(w * fake) * fake)
            w -= d_sign * LR * down
        else:
            seen = W if old_w else w
            slope = -sigmoid(seen * fake) if saturating else -sigmoid(-seen * fake)
            theta -= g_sign * LR * np.mean(slope * (1 if no_w else seen))
    return theta, w


def check_step(student):
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
