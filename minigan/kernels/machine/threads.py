"""One pool of threads: each thread works on its own images and keeps them in its core's cache.

NumPy's BLAS has a pool of threads and numba has another. A pool that waits does so by spinning, on a core that the
other pool needs. Neither is used here. `split` cuts a range (of images, of channels) into one contiguous part for each
thread. Each part runs its compiled loops without the GIL, so what one loop writes is still in that core's cache when
the next loop reads it. Too little work stays in one part. Where a job calls BLAS, BLAS uses the calling thread alone.
The parts depend only on the length, the work and the number of threads, so the same machine gives the same bits.
"""

import contextlib
import ctypes
import functools
import glob
import math
import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from queue import Empty, SimpleQueue

import numpy as np

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.memory import CACHE_LINE, scratch
from minigan.kernels.machine.vectors import publish, published

_BLAS_NAMES = (
    "scipy_openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
    "MKL_{}_Num_Threads",
    "bli_thread_{}_num_threads",
)
_GET = {"MKL_{}_Num_Threads": "MKL_Get_Max_Threads"}
WORTH_SHARING = 200_000  # ns: several times the cost of waking another thread
SPINS = 1_000_000  # looks at a counter, about a ms, before a waiting thread falls asleep
SPINS_TAKE_BACK = 100_000  # before a part that its helper has not begun is taken back
SPINS_HAND_OVER = 10_000  # about the time from a job's first line to its first compiled loop
_state = threading.local()
_pool = []  # of Helpers
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
_busy = threading.Lock()  # held by the caller whose job the helpers do; other callers work alone
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
    """How many threads `split` uses: as set by set_count, or the number of cores that this process may use."""
    global _threads
    if _threads is None:
        _threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _threads


def set_count(threads: int | None) -> None:
    """Use so many threads from now on; None: one for each core. Sums over parts may then differ in their last digit."""
    global _threads
    _threads = threads
    _dismiss()


def ranges(length: int, work: float = math.inf) -> list[tuple[int, int]]:
    """The parts [(start, stop), ...] of range(length): one for each thread, or one in all if there is little work."""
    alone = work < WORTH_SHARING or getattr(_state, "alone", False)
    return cut(length, 1 if alone else max(1, min(count(), length)))


@functools.cache
def cut(length: int, parts: int) -> list[tuple[int, int]]:
    """range(length) in parts whose sizes differ by at most 1."""
    return list(pairwise(length * i // parts for i in range(parts + 1)))


class share_if_worth:
    """`with share_if_worth(work):` all calls of `split` inside stay on the calling thread if `work` is too little.

    work: nanoseconds of one core. (A class, because a generator would cost as much as a small pass.)
    """

    def __init__(self, work: float):
        self.alone = work < WORTH_SHARING

    def __enter__(self):
        self.before = getattr(_state, "alone", False)
        _state.alone = self.before or self.alone

    def __exit__(self, *error):
        _state.alone = self.before


class Helper:
    """A thread that waits for parts of jobs. It needs two queues; an executor would cost as much as a small part.

    To fall asleep and be woken takes up to 0.3 ms, as long as a small part. So a waiting thread first spins: it looks
    at a counter. The helper looks at `asked`, since the next job usually comes soon. The caller looks at `done`, since
    its own part is as long as the helper's. The queues hold the truth; the counters only tell when to look into them.

    Another program may use the helper's core for some ms. If the helper has not begun its part when the caller has
    finished its own, the caller takes that part back and does it itself.
    """

    def __init__(self):
        self.parts, self.outcomes = SimpleQueue(), SimpleQueue()
        self.asked, self.taken, self.done = np.zeros((3, CACHE_LINE // 8), np.int64)  # each in a cache line of its own
        threading.Thread(target=self._work, name="minigan", daemon=True).start()

    def _work(self):
        _state.inside = True
        while (order := self._next()) is not None:
            self._do(*order)
            del order  # a waiting thread must not hold a batch in memory
            move(self.done, 1)

    def _do(self, job, part):
        outcome = None
        try:
            job(*part)
        except BaseException as error:
            outcome = error
        self.outcomes.put(outcome)

    def _next(self):
        wait_for(self.asked, self.taken[0] + 1, SPINS)
        order = self.parts.get()
        self.taken[0] += 1
        return order

    def ask(self, job: Callable[[int, int], None], part: tuple[int, int]) -> None:
        self.parts.put((job, part))
        hand_over(self.asked, self.taken, self.done, SPINS_HAND_OVER)

    def take_back(self) -> None:
        """Do the part on the calling thread, if the helper has not begun it."""
        wait_for(self.taken, self.asked[0], SPINS_TAKE_BACK)
        try:
            order = self.parts.get_nowait()
        except Empty:
            return
        move(self.asked, -1)
        self._do(*order)

    def outcome(self) -> BaseException | None:
        """Wait for the helper's part. -> None, or the error that ended it."""
        wait_for(self.done, self.asked[0], SPINS)
        return self.outcomes.get()

    def stop(self) -> None:
        self.parts.put(None)


@fast
def hand_over(asked: np.ndarray, taken: np.ndarray, done: np.ndarray, spins: int) -> None:
    """Tell a helper that it is asked, and wait outside of Python until its job is in a compiled loop. Only one thread
    at a time may run Python; a second one would fall asleep."""
    number = asked[0] + 1
    publish(asked, number)
    wait_for(taken, number, spins)
    wait_for(done, number, spins)


@fast
def move(counter: np.ndarray, by: int) -> None:
    publish(counter, counter[0] + by)


@fast
def wait_for(counter: np.ndarray, number: int, spins: int) -> None:
    """Look at the counter until it has reached the number, at most `spins` times. Compiled, so without the GIL, which
    the other thread needs."""
    for _ in range(spins):
        if published(counter) >= number:
            break


def split(job: Callable[[int, int], None], length: int, work: float = math.inf, blas: bool = False) -> None:
    """Call job(start, stop) for each of ranges(length, work), one on each thread, and wait.

    work: nanoseconds of one core; too little is done on the calling thread. blas: whether the job calls BLAS.
    The parts are the same on many threads and one after the other, so the results are the same too. A job writes its
    results into arrays of the caller; its scratch memory is lost. An error of a job is raised when all have ended.
    """
    if blas:
        with one_blas_thread():
            return split(job, length, work)
    first, *others = ranges(length, work)
    if not others or getattr(_state, "inside", False) or not _busy.acquire(blocking=False):
        for part in (first, *others):
            job(*part)
        return
    try:
        while len(_pool) < len(others):
            _pool.append(Helper())
        helpers = _pool[: len(others)]
        for helper, part in zip(helpers, others, strict=True):
            helper.ask(job, part)
        _state.inside = True
        try:
            job(*first)
            for helper in helpers:
                helper.take_back()
        finally:
            _state.inside = False
            outcomes = [helper.outcome() for helper in helpers]
    except BaseException:
        _dismiss()  # after Ctrl-C an outcome comes late, and the next job would read it as its own
        raise
    finally:
        _busy.release()
    for error in filter(None, outcomes):
        raise error


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


def _dismiss():
    """Stop the helpers, each after its current part. The next job starts new ones."""
    while _pool:
        _pool.pop().stop()


def _forget_pool():
    """A forked child has none of its parent's threads."""
    global _busy
    _busy, _users[0] = threading.Lock(), 0
    _pool.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
