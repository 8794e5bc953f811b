"""Marks exercise 05: batch normalisation."""

import numpy as np

from minigan.lessons.marking import Task, Wrong, as_layer, right_gradients, same_values, written
from minigan.lessons.marking.several import several

# One channel that can be followed by hand (mean 4, variance 5), and one that has another scale.
X = np.array([[1.0, 0.2], [3.0, -0.4], [5.0, 0.1], [7.0, 0.5]])
DY = np.array([[1.0, 0.3], [0.0, -0.2], [0.0, 0.5], [0.5, 0.1]])
GAMMA, BETA = np.array([2.0, 0.5]), np.array([0.5, -1.0])
MEAN, VAR = np.array([3.0, 0.5]), np.array([4.0, 0.25])
EPS = 1e-5
CASE = written(x=X, gamma=GAMMA, beta=BETA)
BACK = f"{written(dy=DY)}, the cache that of {written(x=X, gamma=GAMMA)}"


def normalised(x, mean, var, eps=EPS):
    return (x - mean) / np.sqrt(var + eps)


def check_cache(cache, xhat, r, what):
    got = several(cache, ("xhat", "r", "gamma"), f"the cache of {what}")
    same_values(got[0], xhat, "xhat in the cache")
    same_values(got[1], r, "r in the cache", "is r the deviation, or what x - mean is multiplied with?")
    same_values(got[2], GAMMA, "gamma in the cache")


def check_forward(student):
    y, cache = several(student.forward(X.copy(), GAMMA, BETA), ("y", "cache"), "forward")
    mean, var = X.mean(axis=0), X.var(axis=0)
    mean_of_row, var_of_row = X.mean(axis=1, keepdims=True), X.var(axis=1, keepdims=True)
    xhat = normalised(X, mean, var)
    suspects = {
        "which of the two small numbers is eps, and which is momentum? How large is the variance of xhat?":
            GAMMA * normalised(X, mean, var, eps=0.9) + BETA,
        "is your variance divided by M, or by something else? What does NumPy's ddof say?":
            GAMMA * normalised(X, mean, X.var(axis=0, ddof=1)) + BETA,
        "what turns a variance into a deviation?": GAMMA * (X - mean) / (var + EPS) + BETA,
        "where does eps stand: with the variance, or with its root?":
            GAMMA * (X - mean) / (np.sqrt(var) + EPS) + BETA,
        "mean and variance of what: of each channel, or of all numbers?":
            GAMMA * normalised(X, X.mean(), X.var()) + BETA,
        "mean and variance of what: of each channel, or of each row?":
            GAMMA * normalised(X, mean_of_row, var_of_row) + BETA,
        "the mean of what: of each channel, or of each row?": GAMMA * normalised(X, mean_of_row, var) + BETA,
        "what do gamma and beta do?": xhat,
    }  # fmt: skip
    same_values(y, GAMMA * xhat + BETA, "y", suspects=suspects, case=CASE, tolerance=1e-8)
    check_cache(cache, xhat, 1 / np.sqrt(var + EPS), "forward")


def closed_form(dy, xhat, r, M, direct=1.0, mean=1.0, variance=1.0):
    """dx with a factor for each of its three terms, and sums divided by M."""
    g = GAMMA * dy
    return r * (direct * g - mean * g.sum(axis=0) / M - variance * xhat * (g * xhat).sum(axis=0) / M)


def right_forward(x, gamma, beta):
    """y and the cache as the exercise has them: backward is judged by these, whatever the student's forward does."""
    r = 1 / np.sqrt(x.var(axis=0) + EPS)
    xhat = (x - x.mean(axis=0)) * r
    return gamma * xhat + beta, (xhat, r, gamma)


def check_backward(student):
    M, cache = len(X), right_forward(X, GAMMA, BETA)[1]
    xhat, r, _ = cache
    dx, dgamma, dbeta = several(student.backward(DY.copy(), cache), ("dx", "dgamma", "dbeta"), "backward")
    suspects = {
        "this is right if mean and variance are constants. Are they, in training?":
            closed_form(DY, xhat, r, M, mean=0, variance=0),
        "two arrows leave x - mean in the graph, to xhat and to the variance. Does a gradient come back along both?":
            closed_form(DY, xhat, r, M, variance=0),
        "what happens to all outputs if one x moves the mean? Is that in dx?": closed_form(DY, xhat, r, M, mean=0),
        "one of the sums became a mean: how many numbers share it?": closed_form(DY, xhat, r, M - 1),
        "if one x grows by h, by how much does the mean grow: by h, or by a share of it?": closed_form(DY, xhat, r, 1),
        "over which axis are the sums taken, and how many numbers share one mean?": closed_form(DY, xhat, r, X.size),
        "does dx know how wide the batch was? Which factor stretches x - mean into xhat?":
            closed_form(DY, xhat, 1.0, M),
        "y is gamma times xhat: what does that do to the gradient on its way back?":
            closed_form(DY / GAMMA, xhat, r, M),
        "which way does the term through the mean push, and which the one through the variance?":
            closed_form(DY, xhat, r, M, mean=-1, variance=-1),
    }  # fmt: skip
    same_values(dbeta, DY.sum(axis=0), "dbeta", "beta is added in every row: what does that make of its gradient?",
                case=BACK)  # fmt: skip
    asked = "what is gamma multiplied with in forward, and in how many rows?"
    same_values(dgamma, (DY * xhat).sum(axis=0), "dgamma", asked, case=BACK)
    same_values(dx, closed_form(DY, xhat, r, M), "dx", suspects=suspects, case=BACK,
                hint="by which three ways does x reach the loss: by itself, by the mean, by the variance?")  # fmt: skip
    rng = np.random.default_rng(0)
    layer = as_layer(right_forward, student.backward, gamma=rng.normal(1, 0.3, 3), beta=rng.normal(size=3))
    right_gradients(layer, rng.normal(2, 3, (7, 3)))


