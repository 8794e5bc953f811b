"""Marking of exercise 10: the Inception Score, the Frechet distance, the reverse KL."""

from collections.abc import Callable

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, lent, same_shape, same_values, several
from minigan.metrics import mode_coverage
from minigan.metrics.fid import distance
from minigan.metrics.fid import moments as moments_of
from minigan.metrics.inception_score import score_of

LOG_OF_0 = "what is 0 times log 0 here, and what does NumPy make of it?"
OWN_CHECK = "what do you get by hand for two images and two classes?"


@np.errstate(all="ignore")
def score(student: Student) -> None:
    """Alike, certain and varied, then anything between."""
    got = student.inception_score(np.tile([0.2, 0.3, 0.5], (4, 1)))
    same_values(got, 1, "the score of four images that look alike", OWN_CHECK, suspects={
        "all images look alike: the mean KL is 0, and what is exp of 0?": 0.0,
    })  # fmt: skip
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.6, 0.3, 0.1]])
    mean = p.mean(axis=0)
    kl = np.sum(p * np.log(p / mean), axis=1)
    same_values(student.inception_score(p), float(score_of(p)), "the score of four uncertain images", OWN_CHECK,
                suspects={
        "this is the mean KL itself: what does the definition do with it at the end?": kl.mean(),
        "is it the exponential of a mean, or the mean of exponentials?": np.exp(kl).mean(),
        "is it a mean over the images, or a sum?": np.exp(kl.sum()),
        "KL(p || q) is not KL(q || p): which of the two comes first?":
            np.exp(np.mean(np.sum(mean * np.log(mean / p), axis=1))),
        "by which axis is p(y) a mean: over the images or over the classes?":
            np.exp(np.mean(np.sum(p * np.log(p / p.mean(axis=1, keepdims=True)), axis=1))),
        "is one of the two entropies missing?": np.exp(-np.sum(mean * np.log(mean))),
    })  # fmt: skip
    hint = "five sure and different images: what are H(y) and H(y|x)?"
    same_values(student.inception_score(np.eye(5)), 5, "the score of five sure and different images", hint,
                nan_hint=LOG_OF_0, tolerance=1e-9)  # fmt: skip
    same_values(student.inception_score(np.eye(4)[[0, 0, 1, 1]]), 2, "the score where two classes of four never come",
                LOG_OF_0, nan_hint=LOG_OF_0, tolerance=1e-9)  # fmt: skip


def mean_and_covariance(student: Student) -> None:
    """Three points that can be followed by hand, then many far from the origin."""
    points = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 3.0]])
    m, S = several(student.moments(points), ("m", "S"), "moments")
    same_values(m, [1, 1], "the mean of (0, 0), (2, 0), (1, 3)", "over which axis is the mean taken?")
    centred = points - points.mean(axis=0)
    same_values(S, [[1, 0], [0, 3]], "the covariance of these three", suspects={
        "divided by N, or by N - 1: which is asked for, and which is unbiased?": centred.T @ centred / 3,
        "is the mean taken off before the products?": points.T @ points / 2,
        "by how many do you divide the sum over the samples?": centred.T @ centred,
        "are the features in the rows or in the columns?": np.cov(points),
    }, hint="which product of centred columns is S[i, j]?")  # fmt: skip
    far = 1e4 + np.random.default_rng(0).standard_normal((50, 3))
    hint = "the points lie far from the origin: is the mean taken off before the squares, in float64?"
    same_values(student.moments(far)[1], moments_of(far)[1], "the covariance of 50 points near 10,000", hint)


def frechet(student: Student) -> None:
    """By closed forms: two numbers, two axes, then any two, then singular ones."""
    f, zero, unit = student.frechet_distance, np.zeros(2), np.eye(2)
    got, what = f(zero, unit, np.array([3.0, 4.0]), unit), "the distance of equal covariances, means 5 apart"
    same_values(got, 25, what, "the covariances cancel: what is |m1 - m2|^2?",
                suspects={"is the distance of the means squared?": 5.0})  # fmt: skip
    got = f(zero, np.diag([1.0, 9.0]), zero, np.diag([4.0, 16.0]))
    same_values(got, 2, "the distance of diagonal covariances", suspects={
        "what is the factor of the root in the trace?": 1 + 4 + 9 + 16 - (2 + 12),
        "the root of a covariance is a standard deviation: is the root taken at all?": 1 + 4 + 9 + 16 - 2 * (4 + 144),
    }, hint="along each axis it is (s1 - s2)^2: what are the four standard deviations?")  # fmt: skip
    any_two(f)


