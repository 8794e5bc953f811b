"""Exercises that mark themselves. Each exNN.py here has a TITLE and TASKS, a list of Task.

    from minigan.lessons.marking import Task, Wrong, right_gradients, same_values

    def doubled(student):
        got = student.double(np.array([1.0, 2.0]))
        same_values(got, [2.0, 4.0], "double(x)", suspects={"Is that x squared?": [1.0, 4.0]})

    TITLE = "Twice as much"
    TASKS = [Task("double", "2 x for each entry of x", doubled)]

A hint never gives the answer, always the next question.
"""

from minigan.lessons.marking.checks import (
    as_layer,
    lent,
    nothing_wrong,
    right_gradients,
    same_count,
    same_shape,
    same_values,
    written,
)
from minigan.lessons.marking.task import Task, Wrong

__all__ = [
    "Task",
    "Wrong",
    "as_layer",
    "lent",
    "nothing_wrong",
    "right_gradients",
    "same_count",
    "same_shape",
    "same_values",
    "written",
]
