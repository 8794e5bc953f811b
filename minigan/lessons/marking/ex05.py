"""Marking of exercise 05: batch normalisation."""

from collections.abc import Callable
from functools import partial

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, as_layer, lent, right_gradients, same_values, several, written

# One channel that can be followed by hand (mean 4, variance 5), and one that has another scale.
X, DY = lent([[1.0, 0.2], [3.0, -0.4], [5.0, 0.1], [7.0, 0.5]]), lent([[1.0, 0.3], [0.0, -0.2], [0.0, 0.5], [0.5, 0.1]])
GAMMA, BETA, EPS, M = lent([2.0, 0.5]), lent([0.5, -1.0]), 1e-5, len(X)
MEAN, VAR = lent([3.0, 0.5]), lent([4.0, 0.25])  # the running ones
CASE, RUNNING = written(x=X, gamma=GAMMA, beta=BETA), written(mean=MEAN, var=VAR)
BACK = f"{written(dy=DY)}, the cache that of {written(x=X, gamma=GAMMA)}"
GRADS = ("dx", "dgamma", "dbeta")


def right_forward(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray | None = None,
                  var: np.ndarray | None = None, eps: float = EPS) -> tuple[np.ndarray, tuple]:  # fmt: skip
    """y and the cache as the exercise has them, with the batch's mean and var (C,) or with those that are given."""
    r = 1 / np.sqrt((x.var(axis=0) if var is None else var) + eps)
    xhat = (x - (x.mean(axis=0) if mean is None else mean)) * r
    return gamma * xhat + beta, (xhat, r, gamma)


def closed_form(cache: tuple, dy: np.ndarray = DY, m: float = M, r: float | None = None, mean: float = 1.0,
                variance: float = 1.0) -> np.ndarray:  # fmt: skip
    """dx with a factor for the terms through mean and variance, and sums divided by m."""
    g, xhat = GAMMA * dy, cache[0]
    terms = g - mean * g.sum(axis=0) / m - variance * xhat * (g * xhat).sum(axis=0) / m
    return (cache[1] if r is None else r) * terms


def check_output(y: np.ndarray, cache: tuple, right: tuple, what: str, suspects: dict, name: str, case: str) -> None:
    """y and the cache of a forward pass. right: both as they should be."""
    same_values(y, right[0], what, suspects=suspects, case=case, tolerance=1e-8)
    got = several(cache, ("xhat", "r", "gamma"), f"the cache of {name}")
    same_values(got[0], right[1][0], "xhat in the cache")
    same_values(got[1], right[1][1], "r in the cache", "is r the deviation, or what x - mean is multiplied with?")
    same_values(got[2], GAMMA, "gamma in the cache")


def check_forward(student: Student) -> None:
    y, cache = several(student.forward(X.copy(), GAMMA, BETA), ("y", "cache"), "forward")
    mean, var, row_mean, row_var = X.mean(axis=0), X.var(axis=0), X.mean(axis=1)[:, None], X.var(axis=1)[:, None]
    right, turned = right_forward(X, GAMMA, BETA), "what turns a variance into a deviation?"

    def like(mean: np.ndarray, var: np.ndarray, eps: float = EPS) -> np.ndarray:
        return right_forward(X, GAMMA, BETA, mean, var, eps)[0]

    check_output(y, cache, right, "y", {
        "which of the two small numbers is eps, and which is momentum? How large is the variance of xhat?":
            like(mean, var, 0.9),
        "is your variance divided by M, or by something else? What does NumPy's ddof say?":
            like(mean, X.var(axis=0, ddof=1)),
        turned: like(mean, (var + EPS) ** 2, 0), "where does eps stand: with the variance, or with its root?":
            like(mean, (np.sqrt(var) + EPS) ** 2, 0),
        "mean and variance of what: of each channel, or of all numbers?": like(X.mean(), X.var()),
        "mean and variance of what: of each channel, or of each row?": like(row_mean, row_var),
        "the mean of what: of each channel, or of each row?": like(row_mean, var),
        "what do gamma and beta do?": right[1][0],
    }, "forward", CASE)  # fmt: skip


def check_backward(student: Student) -> None:
    cache = right_forward(X, GAMMA, BETA)[1]  # a mistake in the student's forward does not count here
    dx, dgamma, dbeta = several(student.backward(DY.copy(), cache), GRADS, "backward")
    hint = "beta is added in every row: what does that make of its gradient?"
    same_values(dbeta, DY.sum(axis=0), "dbeta", hint, case=BACK)
    hint = "what is gamma multiplied with in forward, and in how many rows?"
    same_values(dgamma, (DY * cache[0]).sum(axis=0), "dgamma", hint, case=BACK)
    like = partial(closed_form, cache)
    same_values(dx, like(), "dx", case=BACK, suspects={
        "this is right if mean and variance are constants. Are they, in training?": like(mean=0, variance=0),
        "two arrows leave x - mean in the graph, to xhat and to the variance. Does a gradient come back along both?":
            like(variance=0),
        "what happens to all outputs if one x moves the mean? Is that in dx?": like(mean=0),
        "one of the sums became a mean: how many numbers share it?": like(m=M - 1),
        "if one x grows by h, by how much does the mean grow: by h, or by a share of it?": like(m=1),
        "over which axis are the sums taken, and how many numbers share one mean?": like(m=X.size),
        "does dx know how wide the batch was? Which factor stretches x - mean into xhat?": like(r=1.0),
        "y is gamma times xhat: what does that do to the gradient on its way back?": like(DY / GAMMA),
        "which way does the term through the mean push, and which the one through the variance?":
            like(mean=-1, variance=-1),
    }, hint="by which three ways does x reach the loss: by itself, by the mean, by the variance?")  # fmt: skip
    right_backward(student.backward)


