"""Functions that return several things: are they all there?"""

from minigan.lessons.marking.task import Wrong


def several(result, names, what):
    """`result` as it is, or Wrong unless it is a tuple with one thing for each of the names. what: the function."""
    if isinstance(result, tuple) and len(result) == len(names):
        return result
    got = f"{len(result)} things" if isinstance(result, tuple) else f"one {type(result).__name__}"
    raise Wrong(f"what does the docstring of {what} say that it returns, and in which order?",
                f"expected {', '.join(names)}; got {got}")  # fmt: skip
