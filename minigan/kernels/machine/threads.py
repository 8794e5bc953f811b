"""One team of threads: each thread works on its own images and keeps them in its core's cache.

NumPy's BLAS has a pool of threads and numba has another. A pool that waits does so by spinning, on a core that the
other pool needs. Neither is used here. There is one team, whose helpers wait for the next job, and two kinds of job:

- `run` calls a compiled kernel on all threads at once: see `team.py`. Most layers do so.
- `split` cuts a range (of images, of channels) into one contiguous part for each thread, and calls a Python function
  for each. Where such a job calls BLAS, BLAS uses the calling thread alone.

Too little work stays on the calling thread. What is computed where depends only on the length, the work and the number
of threads, so the same machine gives the same bits.
"""

import contextlib
import ctypes
import functools
import glob
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from minigan.kernels.machine.memory import scratch
from minigan.kernels.machine.team import END, OVER, PYTHON, WAIT, assembled, close, leave, open_for_python, serve

_BLAS_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
    "MKL_{}_Num_Threads",
    "bli_thread_{}_num_threads",
)
_GET = {"MKL_{}_Num_Threads": "MKL_Get_Max_Threads"}
WORTH_SHARING = 20_000  # ns: several times the cost of a compiled hand-over, and of fetching what is on another core
WORTH_SPLITTING = 200_000  # ns: several times the cost of a hand-over in Python
LOOKS = 30_000  # of a helper at a counter, about a ms, before it falls asleep
_state = threading.local()
_team, _helpers, _job = None, [], None  # the team's array; its Helpers; the job in Python that they do
_threads = None


def _blas_switch():
    """The functions (get, set) for the number of threads of NumPy's own BLAS; None if they are not found."""
    folder = os.path.dirname(np.__file__)
    candidates = [np._core._multiarray_umath.__file__]  # the search includes the libraries that it links to
    candidates += glob.glob(os.path.join(folder + ".libs", "*openblas*"))
    for path in candidates:
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name in _BLAS_NAMES:
            setter = getattr(library, name.format("set"), None) or getattr(library, name.format("Set"), None)
            getter = getattr(library, _GET.get(name, name.format("get")), None)
            if setter and getter:
                setter.argtypes, setter.restype, getter.restype = [ctypes.c_int], None, ctypes.c_int
                return getter, setter
    return None


_blas = _blas_switch()
_lock = threading.Lock()
_busy = threading.Lock()  # held by the caller whose job the team does; other callers work alone
_users = [0, 0]  # how many callers are inside one_blas_thread; the number of BLAS threads before


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's matrix products inside use the calling thread alone, if NumPy's BLAS has a switch for it.

    The switch is that of the whole process: the first caller to enter sets it, the last to leave restores it.
    """
    if _blas is None:
        yield
        return
    get, set_ = _blas
    with _lock:
        if _users[0] == 0:
            _users[1] = get()
            set_(1)
        _users[0] += 1
    try:
        yield
    finally:
        with _lock:
            _users[0] -= 1
            if _users[0] == 0:
                set_(_users[1])


def count() -> int:
    """How many threads there are: as set by set_count, or the number of cores that this process may use."""
    global _threads
    if _threads is None:
        _threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _threads


def set_count(threads: int | None) -> None:
    """Use so many threads from now on; None: one for each core. Sums over parts may then differ in their last digit."""
    global _threads
    _threads = threads
    _dismiss()


def shared(work: float | None) -> bool:
    """Whether all threads do a job of so many ns; None: as many as `estimated` says."""
    work = getattr(_state, "work", math.inf) if work is None else work
    return work >= WORTH_SHARING and count() > 1 and not getattr(_state, "inside", False)


def ranges(length: int, work: float | None = None) -> list[tuple[int, int]]:
    """The parts [(start, stop), ...] of range(length): one for each thread, or one in all if there is little work."""
    work = getattr(_state, "work", math.inf) if work is None else work
    return cut(length, 1 if work < WORTH_SPLITTING else max(1, min(count(), length)))


@functools.cache
def cut(length: int, parts: int) -> list[tuple[int, int]]:
    """range(length) in parts whose sizes differ by at most 1."""
    return list(pairwise(length * i // parts for i in range(parts + 1)))


class estimated:
    """`with estimated(work):` the jobs inside that do not know their work take `work` nanoseconds of one core.

    (A class, because a generator would cost as much as a small pass.)
    """

    def __init__(self, work: float):
        self.work = work

    def __enter__(self):
        self.before = getattr(_state, "work", math.inf)
        _state.work = min(self.work, self.before)

    def __exit__(self, *error):
        _state.work = self.before


class Helper(threading.Thread):
    """A thread of the team. It waits in compiled code, where it costs no other thread the GIL; after about a ms without
    a job it falls asleep, and the next job wakes it."""

    def __init__(self, me: int, team: np.ndarray) -> None:
        super().__init__(name="minigan", daemon=True)
        self.me, self.team, self.asleep, self.wake = me, team, False, threading.Semaphore(0)
        self.start()

    def run(self) -> None:
        _state.inside = True
        while (came := self.next()) != END:
            if came == PYTHON:
                try:
                    _job()
                finally:
                    leave(self.team)

    def next(self) -> int:
        """Why `serve` has returned. WAIT: it slept, and was woken. Before it sleeps it says so, and looks once more."""
        came = serve(self.me, self.team, LOOKS)
        if came == WAIT:
            self.asleep = True
            came = serve(self.me, self.team, 1)
            if came == WAIT:
                self.wake.acquire()
        return came

    def call(self) -> None:
        if self.asleep:
            self.asleep = False
            self.wake.release()


class Alone(threading.local):
    """Each thread's own team of one."""

    def __init__(self) -> None:
        self.team = assembled(1)