def right_backward(backward: Callable, **running: np.ndarray) -> None:
    """The student's backward against differences of the right forward. running: mean and var in evaluation."""
    rng = np.random.default_rng(0)
    gamma, beta, x = rng.normal(1, 0.3, 3), rng.normal(size=3), rng.normal(2, 3, (7, 3))
    right_gradients(as_layer(partial(right_forward, **running), backward, gamma=gamma, beta=beta), x)


def check_track(student: Student) -> None:
    mean, var = MEAN.copy(), VAR.copy()
    got = several(student.track(mean, var, X.copy()), ("new mean", "new var"), "track")
    if not (np.array_equal(mean, MEAN) and np.array_equal(var, VAR)):
        raise Wrong("the old arrays have changed: does your function make new ones?")
    batch, unbiased = X.mean(axis=0), X.var(axis=0) * M / (M - 1)
    case = f"{RUNNING}, {written(x=X, momentum=0.9)}"
    kept = "with momentum 0.9, what is kept: nine tenths of the past, or one tenth?"
    hint = "how much of the old mean is kept?"
    same_values(got[0], 0.9 * MEAN + 0.1 * batch, "the new mean", hint, case=case, suspects={
        kept: 0.1 * MEAN + 0.9 * batch,
        "which of the two small numbers is momentum, and which is eps?": 1e-5 * MEAN + (1 - 1e-5) * batch,
    })  # fmt: skip
    same_values(got[1], 0.9 * VAR + 0.1 * unbiased, "the new var", case=case, suspects={
        "a batch's variance around its own mean is too small on average. By which factor?":
            0.9 * VAR + 0.1 * X.var(axis=0),
        kept: 0.1 * VAR + 0.9 * unbiased,
        "which way round is the factor: M / (M - 1), or its inverse?": 0.9 * VAR + 0.1 * X.var(axis=0) * (M - 1) / M,
    })  # fmt: skip


def check_forward_evaluation(student: Student) -> None:
    result = student.forward_evaluation(X.copy(), GAMMA, BETA, MEAN, VAR)
    y, cache = several(result, ("y", "cache"), "forward_evaluation")
    right = right_forward(X, GAMMA, BETA, MEAN, VAR)
    check_output(y, cache, right, "y in evaluation", {
        "if there were one row only, what would its mean and variance be? Whose are meant here?":
            right_forward(X, GAMMA, BETA)[0],
        "what turns a variance into a deviation?": right_forward(X, GAMMA, BETA, MEAN, (VAR + EPS) ** 2, 0)[0],
    }, "forward_evaluation", f"{CASE}, {RUNNING}")  # fmt: skip
    one, _ = student.forward_evaluation(X[:1].copy(), GAMMA, BETA, MEAN, VAR)
    same_values(one, right[0][:1], "y of a single row", "does a row depend on the others in evaluation?")


def check_backward_evaluation(student: Student) -> None:
    cache = right_forward(X, GAMMA, BETA, MEAN, VAR)[1]
    dx, dgamma, dbeta = several(student.backward_evaluation(DY.copy(), cache), GRADS, "backward_evaluation")
    case = f"{BACK}, {RUNNING}"
    same_values(dx, cache[1] * GAMMA * DY, "dx in evaluation", case=case, suspects={
        "on which x do mean and variance depend in evaluation? Which terms are left then?": closed_form(cache),
    })  # fmt: skip
    same_values(dgamma, (DY * cache[0]).sum(axis=0), "dgamma in evaluation", case=case)
    same_values(dbeta, DY.sum(axis=0), "dbeta in evaluation", case=case)
    rng = np.random.default_rng(0)
    right_backward(student.backward_evaluation, mean=rng.normal(size=3), var=rng.uniform(0.5, 2, 3))


TITLE = "Batch normalisation, forward and backward"
TASKS = [
    Task("forward", "bring each channel to mean 0 and variance 1, then scale and shift", check_forward),
    Task("backward", "dx, dgamma and dbeta in training, where mean and variance depend on every x", check_backward),
    Task("track", "move the running statistics towards those of the batch", check_track),
    Task("forward_evaluation", "the same with the running statistics", check_forward_evaluation),
    Task("backward_evaluation", "dx, dgamma and dbeta where mean and variance are constants",
         check_backward_evaluation),
]  # fmt: skip
