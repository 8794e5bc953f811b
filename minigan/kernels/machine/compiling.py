"""How the loops of this package are compiled.

`fast` compiles a function when it is first called and keeps the result on disk, beside the package or in the user's
cache. Threads may run it at once (nogil). "contract" allows a * b + c in one instruction, and nothing that would hide
a NaN. The first compilation takes seconds, so the user is told.

numba compiles a function anew when the file that it stands in has changed. That is not enough: a product that was
changed in product.py is compiled into every convolution. So here the files that it imports from count, too: those of
its own package, and those of this one.
"""

import functools
import hashlib
import re
import sys
from pathlib import Path

from numba import njit
from numba.core import event

IMPORTED = re.compile(r"^from ([\w.]+)\.(\w+) import", re.MULTILINE)
_compiled = set()  # the functions that `fast` was asked to compile
OPTIONS = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}  # x / 0 is an infinity, not an error


def fast(function):
    """Decorator: compile, and keep the result on disk where there is a place for it."""
    _compiled.add(function)
    try:
        compiled = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written: compile at every start
        return njit(**OPTIONS)(function)
    kept = getattr(getattr(compiled, "_cache", None), "_cache_file", None)  # numba has no public name for it
    if kept is not None:
        kept._source_stamp = kept._source_stamp, contents(function.__code__.co_filename, function.__module__)
    return compiled


@functools.cache
def contents(file, module):
    """A number for what stands in the files that the kernels in `file` are compiled from."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources(file, module))).hexdigest()


def sources(file, module):
    """The files that the kernels of `module` in `file` are compiled from: itself, and what it imports from its package
    and from this one, and so on. (A notebook's cell or an archive is no file, and has none.)"""
    here, above = Path(__file__).parent, __package__.rpartition(".")[0]
    places = {__package__: here, above: here.parent, (module or "").rpartition(".")[0] or None: Path(file).parent}
    found, new = set(), {Path(file)}
    while new:
        path = new.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        for package, name in IMPORTED.findall(path.read_text(encoding="utf-8", errors="replace")):
            if package in places:
                new.add(places[package] / f"{name}.py")
    return sorted(found)


class SayOnce(event.Listener):
    """Writes one line to stderr when the first kernel is compiled."""

    said = False

    def on_start(self, started):
        function = getattr(started.data.get("dispatcher"), "py_func", None)
        if not self.said and function in _compiled:
            self.said = True
            print(
                "minigan: compiling kernels (once for each kind of kernel, some seconds) ...",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, ended):
        pass


event.register("numba:compile", SayOnce())
