"""Marking of exercise 12: the gradient penalty of a network of two layers, and its gradients."""

import numpy as np

from minigan.gradcheck import numeric_gradient
from minigan.lessons.marking import Task, Wrong, lent, same_shape, same_values, written

TITLE = "Gradient penalties: backprop through backprop"


def example():
    """D's arrays and samples: few, and no hidden unit near its kink."""
    rng = np.random.default_rng(12)
    D = {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal(4),
         "v": rng.standard_normal((4, 1)), "c": rng.standard_normal(1)}  # fmt: skip
    return D, lent(rng.standard_normal((5, 3)))


def hidden(D, x):
    """x W + b, and the factors of LeakyReLU there."""
    a = x @ D["W"] + D["b"]
    return a, np.where(a > 0, 1.0, 0.2)


def right_slopes(D, x):
    return (hidden(D, x)[1] * D["v"].T) @ D["W"].T


def right_penalty(g):
    return np.mean((np.sqrt(np.sum(g**2, axis=1)) - 1) ** 2)


def check_points(student):
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
    real[:], fake[:] = np.arange(6)[:, None, None, None], np.arange(6)[:, None, None, None]
    got = student.points_between(real, fake, np.random.default_rng(0))
    same_values(got, real, "a point between an image and the same image",
                "which two images does each point lie between, and do the two weights add up to 1?")  # fmt: skip


def check_slopes(student):
    D, x = example()
    a, f = hidden(D, x)
    suspects = {
        "what does LeakyReLU do to a gradient on its way back?": np.repeat((D["W"] @ D["v"]).T, len(x), axis=0),
        "the factor f is 1 or 0.2; what is it where a is below 0, and is that ReLU or LeakyReLU?":
            ((a > 0) * D["v"].T) @ D["W"].T,
        "is that each sample's own gradient, or a mean over the batch? what is handed back at each score?":
            right_slopes(D, x) / len(x),
    }  # fmt: skip
    got, hint = (
        student.slopes(D["W"], D["b"], D["v"], x),
        "write s[n] as a sum over hidden units; where is x[n, i] in it?",
    )
    same_values(got, right_slopes(D, x), "g", hint, suspects=suspects)


def check_penalty(student):
    g = lent(np.array([[3.0, 4.0], [0.6, 0.8], [0.0, -0.5]]))  # norms 5, 1 and 0.5
    norm = np.sqrt(np.sum(g**2, axis=1, keepdims=True))
    answer = student.penalty(g)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Wrong("what two things shall penalty return, and in which order?", f"it returned {answer!r}")
    P, u = answer
    whole = np.sqrt(np.sum(g**2))
    same_values(P, right_penalty(g), "P", "the rows have the norms 5, 1 and 0.5: what is P, by hand?",
                case=written(g=g), suspects={
        "of what is the norm taken: of each sample's row, or of all rows together?": (whole - 1) ** 2,
        "is P a sum over the samples or their mean?": 3 * right_penalty(g),
        "is it the norm that shall be 1, or its square?": np.mean((norm**2 - 1) ** 2),
        "is there a factor 1/2 in WGAN-GP's formula?": right_penalty(g) / 2,
    })  # fmt: skip
    expected = 2 / 3 * (norm - 1) * g / norm
    same_values(u, expected, "u", "P has (norm - 1)^2, and norm is a root: what does the chain rule give?",
                case=written(g=g), suspects={
        "what is the derivative of a square? look for the factor": expected / 2,
        "is that the derivative of the mean, or of the sum? how many samples are there?": 3 * expected,
        "what is the derivative of the norm |g| by g[i]? its own length should be 1": expected * norm,
        "what is the derivative of the norm by g[i]? and how long is it?": 2 / 3 * (norm - 1) * np.ones_like(g),
    })  # fmt: skip


def check_tangent(student):
    D, x = example()
    a, f = hidden(D, x)
    u = lent(np.random.default_rng(5).standard_normal(x.shape))
    push = u @ D["W"]
    same_values(student.tangent(D["W"], D["b"], x, u), f * push, "t",
                "which steps did x take to become h? which of them stand in the formula of g?", suspects={
        "t went through the Dense layer; what happens to it at the LeakyReLU?": push,
        "is the bias in the formula of g?": f * (push + D["b"]),
        "which sign decides the factor f in g: that of x's hidden units, or that of u's?":
            np.where(push > 0, 1.0, 0.2) * push,
        "which sign decides the factor f in g: that of x's hidden units, or that of u's? and is the bias in g?":
            np.where(push + D["b"] > 0, 1.0, 0.2) * (push + D["b"]),
        "how often does the factor f stand in g?": f * f * push,
    })  # fmt: skip


def check_gradients(student):
    D, x = example()
    answer = student.penalty_gradients(**D, x=x)
    if not isinstance(answer, tuple) or len(answer) != 2 or not isinstance(answer[1], dict):
        raise Wrong("penalty_gradients shall return P and a dict of gradients; what did you return?")
    P, grads = answer
    same_values(P, right_penalty(right_slopes(D, x)), "P", "is that `penalty` of the `slopes`?")
    if grads.keys() != D.keys():
        raise Wrong("which four arrays does D have, and which gradients did you return?",
                    f"the keys are {sorted(grads)}, expected {sorted(D)}")  # fmt: skip
    _, f = hidden(D, x)
    delta = f * D["v"].T
    g = right_slopes(D, x)
    norm = np.sqrt(np.sum(g**2, axis=1, keepdims=True))
    u = 2 / len(x) * (norm - 1) * g / norm
    numeric = {name: numeric_gradient(lambda: right_penalty(right_slopes(D, x)), array).gradient
               for name, array in D.items()}  # fmt: skip
    suspects = {
        "W": {
            "the ordinary weight gradient is x^T delta; what stands in x's place here?": x.T @ delta,
            "delta came back through the LeakyReLU: did it here?": u.T @ np.repeat(D["v"].T, len(x), axis=0),
        },
        "v": {
            "what is in the place of h, and did it go through the LeakyReLU as h did?":
                (u @ D["W"]).sum(axis=0)[:, None],
            "the ordinary gradient of v is h^T 1; what stands in h's place here?":
                (f * (x @ D["W"] + D["b"])).sum(axis=0)[:, None],
            "t is one row for each sample, and u has its 1/N already: is the sum over the samples right?":
                (f * (u @ D["W"])).mean(axis=0)[:, None],
        },
    }  # fmt: skip
    for name in ("b", "c"):
        same_values(grads[name], np.zeros_like(D[name]), f"the gradient by {name}",
                    f"move {name} a little: which entry of g changes?")  # fmt: skip
    for name in ("W", "v"):
        same_values(grads[name], numeric[name], f"the gradient by {name}",
                    f"where does {name} stand in g[n, i]? which factor does it have there?",
                    suspects=suspects[name])  # fmt: skip


TASKS = [
    Task("points_between", "random points on the lines between real and generated images", check_points),
    Task("slopes", "g, the gradient of each score by its own sample", check_slopes),
    Task("penalty", "the mean of (|g| - 1)^2, and its gradient u by g", check_penalty),
    Task("tangent", "u, sent forwards through the first layer", check_tangent),
    Task("penalty_gradients", "P, and its gradients by W, b, v and c", check_gradients),
]