def check_track(student):
    mean, var = MEAN.copy(), VAR.copy()
    got = several(student.track(mean, var, X.copy()), ("new mean", "new var"), "track")
    if not (np.array_equal(mean, MEAN) and np.array_equal(var, VAR)):
        raise Wrong("the old arrays have changed: does your function make new ones?")
    batch, M = X.mean(axis=0), len(X)
    case = written(mean=MEAN, var=VAR, x=X, momentum=0.9)
    hint = "how much of the old mean is kept?"
    same_values(got[0], 0.9 * MEAN + 0.1 * batch, "the new mean", hint, case=case, suspects={
        "with momentum 0.9, what is kept: nine tenths of the past, or one tenth?": 0.1 * MEAN + 0.9 * batch,
        "which of the two small numbers is momentum, and which is eps?": 1e-5 * MEAN + (1 - 1e-5) * batch,
    })  # fmt: skip
    batch = X.var(axis=0)
    same_values(got[1], 0.9 * VAR + 0.1 * batch * M / (M - 1), "the new var", case=case, suspects={
        "a batch's variance around its own mean is too small on average. By which factor?": 0.9 * VAR + 0.1 * batch,
        "with momentum 0.9, what is kept: nine tenths of the past, or one tenth?":
            0.1 * VAR + 0.9 * batch * M / (M - 1),
        "which way round is the factor: M / (M - 1), or its inverse?": 0.9 * VAR + 0.1 * batch * (M - 1) / M,
    })  # fmt: skip
    other = student.track(MEAN.copy(), VAR.copy(), X.copy(), momentum=0.5)
    same_values(other[0], 0.5 * MEAN + 0.5 * X.mean(axis=0), "the new mean with momentum=0.5",
                "does your function use the momentum that it is given?")  # fmt: skip


def check_forward_evaluation(student):
    given = student.forward_evaluation(X.copy(), GAMMA, BETA, MEAN, VAR)
    y, cache = several(given, ("y", "cache"), "forward_evaluation")
    xhat = normalised(X, MEAN, VAR)
    of_batch = normalised(X, X.mean(axis=0), X.var(axis=0))
    case = f"{CASE}, {written(mean=MEAN, var=VAR)}"
    same_values(y, GAMMA * xhat + BETA, "y in evaluation", tolerance=1e-8, case=case, suspects={
        "if there were one row only, what would its mean and variance be? Whose are meant here?":
            GAMMA * of_batch + BETA,
        "what turns a variance into a deviation?": GAMMA * (X - MEAN) / (VAR + EPS) + BETA,
    })  # fmt: skip
    check_cache(cache, xhat, 1 / np.sqrt(VAR + EPS), "forward_evaluation")
    one, _ = student.forward_evaluation(X[:1].copy(), GAMMA, BETA, MEAN, VAR)
    same_values(one, (GAMMA * xhat + BETA)[:1], "y of a single row", "does a row depend on the others in evaluation?")


def check_backward_evaluation(student):
    r, xhat = 1 / np.sqrt(VAR + EPS), normalised(X, MEAN, VAR)
    result = student.backward_evaluation(DY.copy(), (xhat, r, GAMMA))
    dx, dgamma, dbeta = several(result, ("dx", "dgamma", "dbeta"), "backward_evaluation")
    case = f"{BACK}, {written(mean=MEAN, var=VAR)}"
    same_values(dx, r * GAMMA * DY, "dx in evaluation", case=case, suspects={
        "on which x do mean and variance depend in evaluation? Which terms are left then?":
            closed_form(DY, xhat, r, len(X)),
    })  # fmt: skip
    same_values(dgamma, (DY * xhat).sum(axis=0), "dgamma in evaluation", case=case)
    same_values(dbeta, DY.sum(axis=0), "dbeta in evaluation", case=case)
    rng = np.random.default_rng(0)
    mean, var = rng.normal(size=3), rng.uniform(0.5, 2, 3)

    def right_evaluation(x, gamma, beta):
        xhat = normalised(x, mean, var)
        return gamma * xhat + beta, (xhat, 1 / np.sqrt(var + EPS), gamma)

    layer = as_layer(
        right_evaluation, student.backward_evaluation, gamma=rng.normal(1, 0.3, 3), beta=rng.normal(size=3)
    )
    right_gradients(layer, rng.normal(2, 3, (7, 3)))


TITLE = "Batch normalisation, forward and backward"
TASKS = [
    Task("forward", "bring each channel to mean 0 and variance 1, then scale and shift", check_forward),
    Task("backward", "dx, dgamma and dbeta in training, where mean and variance depend on every x", check_backward),
    Task("track", "move the running statistics towards those of the batch", check_track),
    Task("forward_evaluation", "the same with the running statistics", check_forward_evaluation),
    Task("backward_evaluation", "dx, dgamma and dbeta where mean and variance are constants",
         check_backward_evaluation),
]  # fmt: skip
