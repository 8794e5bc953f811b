"""Compiling takes seconds the first time (the result is kept on disk afterwards), so the user is told."""

import sys

from numba.core import event


class SayOnce(event.Listener):
    """Writes one line to stderr when the first of this package's kernels is compiled."""

    said = False

    def on_start(self, started):
        function = getattr(started.data.get("dispatcher"), "py_func", None)
        if not self.said and getattr(function, "__module__", "").startswith("minigan."):
            self.said = True
            print("minigan: compiling kernels (only the first time, some seconds) ...", file=sys.stderr, flush=True)

    def on_end(self, ended):
        pass


event.register("numba:compile", SayOnce())
