"""How the loops of this package are compiled.

`fast` compiles a function when it is first called and keeps the result on disk, beside the package or in the user's
cache. Threads may run it at once (nogil). "contract" allows a * b + c in one instruction, and nothing that would hide
a NaN. The first compilation takes seconds, so the user is told.
"""

import sys

from numba import njit
from numba.core import event

OPTIONS = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}  # x / 0 is an infinity, not an error


def fast(function):
    """Decorator: compile, and keep the result on disk where there is a place for it."""
    try:
        return njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written: compile at every start
        return njit(**OPTIONS)(function)


class SayOnce(event.Listener):
    """Writes one line to stderr when the first of this package's kernels is compiled."""

    said = False

    def on_start(self, started):
        function = getattr(started.data.get("dispatcher"), "py_func", None)
        if not self.said and getattr(function, "__module__", "").startswith("minigan."):
            self.said = True
            print(
                "minigan: compiling kernels (once for each kind of kernel, some seconds) ...",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, ended):
        pass


event.register("numba:compile", SayOnce())