_alone = Alone()


def run(kernel: Callable, work: float, *args: Any) -> None:
    """Call kernel(me, team, *args) on all threads, and wait. work: nanoseconds of one core; too little is done on the
    calling thread. (`machine/team.py` says what such a kernel is.)"""
    if shared(work) and _busy.acquire(blocking=False):
        try:
            kernel(0, wake(), *args)
        finally:
            _busy.release()
    else:
        kernel(0, _alone.team, *args)


def wake() -> np.ndarray:
    """The team. Its helpers that sleep are woken; before, they are made where there are none."""
    global _team
    team = _team
    if team is None or len(_helpers) != count() - 1:
        _dismiss()
        team = _team = assembled(count())
        _helpers.extend(Helper(me, team) for me in range(1, count()))
    for helper in _helpers:
        helper.call()
    return team


def split(job: Callable[[int, int], None], length: int, work: float | None = None, blas: bool = False) -> None:
    """Call job(start, stop) for each of ranges(length, work), one on each thread, and wait. For jobs in Python.

    work: nanoseconds of one core; too little is done on the calling thread. blas: whether the job calls BLAS.
    The parts are the same on many threads and one after the other, so the results are the same too. A job writes its
    results into arrays of the caller; its scratch memory is lost. An error of a job is raised when all have ended.
    """
    global _job
    if blas:
        with one_blas_thread():
            return split(job, length, work)
    parts = ranges(length, work)
    if len(parts) == 1 or getattr(_state, "inside", False) or not _busy.acquire(blocking=False):
        for part in parts:
            job(*part)
        return
    waiting, errors = deque(enumerate(parts)), {}

    def some_parts():
        with contextlib.suppress(IndexError):  # none is left
            while True:
                number, part = waiting.popleft()
                errors[number] = error_of(job, part)

    try:
        team = wake()
        _job, _state.inside = some_parts, True
        open_for_python(team)
        try:
            wake()  # who fell asleep meanwhile
            some_parts()
        finally:  # also after Ctrl-C
            waiting.clear()
            close(team)
    finally:
        _job, _state.inside = None, False
        _busy.release()
    for number in sorted(errors):
        if errors[number] is not None:
            raise errors[number]


def error_of(job: Callable, part: tuple[int, int]) -> BaseException | None:
    """Do the part -> the error that ended it."""
    try:
        job(*part)
    except BaseException as error:
        return error
    return None


def split_sum(job: Callable[[int, int, np.ndarray], None], length: int, out: np.ndarray, blas: bool = False) -> None:
    """`split` for job(start, stop, total): each part adds to a `total` of its own, zeros at first. out <- the sum of
    all totals, added in order."""
    parts = ranges(length)
    totals = scratch("totals of each thread", (len(parts), *out.shape), out.dtype)
    totals.fill(0)
    split(lambda start, stop: job(start, stop, totals[parts.index((start, stop))]), length, blas=blas)
    out[...] = totals[0]
    for total in totals[1:]:
        out += total


def _dismiss() -> None:
    """Let the helpers end. The next job gets new ones."""
    global _team
    while _helpers:
        helper = _helpers.pop()
        helper.team[OVER] = 1
        helper.wake.release()
    _team = None


def _forget_team() -> None:
    """A forked child has none of its parent's threads."""
    global _busy, _team
    _busy, _team, _users[0] = threading.Lock(), None, 0
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_team)
