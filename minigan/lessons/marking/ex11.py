"""Marking of exercise 11: packs, closeness in a batch, and the moving average."""

import numpy as np

from minigan.lessons.marking import Task, Wrong, lent, same_values, written

TITLE = "Cures for collapse: packs, closeness, and an average"


def check_pack(student):
    x = np.arange(1.0, 13.0).reshape(6, 2)
    for m in (2, 3):
        expected = [[x[n * m + j, c] for j in range(m) for c in range(2)] for n in range(6 // m)]
        apart = x.reshape(m, 6 // m, 2)
        side = x.reshape(6 // m, m, 2)
        same_values(student.pack(x, m), expected, f"pack(x, {m})", "which samples are in the first pack?",
                    case="x holds 1 ... 12 in rows of two", suspects={
            "are the samples of a pack neighbours in the batch? which samples are in your first pack?":
                np.moveaxis(apart, 0, 1).reshape(6 // m, -1),
            "are the numbers of one sample still side by side in the pack?": side.swapaxes(1, 2).reshape(6 // m, -1),
        })  # fmt: skip


def check_unpack(student):
    m, C = 3, 2
    dy = lent(np.arange(1.0, 25.0).reshape(4, m * C))
    expected = np.array([dy[n // m, n % m * C : (n % m + 1) * C] for n in range(4 * m)])
    same_values(student.unpack(dy, m), expected, "dx", "x[n, c] is in y once; in which place?",
                case="dy holds 1 ... 24 in rows of six, m is 3", suspects={
        "does a number that is in y once get the mean of several gradients, or its own?":
            np.repeat(dy.reshape(4, m, C).mean(axis=1), m, axis=0),
        "does the whole pack's gradient go to each of its samples, or to each its own part?":
            np.repeat(dy.reshape(4, m, C).sum(axis=1), m, axis=0),
        "is that the order in which `pack` put the samples? pack something, and unpack it":
            np.concatenate(np.split(dy, m, axis=1)),
        "is what you return 1/m of what goes back to a number that is in y once?": expected / m,
    })  # fmt: skip


def check_what_d_sees(student):
    real = lent(np.arange(12.0).reshape(4, 3))
    fake = lent(-real - 1)
    answer = student.what_d_sees(real, fake, 2)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Wrong("what_d_sees shall return two arrays; what did you return?")
    for got, batch, name in zip(answer, (real, fake), ("real packs", "generated packs"), strict=True):
        rows = np.atleast_2d(np.asarray(got, float))
        if any(row.min() < 0 <= row.max() for row in rows):
            raise Wrong("which kind is a pack that holds a real and a generated sample? what should D call it?",
                        f"a pack among the {name} holds both kinds")  # fmt: skip
        same_values(
            got,
            batch.reshape(2, 6),
            f"the {name}",
            "which samples are in the first of them?",
            case=written(**{name.split()[0]: batch}, m=2),
        )


def check_closeness(student):
    M = np.random.default_rng(1).standard_normal((4, 3, 2))
    difference = M[:, None] - M[None]
    distance = np.abs(difference).sum(axis=2)
    expected = np.exp(-distance).sum(axis=1) - 1
    got = student.closeness(M)
    same_values(got, expected, "o", "three samples, B = C = 1: what is o of the first, by hand?", suspects={
        "how close is each sample to itself? shall that count?": expected + 1,
        "is that a sum over the other samples, or their mean?": expected / 3,
        "is it the sum of absolute differences that is wanted, or a root of squares?":
            np.exp(-np.sqrt((difference**2).sum(axis=2))).sum(axis=1) - 1,
        "which comes first, the sum over c or the exponential?": np.exp(-np.abs(difference)).sum(axis=(1, 2)) - 3,
        "is o larger where the others are far, or where they are near?": distance.sum(axis=1),
    })  # fmt: skip
    same = student.closeness(np.ones((5, 2, 1)))
    same_values(same, np.full((5, 1), 4.0), "o of five equal samples", "how many others does each have?")


def check_averaged(student):
    average, now = {"w": np.array([1.0, 2.0])}, {"w": np.array([3.0, -2.0])}
    got = student.averaged(average, now, 0.9)
    if not isinstance(got, dict) or got.keys() != {"w"}:
        raise Wrong("averaged shall return a dict with the same keys; what did you return?")
    same_values(got["w"], [1.2, 1.6], "the average", "which share does the old average keep?",
                case=written(average=[1, 2], now=[3, -2], decay=0.9), suspects={
        "decay 0.9: how much of the old average is left after a step, and how much of `now` came in?": [2.8, -1.6],
        "do the two shares add up to 1?": [3.9, -0.2],
    })  # fmt: skip
    if average["w"].tolist() != [1.0, 2.0] or now["w"].tolist() != [3.0, -2.0]:
        raise Wrong("does your function change the arrays that it was given? whose are they?",
                    f"average is now {average['w']}, now is {now['w']}")  # fmt: skip


TASKS = [
    Task("pack", "m samples side by side in one row", check_pack),
    Task("unpack", "the gradient of pack", check_unpack),
    Task("what_d_sees", "packs of one kind each", check_what_d_sees),
    Task("closeness", "how close each sample is to the others", check_closeness),
    Task("averaged", "the exponential moving average", check_averaged),
]
