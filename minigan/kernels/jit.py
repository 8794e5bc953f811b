"""How the loops of this package are compiled.

`fast` compiles a function when it is first called and keeps the result on disk, beside the package or in the user's
cache. Threads may run it at once (nogil). "contract" allows a * b + c in one instruction, and nothing that would hide
a NaN. The first compilation takes seconds, so the user is told.

numba compiles a function anew when the file that it stands in has changed. That is not enough: a product that was
changed in product.py is compiled into every convolution. So here the files that a file imports from count, too.
"""

import functools
import re
import sys
from pathlib import Path

from numba import njit
from numba.core import event

OPTIONS = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}  # x / 0 is an infinity, not an error


def fast(function):
    """Decorator: compile, and keep the result on disk where there is a place for it."""
    try:
        compiled = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written: compile at every start
        return njit(**OPTIONS)(function)
    kept = getattr(getattr(compiled, "_cache", None), "_cache_file", None)  # numba has no public name for it
    if kept is not None:
        files = sources(function.__code__.co_filename, function.__module__.rpartition(".")[0])
        kept._source_stamp = [(file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    return compiled


@functools.cache
def sources(file, package):
    """The files that the kernels in `file` are compiled from: itself, and what it imports of its package, and so on."""
    found, new = set(), {Path(file)}
    while new:
        path = new.pop()
        found.add(path)
        names = re.findall(rf"^from {re.escape(package)}\.(\w+) import", path.read_text(encoding="utf-8"), re.MULTILINE)
        new |= {path.with_name(f"{name}.py") for name in names} - found
    return sorted(found)


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
