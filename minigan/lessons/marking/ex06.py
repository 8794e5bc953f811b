"""Marking of exercise 06: Momentum, Adam and one step of a game."""

from collections.abc import Callable

import numpy as np

from minigan.gradcheck import check_optimizer
from minigan.lessons.marking import Student, Task, Wrong, nothing_wrong, same_values, several, written

GRADIENTS = [2.0, 2.0, -1.0]  # of one parameter in three steps
CASE = "p begins at 0, its gradients are 2, 2 and -1, lr is 0.1"
UP_OR_DOWN = "which way is down?"


def walked(optimizer: Callable, **settings: float) -> list[float]:
    """The places of one parameter that starts at 0: after each of the steps."""
    params, places = {"p": np.zeros(1)}, []
    kept = params["p"]
    rule = optimizer(params, **settings)
    for g in GRADIENTS:
        rule.step({"p": np.array([g])})
        if params["p"] is not kept:
            raise Wrong("is the array itself changed, so that the layer, which holds the same one, sees it?")
        places.append(float(kept[0]))
    if not any(places):
        raise Wrong("the parameter has not moved: which line changes it?")
    return places


def check_momentum(student: Student) -> None:
    got = walked(student.Momentum, lr=0.1, momentum=0.5)
    # v is 2, then 0.5 * 2 + 2 = 3, then 0.5 * 3 - 1 = 0.5.
    same_values(got, [-0.2, -0.5, -0.55], "p after each of three steps", tolerance=1e-9, case=f"{CASE}, momentum 0.5",
                suspects={
        UP_OR_DOWN: [0.2, 0.5, 0.55],
        "how much of the velocity should be left from one step to the next? This is SGD": [-0.2, -0.4, -0.3],
        "the new gradient enters the velocity: as it is, or as a share of it?": [-0.1, -0.25, -0.275],
        "which comes first, the new velocity or the step?": [0.0, -0.2, -0.5],
        "where does lr stand: in the velocity, in the step, or in both?": [-0.02, -0.05, -0.055],
    })  # fmt: skip
    nothing_wrong(check_optimizer(student.Momentum, "momentum"))


def adam_steps(corrected_m: bool = True, corrected_v: bool = True, power: bool = True, square: bool = True,
               root: bool = True, betas: tuple[float, float] = (0.5, 0.9)) -> np.ndarray:  # fmt: skip
    """Adam's places with lr 0.1, right or with a mistake in it."""
    m = v = p = 0.0
    places = []
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * (g * g if square else abs(g))
        n = t if power else 1
        m_hat = m / (1 - betas[0] ** n) if corrected_m else m
        v_hat = v / (1 - betas[1] ** n) if corrected_v else v
        p -= 0.1 * m_hat / ((np.sqrt(v_hat) if root else v_hat) + 1e-8)
        places.append(p)
    return np.array(places)


def check_adam(student: Student) -> None:
    got = walked(student.Adam, lr=0.1, beta1=0.5, beta2=0.9)
    same_values(got, adam_steps(), "p after each of three steps", tolerance=1e-9, case=f"{CASE}, beta1 0.5, beta2 0.9",
                suspects={
        "m and v start at 0. How large are they after step 1, compared with g and g^2?":
            adam_steps(corrected_m=False, corrected_v=False),
        "m starts at 0, and so does v: are both corrected? How large is m after step 1, compared with g?":
            adam_steps(corrected_m=False),
        "v starts at 0, and so does m: are both corrected? How large is v after step 1, compared with g^2?":
            adam_steps(corrected_v=False),
        "step 1 is right, step 2 is not: by what factor are the averages too small after t steps?":
            adam_steps(power=False),
        "which of the two betas belongs to the average of g, and which to that of its square?":
            adam_steps(betas=(0.9, 0.5)),
        "what does v average?": adam_steps(square=False),
        "if all gradients were 1000 times as large, how long should the step be?": adam_steps(root=False),
        UP_OR_DOWN: -adam_steps(),
    })  # fmt: skip
    nothing_wrong(check_optimizer(student.Adam, "adam"))


Y_UP = "y wants V = x y to be large: which way is up for y?"
X_DOWN = "x wants V = x y to be small: which way is down for x?"
BOTH = "x wants V = x y to be small, y wants it large: which way does each of the two go?"


def check_simultaneous(student: Student) -> None:
    x, y, lr = 1.0, 0.5, 0.1
    in_turn = (x - lr * y, y + lr * (x - lr * y))
    got = several(student.simultaneous(x, y, lr), ("x", "y"), "simultaneous")
    same_values(got, (x - lr * y, y + lr * x), "(x, y)", tolerance=1e-9, case=written(x=x, y=y, lr=lr), suspects={
        "at the same time: which x does y see, the one before or the one after x has moved?": in_turn,
        "what is the derivative of x y by x, and what by y?": (x - lr * x, y + lr * y),
        Y_UP: (x - lr * y, y - lr * x), X_DOWN: (x + lr * y, y + lr * x), BOTH: (x + lr * y, y - lr * x),
    })  # fmt: skip


def check_alternating(student: Student) -> None:
    x, y, lr = 1.0, 0.5, 0.1
    new = x - lr * y
    got = several(student.alternating(x, y, lr), ("x", "y"), "alternating")
    same_values(got, (new, y + lr * new), "(x, y)", tolerance=1e-9, case=written(x=x, y=y, lr=lr), suspects={
        "in turn: which x does y see, the one before or the one after x has moved?": (new, y + lr * x),
        "who moves first?": (x - lr * (y + lr * x), y + lr * x),
        Y_UP: (new, y - lr * new), X_DOWN: (x + lr * y, y + lr * (x + lr * y)),
        BOTH: (x + lr * y, y - lr * (x + lr * y)),
    })  # fmt: skip


TITLE = "Momentum, Adam and one step of a game"
TASKS = [
    Task("Momentum", "the heavy ball: a velocity for each parameter, and steps in place", check_momentum),
    Task("Adam", "two averages for each parameter, their corrections, and steps in place", check_adam),
    Task("simultaneous", "one step of V = x y, both players at the same time", check_simultaneous),
    Task("alternating", "one step of V = x y, x first, then y", check_alternating),
]
