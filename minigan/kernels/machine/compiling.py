"""How the loops of this package are compiled.

`fast` compiles a function at its first call and stores the result on disk, beside the package or in the user's cache.
Threads may run it at the same time (nogil). "contract" allows a * b + c as one instruction, and nothing that hides a
NaN. A processor without FMA multiplies, rounds, and adds. The first compilation takes seconds, so a line says so.

numba compiles a function again when its own file has changed. That is not enough: `product` in product.py is compiled
into each convolution. So here a stored result also depends on the content of the files that its file imports.

The kernels are written for the vector registers of one processor, and a home folder may be shared by many. Each kind of
processor has files of its own in the cache, with `target.key` in their names. So none reads what was compiled for
another, and none throws it away.
"""

import atexit
import functools
import hashlib
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import event
from numba.core.caching import IndexDataCacheFile
from numba.core.types import unliteral

from minigan.kernels.machine.target import key

IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|.*)|import[ \t]+(.*))", re.MULTILINE)
_compiled = set()  # the functions that `fast` was asked to compile
OPTIONS = {
    "nogil": True,
    "fastmath": {"contract"},
    "error_model": "numpy",  # x / 0 is an infinity, not an error
    "no_cfunc_wrapper": True,  # nobody calls a kernel from C; a twelfth of the time to compile
}
SAVING = threading.Lock()  # held while a result is written; who holds it may end the process and leaves no half file
NOTICED = 1.0  # seconds of compiling, from which on a line says how long it took


def fast(function: Callable, **more: Any) -> Callable:
    """Decorator: compile the function, and store the result on disk where a folder can be written."""
    _compiled.add(function)
    try:
        compiled = alike(njit(cache=True, **OPTIONS, **more)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written: compile at each start
        return alike(njit(**OPTIONS)(function))
    cache = getattr(compiled, "_cache", None)  # numba has no public names for these
    if hasattr(cache, "_cache_file"):
        folder, name = cache._cache_path, f"{cache._impl.filename_base}.{key()}"
        stamp = cache._cache_file._source_stamp, contents(function.__code__.co_filename, function.__module__)
        cache._cache_file = Files(folder, name, stamp)
    return compiled


class Files(IndexDataCacheFile):
    """The files of one kernel in the cache: a file for each signature, and the index of these.

    Several processes may compile the same kernel at the same time. numba's own class numbers the files: two processes
    that store different signatures could give both the same number, and the index would promise one and the file hold
    the other. Here the name is made from what is stored. If two write the index at once, one entry may get lost; it is
    compiled again some day.
    """

    def save(self, key: Any, data: Any) -> None:
        with SAVING:
            name = self._data_name(int(hashlib.sha256(repr(key).encode()).hexdigest()[:12], 16))
            self._save_data(name, data)  # before the index speaks of it
            self._save_index(self._load_index() | {key: name})


def is_stored(kernel: Any) -> bool:
    """Whether the kernel as it is now was compiled before, for this processor. True where nothing can be stored."""
    files = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    return files is None or bool(files._load_index())


def inner(function: Callable) -> Callable:
    """Decorator for a kernel that only other kernels call: `fast`, without a way in from Python, which takes a third of
    the time to compile. Python gets a TypeError."""
    compiled = fast(function, no_cpython_wrapper=True)

    def add_overload(result: Any) -> None:  # as numba's, but Python's table of ways in stays empty
        compiled.overloads[tuple(result.signature.args)] = result

    def refused(*args: Any) -> None:
        raise TypeError(f"{function.__name__} is a part of kernels, so only kernels can call it; for Python, decorate "
                        "it with `fast` in place of `inner`")  # fmt: skip

    compiled.add_overload, compiled._compile_for_args = add_overload, refused
    return compiled


def inlined(function: Callable) -> Callable:
    """Decorator for a part of a kernel, which is written into the kernels that call it, and never compiled alone."""
    return njit(inline="always", **OPTIONS)(function)


def alike(compiled: Any) -> Any:
    """A kernel that is called by another one with the number 0 is the same as with any number. numba would compile it
    once more for each number that is written in a call."""
    by_types = compiled.get_call_template

    def template(args: tuple, kws: dict) -> tuple:
        return by_types(tuple(map(unliteral, args)), {name: unliteral(kind) for name, kind in kws.items()})

    compiled.get_call_template = template
    return compiled


@functools.cache
def contents(file: str, module: str | None) -> str:
    """A hash of all files that the kernels in `file` are compiled from."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources(file, module))).hexdigest()


def sources(file: str, module: str | None) -> list[Path]:
    """The files that the kernels of `module` in `file` are compiled from: the file, what it imports, and so on.

    Followed are modules of minigan, of the module's own package, and of the file's folder. They must be imported before
    the kernel is defined. A notebook's cell or a module in an archive is not a file, and has no sources.
    """
    package = getattr(sys.modules.get(module), "__package__", None) or (module or "").rpartition(".")[0]
    families = {"minigan", (module or "").partition(".")[0]}
    found, new = set(), [(Path(file), package)]
    while new:
        path, package = new.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        for name in imported(path.read_text(encoding="utf-8", errors="replace"), package):
            place = Path(getattr(sys.modules.get(name), "__file__", None) or "")
            if name.partition(".")[0] in families or place.parent == Path(file).parent:
                new.append((place, getattr(sys.modules.get(name), "__package__", "")))
    return sorted(found)


def imported(text: str, package: str) -> Iterator[str]:
    """The full names in all imports of a module's text: modules, and what may be one, as b in `from a import b`."""
    for start, names, whole in IMPORT.findall(text):
        if start.startswith("."):
            start = resolve_name(start, package) if package else ""
        yield from re.findall(r"[\w.]+", whole) if whole else [start]
        yield from (f"{start}.{name}" for name in re.findall(r"\w+", names))


class Announcer(event.Listener):
    """Says on stderr that kernels are being compiled, and at the end of the process how many there were.

    numba tells of each compilation when it starts and when it ends. A kernel compiles those that it calls, so one may
    start inside another.
    """

    def __init__(self):
        self.begun: list[float] = []  # when the compilations began that are not over, the outermost first
        self.count, self.seconds = 0, Counter()  # of kernels; by the file of the outermost one

    def on_start(self, started: event.Event) -> None:
        function = started.data["dispatcher"].py_func
        if function not in _compiled:
            return
        if not self.count and not self.begun:
            atexit.register(self.sum_up)
            print(f"minigan: compiling kernels for this processor, once: {kind(function)}, later others; "
                  "a few seconds for each kind ...", file=sys.stderr, flush=True)  # fmt: skip
        self.begun.append(time.perf_counter())

    def on_end(self, ended: event.Event) -> None:
        function = ended.data["dispatcher"].py_func
        if function not in _compiled:
            return
        began = self.begun.pop()
        self.count += 1
        if not self.begun:
            self.seconds[kind(function)] += time.perf_counter() - began

    def sum_up(self) -> None:
        """One line, if it took long enough to be noticed."""
        total = sum(self.seconds.values())
        if total < NOTICED:
            return
        longest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.most_common(3))
        print(f"minigan: compiling kernels took {total:.1f} s, for {self.count} of them (most: {longest}); the next "
              "start reads them from disk", file=sys.stderr, flush=True)  # fmt: skip


def kind(function: Callable) -> str:
    """The name of the function's file, as winograd."""
    return function.__module__.rpartition(".")[2]


event.register("numba:compile", Announcer())
