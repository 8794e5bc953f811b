"""Marking of exercise 08: the ring, and the two steps of the game."""

import numpy as np

from minigan.gradcheck import Report, check_gan_step
from minigan.lessons.marking import Student, Task, Wrong, lent, nothing_wrong, same_count, same_shape, same_values

# Mistakes that many make here, by the cause that check_gan_step names -> a question closer to the ring than the usual.
CLOSER = {
    "real-ignored": "D's loss has two parts; where do the gradients of the real images come in?",
    "fake-ignored": "D's loss has two parts; where do the gradients of the fake images come in?",
    "part-sign": "is the gradient of a sum of two losses the sum or the difference of their gradients?",
    "labels-swapped": "in which order does loss.discriminator take the logits, and in which order does it return?",
    "trained-to-be-caught": "whose loss does G go down here? Would G's step make its points look more real, or less?",
    "last-batch": "these points come from an earlier call: which batch does D look at in this call?",
    "caches-mixed": "D was applied twice: which forward pass does each cache belong to, and which gradient?",
    "d-in-g-step": "who may move in G's step? Compare D.params before and after it.",
    "g-in-d-step": "who may move in D's step? Compare G.params before and after it.",
    "stepped-twice": "how often does the optimizer step in one call, and with which gradients of D's sum?",
}


def centres(student: Student) -> None:
    """Four on a square first, then the eight of the tutorial."""
    got = student.ring_centres(4)
    trap = {
        "one centre comes twice: are the first and the last one point?": around(np.linspace(0, 2 * np.pi, 4)),
        "x is the cosine of the angle; which way round does yours go?": around(np.arange(4) * np.pi / 2)[:, ::-1],
        "what units does np.cos want its angle in?": around(np.arange(4) * 90.0),
    }
    same_values(got, [[1, 0], [0, 1], [-1, 0], [0, -1]], "ring_centres(4)", suspects=trap)
    eight = np.arange(8) * np.pi / 4
    same_values(student.ring_centres(8), around(eight), "ring_centres(8)", "by how much does the angle grow each time?")


def around(angle: np.ndarray) -> np.ndarray:
    """Points of the unit circle at these angles, (N, 2)."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def counted(student: Student) -> None:
    """Examples to follow by hand; each of them shows one mistake."""
    four = around(np.arange(4) * np.pi / 2)
    examples = [
        (four, 4, "one point on each of four centres: why are these not all found?"),
        (four[:1].repeat(5, axis=0), 1, "five points on one centre: do you count points, or centres that have one?"),
        (four * 0.5, 0, "all points are half way to the middle: how near must a point be to count?"),
        (four + [[0.25, 0]], 4, "all points are 2.5 sigma away from their centres: how near is near enough?"),
        (four[:2] + [[0.25, 0.25]], 0, "the points are 0.35 away, 3.5 sigma: how long is a vector (0.25, 0.25)?"),
    ]  # fmt: skip
    for points, expected, question in examples:
        got = student.modes_found(lent(points), lent(four), 0.1)
        same_shape(got, (), "modes_found", "one number for all centres: what do you do with one for each?")
        same_count(got, expected, "modes_found with sigma = 0.1", question)


def step_of_d(student: Student) -> None:
    """D's step in three rounds with small players."""
    ask(check_gan_step(d_step=student.d_step))


def step_of_g(student: Student) -> None:
    """G's step likewise."""
    ask(check_gan_step(g_step=student.g_step))


def ask(report: Report) -> None:
    """The first finding as a question."""
    finding = next(iter(report.findings), None)
    if finding is not None and finding.cause in CLOSER:
        raise Wrong(CLOSER[finding.cause], "; ".join(filter(None, [finding.message, finding.evidence])))
    nothing_wrong(report)


TITLE = "A GAN on a ring"
TASKS = [
    Task("ring_centres", "the centres of heaps, equally spaced on a circle", centres),
    Task("modes_found", "how many centres have a point nearby", counted),
    Task("d_step", "one step of the discriminator", step_of_d),
    Task("g_step", "one step of the generator", step_of_g),
]
