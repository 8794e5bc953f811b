"""Exercises that mark themselves. Each exNN.py here has a TITLE and TASKS, a list of Task.

    from minigan.lessons.marking import Student, Task, same_values

    def doubled(student: Student) -> None:
        got = student.double(np.array([1.0, 2.0]))
        same_values(got, [2.0, 4.0], "double(x)", suspects={"is that x squared?": [1.0, 4.0]})

    TITLE = "Twice as much"
    TASKS = [Task("double", "2 x for each entry of x", doubled)]

A hint never gives the answer. It asks the next question.
"""
# ruff: noqa: F401

from minigan.lessons.marking.gradients import as_layer, nothing_wrong, right_gradients, right_loss
from minigan.lessons.marking.returned import dx_and_grads, several, with_keys
from minigan.lessons.marking.task import Student, Task, Wrong
from minigan.lessons.marking.values import lent, normal, same_count, same_shape, same_values, written
