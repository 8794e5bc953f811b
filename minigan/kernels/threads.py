"""One thread pool at a time.

NumPy's matrix products and numba's loops each own a pool of threads. A pool whose idle workers spin, waiting for
the next loop, takes the cores from the other pool: on two cores that alone can double the time of a training step.
numba's "workqueue" layer lets idle workers sleep, comes with every installation of numba, and is chosen here unless
the user chose a layer by NUMBA_THREADING_LAYER.

Compiling takes seconds the first time (the result is then kept on disk), so the user is told.
"""

import os
import sys

import numba
from numba.core import event

if "NUMBA_THREADING_LAYER" not in os.environ:
    numba.config.THREADING_LAYER = "workqueue"


class _SayOnce(event.Listener):
    """Writes one line to stderr when the first of this package's kernels is compiled."""

    said = False

    def on_start(self, started):
        module = getattr(started.data.get("dispatcher"), "py_func", None)
        if not self.said and getattr(module, "__module__", "").startswith("minigan."):
            self.said = True
            print("minigan: compiling kernels (only the first time, some seconds) ...", file=sys.stderr, flush=True)

    def on_end(self, ended):
        pass


event.register("numba:compile", _SayOnce())
