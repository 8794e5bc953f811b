"""Marking of exercise 14, a GAN with six mistakes: each task is a symptom, and says whether it is left."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, lent, right_loss, same_shape, same_values, written
from minigan.losses import NonSaturating

TITLE = "Debugging clinic: a GAN with six mistakes"


def check_range(student: Student) -> None:
    got = student.prepare(np.array([[0, 255], [51, 204]], np.uint8))
    same_shape(got, (2, 2), "the prepared pictures")
    low, high = np.min(got), np.max(got)
    seen = f"black became {low:+.3f}, white {high:+.3f}"
    if high - low < 0.1:
        raise Wrong("are the pictures prepared once, or twice?", seen)
    if low > -1e-6:
        raise Wrong("could D tell real from generated samples by their smallest number alone? which range has tanh?",
                    seen)  # fmt: skip
    same_values(got, [[-1, 1], [-0.6, 0.6]], "the prepared pictures", "where do 0 and 255 have to go?")
    if got.dtype != np.float32:
        raise Wrong("which dtype does the network train in?", f"the prepared pictures are {got.dtype}")


def check_batches(student: Student) -> None:
    samples, rng = np.arange(200, dtype=np.float32).reshape(100, 2), np.random.default_rng(0)
    batches = [np.asarray(student.next_batch(samples, 10, rng)) for _ in range(40)]
    same_shape(batches[0], (10, 2), "a batch")
    seen = len(np.unique(np.concatenate(batches), axis=0))
    if seen < 80:
        raise Wrong("how many different samples does D ever see?", f"{seen} of 100, in 40 batches of 10")


def check_noise(student: Student) -> None:
    rng = np.random.default_rng(0)
    one, two = student.noise(6, rng), student.noise(6, rng)
    same_shape(one, (6, 2), "the noise")
    if np.array_equal(one, two):
        raise Wrong("draw noise twice: what do you notice? where does the generator of random numbers begin?",
                    "the second draw equals the first")  # fmt: skip
    many = student.noise(4000, rng)
    if abs(np.mean(many)) > 0.1 or abs(np.std(many) - 1) > 0.1:
        raise Wrong("which mean and deviation has standard normal noise?",
                    f"yours has the mean {np.mean(many):.2f} and the deviation {np.std(many):.2f}")  # fmt: skip


def check_d_loss(student: Student) -> None:
    real, fake = lent([[3.0], [2.0]]), lent([[-2.0], [-4.0], [-3.0]])
    expected, *right = NonSaturating().discriminator(real, fake)
    value, *got = student.d_loss(real, fake)
    case = written(real_logits=real, fake_logits=fake)
    same_values(value, expected, "D's loss", "what is D's loss for a D that is right and sure?", case=case, suspects={
        "this D is right about all samples, and its loss is large: what does D call real after some training?":
            NonSaturating().discriminator(fake, real)[0],
        "can a cross-entropy be negative?": -expected,
    })  # fmt: skip
    for name, d_logits, slope in zip(("real", "fake"), got, right, strict=True):
        hint = f"what is the derivative of that mean by one {name} logit?"
        same_values(d_logits, slope, f"d_{name}", hint, case=case, suspects={
            "the value is a mean; of what is this the gradient?": len(slope) * slope,
            f"which way should D push the logit of a {name} sample?": -slope,
        })  # fmt: skip
    right_loss(discriminator=student.d_loss)


def check_g_loss(student: Student) -> None:
    fake = lent([[-2.0], [1.0], [-3.0]])
    value, d_fake = student.g_loss(fake)
    case = written(fake_logits=fake)
    same_shape(d_fake, (3, 1), "d_fake of G")
    if np.all(np.asarray(d_fake) > 0):
        raise Wrong("let G alone take some steps against a D that stands still: does D(G(z)) rise or fall?",
                    "a step down this loss makes all fake logits smaller")  # fmt: skip
    expected, right = NonSaturating().generator(fake)
    same_values(value, expected, "G's loss", "what is -log D(G(z)), written with softplus?", case=case)
    same_values(d_fake, right, "d_fake of G", "what is the derivative of that mean by one logit?", case=case,
                suspects={"the value is a mean; of what is this the gradient?": 3 * right})  # fmt: skip
    right_loss(generator=student.g_loss)


def check_players(student: Student) -> None:
    players = student.make_players(np.random.default_rng(0))
    for name, network, optimizer in zip("GD", players[:2], players[2:], strict=True):
        if any(optimizer.params.get(key) is not p for key, p in network.params.items()):
            raise Wrong(f"do the weights of {name} change in a step? whose arrays does its optimizer hold?",
                        f"{name}'s optimizer holds other arrays than {name}'s")  # fmt: skip


class Counting:
    """An optimizer that counts its steps."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer, self.params, self.steps = optimizer, optimizer.params, 0

    def step(self, grads: dict[str, np.ndarray]) -> None:
        self.steps += 1
        self.optimizer.step(grads)


def played(student: Student) -> tuple[Any, dict, Counting, Counting]:
    """One step of the student's -> G, its state before, and the optimizers of G and D."""
    rng = np.random.default_rng(3)
    G, D, *optimizers = student.make_players(rng)
    counting = [Counting(optimizer) for optimizer in optimizers]
    before = {key: array.copy() for key, array in G.state.items()}
    real = rng.uniform(-1, 1, (16, 2)).astype(np.float32)
    student.step(G, D, *counting, real, rng.standard_normal((16, 2), dtype=np.float32))
    return G, before, *counting


def check_who_moves(student: Student) -> None:
    _, _, of_g, of_d = played(student)
    times = f"in one step G's optimizer stepped {of_g.steps} times, D's {of_d.steps}"
    if of_d.steps > 1:
        raise Wrong("who moves in G's half of the step, and who should?", times)
    if of_d.steps != 1 or of_g.steps != 1:
        raise Wrong("how often should each player move in one step?", times)


def check_statistics(student: Student) -> None:
    G, before, *_ = played(student)
    if all(np.array_equal(G.state[key], before[key]) for key in before):
        raise Wrong("watch the running mean and deviation of G's batch norm in training: do they move? in which "
                    "mode does G draw?", "after a step they are what they were before")  # fmt: skip


def symptom(name: str, ask: str, check: Callable[[Student], None]) -> Task:
    """A Task that is open until the student says that the mending has begun."""

    def look(student: Student) -> None:
        if not student.BEGUN:
            raise NotImplementedError("set BEGUN to True")
        check(student)

    return Task(name, f"{ask}; set BEGUN to True, and it is looked at", look)


TASKS = [
    symptom("range of the data", "real samples in the range of G's", check_range),
    symptom("batches", "D sees all of the data", check_batches),
    symptom("noise", "new noise in each step", check_noise),
    symptom("players", "each optimizer moves its own network", check_players),
    symptom("D's loss", "value and gradients of D's loss", check_d_loss),
    symptom("G's loss", "value and gradient of G's loss", check_g_loss),
    symptom("who moves", "one step of D, one of G", check_who_moves),
    symptom("statistics", "batch norm as it should be in training", check_statistics),
]