def any_two(f: Callable) -> None:
    """Two random covariances, which share no axes, then a singular one."""
    rng = np.random.default_rng(3)
    A, B = rng.standard_normal((2, 5, 5))
    m1, m2, S1, S2 = rng.standard_normal(5), rng.standard_normal(5), A @ A.T, B @ B.T
    got, right = f(m1, S1, m2, S2), sum(distance((m1, S1), (m2, S2)))
    start = float(np.sum((m1 - m2) ** 2) + np.trace(S1) + np.trace(S2))
    half, what = np.linalg.eigh(S1 @ S2)[0], "the distance of two random covariances"
    eigh_of_product = "S1 S2 is not symmetric: what does eigh make of the half that it does not look at?"
    wrong_traces = [
        ("is the root of a matrix the root of each entry?", np.trace(np.sqrt(np.maximum(S1 @ S2, 0)))),
        ("S1^(1/2) S2^(1/2) is not the root of the product: which is asked for?", np.trace(root(S1) @ root(S2))),
        (eigh_of_product, np.sum(np.sqrt(np.maximum(half, 0)))), (eigh_of_product, np.sum(np.sqrt(np.abs(half)))),
    ]  # fmt: skip
    same_values(got, right, what, "which symmetric matrix has the same eigenvalues as S1 S2?", tolerance=1e-4,
                suspects=[(asked, start - 2 * trace) for asked, trace in wrong_traces])  # fmt: skip
    hint = "right to a few digits only: in which format is it computed, and how exact is that?"
    same_values(got, right, what, hint, tolerance=1e-9)
    singular(f, m1, S2)


@np.errstate(all="ignore")
def singular(f: Callable, m: np.ndarray, S: np.ndarray) -> None:
    """A covariance with one direction only: four of its eigenvalues are 0, or what rounding makes of that."""
    thin, what = np.outer([1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 5]), "covariance with four zero eigenvalues"
    hint = "an eigenvalue that should be 0 may come out as -1e-16: what is its root, and what should it be?"
    try:
        got = f(m, thin, m, S)
    except np.linalg.LinAlgError as error:
        if "did not converge" not in str(error):  # that is eigh of NaNs; another message has another cause
            raise
        raise Wrong(hint, f"a {what}: {error}") from None
    # The root of what rounding leaves of a 0 is 1e-8: no more digits than that are asked for.
    same_values(got, sum(distance((m, thin), (m, S))), f"the distance of a {what}", hint, nan_hint=hint, tolerance=1e-6)


def root(S: np.ndarray) -> np.ndarray:
    """The symmetric root of a covariance."""
    values, vectors = np.linalg.eigh(S)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


@np.errstate(all="ignore")
def coverage(student: Student) -> None:
    """Even shares, one mode, shares of 3/4 and 1/4."""
    square = lent([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    hint = "q equals p everywhere: what is log(q / p)?"
    same_values(student.reverse_kl(square * 1.1, square) + 1, 1, "1 + the reverse KL of even shares", hint)
    points, what = lent(square[[0] * 6 + [1] * 2] * 0.9), "the reverse KL of shares 3/4, 1/4, 0, 0"
    got, expected = student.reverse_kl(points, square), mode_coverage(points, square, 0.1).reverse_kl.value
    turned = "which of q and p stands in front of the log, and which is divided by which?"
    same_shape(got, (), what)
    if got > np.log(4) + 1e-9 and np.isfinite(got):  # more than the reverse KL can be
        raise Wrong(turned, f"{what} is {got:.6g}, expected {expected:.6g}")
    q = np.bincount(np.linalg.norm(points[:, None] - square, axis=2).argmin(axis=0)) / len(points)
    q_log_q = np.sum(q[q > 0] * np.log(q[q > 0]))
    axis = "is it each point that has a nearest centre, or each centre that has a nearest point?"
    same_values(got, expected, what, "what are q and p of each mode here?", tolerance=1e-9, suspects=[
        (turned, -expected), ("this is minus the entropy of q: where is p?", expected - np.log(4)),
        (axis, q_log_q + np.log(4)), (axis, q_log_q + q.sum() * np.log(4)),
    ], nan_hint="two modes have no points, q = 0 there: what do they add to the sum?")  # fmt: skip


TITLE = "How good is it?"
TASKS = [
    Task("inception_score", "the Inception Score of class probabilities", score),
    Task("moments", "mean and covariance of features", mean_and_covariance),
    Task("frechet_distance", "the Frechet distance between two Gaussians", frechet),
    Task("reverse_kl", "how unevenly points fall on the modes", coverage),
]
