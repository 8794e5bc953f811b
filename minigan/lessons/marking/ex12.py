"""Marking of exercise 12: the gradient penalty of a network of two layers, and its gradients."""

import numpy as np

from minigan.gradcheck import numeric_gradient
from minigan.lessons.marking import Student, Task, Wrong, lent, normal, same_shape, same_values, several, with_keys
from minigan.lessons.marking.values import written

TITLE = "Gradient penalties: backprop through backprop"


def example() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """D's arrays, samples, few and with no hidden unit near its kink, and there LeakyReLU's factors."""
    rng = np.random.default_rng(12)
    D = {name: rng.standard_normal(shape) for name, shape in {"W": (3, 4), "b": 4, "v": (4, 1), "c": 1}.items()}
    x = lent(rng.standard_normal((5, 3)))
    return D, x, factors(x @ D["W"] + D["b"])


def factors(a: np.ndarray) -> np.ndarray:
    return np.where(a > 0, 1.0, 0.2)


def right_slopes(D: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    return (factors(x @ D["W"] + D["b"]) * D["v"].T) @ D["W"].T


def right_penalty(g: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """P, u = dP/dg and the norms (N, 1)."""
    norm = np.sqrt(np.sum(g**2, axis=1, keepdims=True))
    return np.mean((norm - 1) ** 2), 2 / len(g) * (norm - 1) * g / norm, norm


def check_points(student: Student) -> None:
    real, fake = np.zeros((6, 2, 3, 4)), np.ones((6, 2, 3, 4))
    got = student.points_between(real, fake, np.random.default_rng(0))
    same_shape(got, real.shape, "the points")
    shares = np.asarray(got).reshape(6, -1)  # how far each number is on its way from real (0) to fake (1)
    if shares.min() < 0 or shares.max() > 1:
        raise Wrong("which range of e keeps a point between the two images?",
                    f"between images of 0 and 1 are pixels from {shares.min():.2f} to {shares.max():.2f}")  # fmt: skip
    if np.ptp(shares) < 1e-12:
        raise Wrong("does each pair have a random e of its own, or does the whole batch share one?",
                    f"all 6 points are the same share of the way, {shares[0, 0]:.3f}")  # fmt: skip
    if np.ptp(shares, axis=1).max() > 1e-12:
        raise Wrong("is a point on the line between two images if each number in them has an e of its own?",
                    f"the numbers of the first point: {', '.join(f'{s:.2f}' for s in shares[0, :6])}, ...")  # fmt: skip
    real[:] = fake[:] = np.arange(6)[:, None, None, None]
    got = student.points_between(real, fake, np.random.default_rng(0))
    hint = "which two images does each point lie between, and do the two weights add up to 1?"
    same_values(got, real, "a point between an image and the same image", hint)


def check_slopes(student: Student) -> None:
    D, x, f = example()
    right = right_slopes(D, x)
    same_values(student.slopes(D["W"], D["b"], D["v"], x), right, "g", suspects={
        "what does LeakyReLU do to a gradient on its way back?": np.repeat((D["W"] @ D["v"]).T, len(x), axis=0),
        "the factor f is 1 or 0.2; what is it where a is below 0, and is that ReLU or LeakyReLU?":
            ((f == 1) * D["v"].T) @ D["W"].T,
        "is that each sample's own gradient, or a mean over the batch? what is handed back at each score?":
            right / len(x),
    }, hint="write s[n] as a sum over hidden units; where is x[n, i] in it?")  # fmt: skip


def check_penalty(student: Student) -> None:
    g = lent([[3.0, 4.0], [0.6, 0.8], [0.0, -0.5]])  # norms 5, 1 and 0.5
    got, got_u = several(student.penalty(g), ("P", "u"), "penalty")
    (P, u, norm), case = right_penalty(g), written(g=g)
    same_values(got, P, "P", "the rows have the norms 5, 1 and 0.5: what is P, by hand?", case=case, suspects={
        "of what is the norm taken: of each sample's row, or of all rows together?": (np.sqrt(np.sum(g**2)) - 1) ** 2,
        "is P a sum over the samples or their mean?": 3 * P,
        "which should be 1, the norm or its square?": np.mean((norm**2 - 1) ** 2),
        "is there a factor 1/2 in WGAN-GP's formula?": P / 2,
    })  # fmt: skip
    same_values(got_u, u, "u", "P has (norm - 1)^2, and norm is a root: what does the chain rule give?", case=case,
                suspects={
        "what is the derivative of a square? look for the factor": u / 2,
        "is that the derivative of the mean, or of the sum? how many samples are there?": 3 * u,
        "what is the derivative of the norm |g| by g[i]? its own length should be 1": u * norm,
        "what is the derivative of the norm by g[i]? and how long is it?": 2 / 3 * (norm - 1) * np.ones_like(g),
    })  # fmt: skip


def check_tangent(student: Student) -> None:
    (D, x, f), u = example(), normal(5, 5, 3)
    push = u @ D["W"]
    biased, sign = push + D["b"], "which sign decides the factor f in g: that of x's hidden units, or that of u's?"
    same_values(student.tangent(D["W"], D["b"], x, u), f * push, "t", suspects={
        "t went through the Dense layer; what happens to it at the LeakyReLU?": push,
        "is the bias in the formula of g?": f * biased, sign: factors(push) * push,
        f"{sign} and is the bias in g?": factors(biased) * biased, "how often does f stand in g?": f * f * push,
    }, hint="which steps did x take to become h? which of them stand in the formula of g?")  # fmt: skip


def check_gradients(student: Student) -> None:
    D, x, f = example()
    P, grads = several(student.penalty_gradients(**D, x=x), ("P", "a dict of gradients"), "penalty_gradients")
    g = right_slopes(D, x)
    right, u, _ = right_penalty(g)
    a, push = x @ D["W"] + D["b"], u @ D["W"]
    same_values(P, right, "P", "is that `penalty` of the `slopes`?")
    with_keys(grads, list(D), "the second thing that penalty_gradients returns")
    for name in ("b", "c"):
        hint = f"move {name} a little: which entry of g changes?"
        same_values(grads[name], np.zeros_like(D[name]), f"the gradient by {name}", hint)
    suspects = {
        "W": {
            "the ordinary weight gradient is x^T delta; what stands in x's place here?": x.T @ (f * D["v"].T),
            "delta came back through the LeakyReLU: did it here?": u.T @ np.repeat(D["v"].T, len(x), axis=0),
        },
        "v": {
            "what is in the place of h, and did it go through the LeakyReLU as h did?": push.sum(axis=0)[:, None],
            "the ordinary gradient of v is h^T 1; what stands in h's place here?": (f * a).sum(axis=0)[:, None],
            "t is one row for each sample, and u has its 1/N already: is the sum over the samples right?":
                (f * push).mean(axis=0)[:, None],
        },
    }  # fmt: skip
    for name, wrong in suspects.items():
        numeric = numeric_gradient(lambda: right_penalty(right_slopes(D, x))[0], D[name]).gradient
        hint = f"where does {name} stand in g[n, i]? which factor does it have there?"
        same_values(grads[name], numeric, f"the gradient by {name}", hint, suspects=wrong)


TASKS = [
    Task("points_between", "random points on the lines between real and generated images", check_points),
    Task("slopes", "g, the gradient of each score by its own sample", check_slopes),
    Task("penalty", "the mean of (|g| - 1)^2, and its gradient u by g", check_penalty),
    Task("tangent", "u, sent forwards through the first layer", check_tangent),
    Task("penalty_gradients", "P, and its gradients by W, b, v and c", check_gradients),
]
