"""Marking of exercise 11: packs, closeness in a batch, and the moving average."""

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, lent, same_values, several, with_keys, written

TITLE = "Cures for collapse: packs, closeness, and an average"


def check_pack(student: Student) -> None:
    x = np.arange(1.0, 13.0).reshape(6, 2)
    for m in (2, 3):
        expected = [[x[n * m + j, c] for j in range(m) for c in range(2)] for n in range(6 // m)]
        apart, side = x.reshape(m, 6 // m, 2), x.reshape(6 // m, m, 2)
        same_values(student.pack(x, m), expected, f"pack(x, {m})", case="x holds 1 ... 12 in rows of two", suspects={
            "are the samples of a pack neighbours in the batch? which samples are in your first pack?":
                np.moveaxis(apart, 0, 1).reshape(6 // m, -1),
            "are the numbers of one sample still side by side in the pack?": side.swapaxes(1, 2).reshape(6 // m, -1),
        }, hint="which samples are in the first pack?")  # fmt: skip


def check_unpack(student: Student) -> None:
    m, C = 3, 2
    dy = lent(np.arange(1.0, 25.0).reshape(4, m * C))
    expected, packs = np.array([dy[n // m, n % m * C : (n % m + 1) * C] for n in range(4 * m)]), dy.reshape(4, m, C)
    same_values(student.unpack(dy, m), expected, "dx", case="dy holds 1 ... 24 in rows of six, m is 3", suspects={
        "does a number that is in y once get the mean of several gradients, or its own?":
            np.repeat(packs.mean(axis=1), m, axis=0),
        "does the whole pack's gradient go to each of its samples, or to each its own part?":
            np.repeat(packs.sum(axis=1), m, axis=0),
        "is that the order in which `pack` put the samples? pack something, and unpack it":
            np.concatenate(np.split(dy, m, axis=1)),
        "is what you return 1/m of what goes back to a number that is in y once?": expected / m,
    }, hint="x[n, c] is in y once; in which place?")  # fmt: skip


def check_what_d_sees(student: Student) -> None:
    real = lent(np.arange(12.0).reshape(4, 3))
    fake, names = lent(-real - 1), ("real packs", "generated packs")
    answer = several(student.what_d_sees(real, fake, 2), names, "what_d_sees")
    for got, batch, name in zip(answer, (real, fake), names, strict=True):
        rows = np.atleast_2d(np.asarray(got, float))
        if any(row.min() < 0 <= row.max() for row in rows):
            raise Wrong("which kind is a pack that holds a real and a generated sample? what should D call it?",
                        f"a pack among the {name} holds both kinds")  # fmt: skip
        case, hint = written(**{name.split()[0]: batch}, m=2), "which samples are in the first of them?"
        same_values(got, batch.reshape(2, 6), f"the {name}", hint, case=case)


def check_closeness(student: Student) -> None:
    M = np.random.default_rng(1).standard_normal((4, 3, 2))
    difference = M[:, None] - M[None]
    distance = np.abs(difference).sum(axis=2)
    expected = np.exp(-distance).sum(axis=1) - 1
    same_values(student.closeness(M), expected, "o", suspects={
        "how close is each sample to itself? should that count?": expected + 1,
        "is that a sum over the other samples, or their mean?": expected / 3,
        "is the sum of absolute differences asked for, or a root of squares?":
            np.exp(-np.sqrt((difference**2).sum(axis=2))).sum(axis=1) - 1,
        "which comes first, the sum over c or the exponential?": np.exp(-np.abs(difference)).sum(axis=(1, 2)) - 3,
        "is o larger where the others are far, or where they are near?": distance.sum(axis=1),
    }, hint="three samples, B = C = 1: what is o of the first, by hand?")  # fmt: skip
    same = student.closeness(np.ones((5, 2, 1)))
    same_values(same, np.full((5, 1), 4.0), "o of five equal samples", "how many others does each have?")


def check_averaged(student: Student) -> None:
    average, now = {"w": np.array([1.0, 2.0])}, {"w": np.array([3.0, -2.0])}
    got = with_keys(student.averaged(average, now, 0.9), ["w"], "what averaged returns")
    same_values(got["w"], [1.2, 1.6], "the average", case=written(average=[1, 2], now=[3, -2], decay=0.9), suspects={
        "decay 0.9: how much of the old average is left after a step, and how much of `now` came in?": [2.8, -1.6],
        "do the two shares add up to 1?": [3.9, -0.2],
    }, hint="which share does the old average keep?")  # fmt: skip
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
