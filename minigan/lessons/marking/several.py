"""Functions that return several things, and two that make a loss."""

from minigan.lessons.marking.task import Wrong
from minigan.losses import NonSaturating


def several(result, names, what):
    """`result` as it is, or Wrong unless it is a tuple with one thing for each of the names. what: the function."""
    if isinstance(result, tuple) and len(result) == len(names):
        return result
    got = f"{len(result)} things" if isinstance(result, tuple) else f"one {type(result).__name__}"
    if result is None:
        got = "None"
    raise Wrong(f"what does the docstring of {what} say that it returns, and in which order?",
                f"expected {', '.join(names)}; got {got}")  # fmt: skip


def dx_and_grads(result, what, keys=("w", "b")):
    """What a layer's backward returned, if it is dx and a dict with these keys; else Wrong."""
    dx, grads = several(result, ("dx", "a dict of gradients"), what)
    if not isinstance(grads, dict):
        raise Wrong("are the gradients in a dict, and does it come second?",
                    f"the second that {what} returns is of type {type(grads).__name__}")  # fmt: skip
    if set(grads) != set(keys):
        raise Wrong("under which names are the parameters? And the gradients?",
                    f"the keys of the dict are {', '.join(map(str, grads)) or 'none'}")  # fmt: skip
    return dx, grads


class OneLoss:
    """The student's functions as a loss; the other player's is minigan's, so that one is judged alone."""

    def __init__(self, discriminator=None, generator=None):
        self.discriminator = discriminator or NonSaturating().discriminator
        self.generator = generator or NonSaturating().generator
