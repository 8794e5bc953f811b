"""Two cores, one plan: every thread takes its own images and keeps them in its own cache.

NumPy's BLAS owns a pool of threads and numba owns another, and a pool that waits does so by spinning on a core the
other one needs. Here neither is used. `split` cuts a range (of images, of channels) into one contiguous part per
thread; each part runs its compiled loops without the GIL, so that what one loop writes is still in that core's cache
when the next reads it. Work too small to share stays in one part. Where a job calls BLAS, that is held to the calling
thread. Parts depend on nothing but length, work and number of threads: the same machine gives the same bits.
"""

import contextlib
import ctypes
import functools
import glob
import os
import threading
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
WORTH_SHARING = 200_000  # ns: what it costs to wake another thread, several times over
LOOKS = 1_000_000  # at a counter, about a ms, before a thread that waits falls asleep and must be woken
PATIENCE = 100_000  # before a part that nobody has begun is taken back
FEW_LOOKS = 10_000  # as long as a job takes, about, from its first line to its first compiled loop
_state = threading.local()
_pool = []  # the Helpers, once there are any
_threads = None


def _blas_switch():
    """(get, set) of NumPy's own BLAS, found through the library NumPy has loaded; None where there is none."""
    folder = os.path.dirname(np.__file__)
    candidates = [np._core._multiarray_umath.__file__]  # a symbol look-up also searches what this library links to
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
_busy = threading.Lock()  # held by the one caller whose job the helpers have; others do theirs alone
_users = [0, 0]  # how many are inside one_blas_thread, and the number of BLAS threads before


@contextlib.contextmanager
def one_blas_thread():
    """Matrix products inside use the calling thread alone (where NumPy's BLAS lets itself be told).

    The setting is the process's: the first to enter changes it, the last to leave restores it.
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


def count():
    """How many threads `split` uses: the cores this process may run on, unless set_count said otherwise."""
    global _threads
    if _threads is None:
        _threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return _threads


def set_count(threads):
    """Use so many threads from now on. Sums over parts may then differ in their last digit."""
    global _threads
    _threads = threads
    _dismiss()


def ranges(length):
    """The parts of range(length) that `split` hands out: [(start, stop), ...], a function of nothing but the counts and
    of whether the work is too little to share: then there is one."""
    return cut(length, 1 if getattr(_state, "alone", False) else max(1, min(count(), length)))


@functools.cache
def cut(length, parts):
    """range(length) in so many parts of a size, within one."""
    return list(pairwise(length * i // parts for i in range(parts + 1)))


class alone_below:
    """Inside of `with alone_below(work)`, `split` is one part on the calling thread if `work`, in nanoseconds of one
    core, is too little to share. (A class, because a generator would cost as much as a small pass.)"""

    def __init__(self, work):
        self.alone = work < WORTH_SHARING

    def __enter__(self):
        self.before = getattr(_state, "alone", False)
        _state.alone = self.before or self.alone

    def __exit__(self, *error):
        _state.alone = self.before


class Helper:
    """A thread that waits for parts of jobs. Two queues are all it takes; an executor's bookkeeping costs as much as a
    small part itself.

    To fall asleep and be woken takes up to 0.3 ms, as long as a small part. So who waits looks at a counter for a while
    first: the helper at `asked`, since the next job as a rule comes soon, and the caller at `done`, since both have
    parts of one length. The queues hold the truth; the counters only tell when to look there.

    Another program may have the helper's core for some ms. A part that it has not begun when the caller is through with
    its own is taken back, and done by the caller.
    """

    def __init__(self):
        self.parts, self.outcomes = SimpleQueue(), SimpleQueue()
        self.asked, self.taken, self.done = np.zeros((3, CACHE_LINE // 8), np.int64)  # in a cache line each
        threading.Thread(target=self._work, name="minigan", daemon=True).start()

    def _work(self):
        _state.inside = True
        while (order := self._next()) is not None:
            self._do(*order)
            del order  # a waiting thread must not keep a batch alive
            move(self.done, 1)

    def _do(self, job, part):
        outcome = None
        try:
            job(*part)
        except BaseException as error:
            outcome = error
        self.outcomes.put(outcome)

    def _next(self):
        wait_for(self.asked, self.taken[0] + 1, LOOKS)
        order = self.parts.get()
        self.taken[0] += 1
        return order

    def ask(self, job, part):
        self.parts.put((job, part))
        hand_over(self.asked, self.taken, self.done, FEW_LOOKS)

    def take_back(self):
        """Do the part on this thread, if the helper has not begun it."""
        wait_for(self.taken, self.asked[0], PATIENCE)
        try:
            order = self.parts.get_nowait()
        except Empty:
            return
        move(self.asked, -1)
        self._do(*order)

    def outcome(self):
        """None, or the error that ended the part."""
        wait_for(self.done, self.asked[0], LOOKS)
        return self.outcomes.get()

    def stop(self):
        self.parts.put(None)


@fast
def hand_over(asked, taken, done, looks):
    """Tell a helper that it is asked, and stay out of Python until its job is in a compiled loop: only one thread at a
    time may run Python, and the one that finds the other there falls asleep."""
    number = asked[0] + 1
    publish(asked, number)
    wait_for(taken, number, looks)
    wait_for(done, number, looks)


@fast
def move(counter, by):
    publish(counter, counter[0] + by)


@fast
def wait_for(counter, number, looks):
    """Look at the counter until it has reached the number, but not more often than `looks` times. Without the GIL, as
    all compiled loops: the other thread needs it."""
    for _ in range(looks):
        if published(counter) >= number:
            break


def split(job, length, blas=False):
    """Call job(start, stop) for each of ranges(length), one per thread, and wait. blas: whether the job calls BLAS.

    The parts are the same whether they run on many threads or one after the other, so the results are too. Results
    go into arrays that the caller owns; what a job leaves in its own workspace is lost.
    """
    if blas:
        with one_blas_thread():
            return split(job, length)
    first, *others = ranges(length)
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
        _dismiss()  # if Ctrl-C ended the wait, an outcome comes late, and the next job would take it for its own
        raise
    finally:
        _busy.release()
    for error in filter(None, outcomes):
        raise error


def split_sum(job, length, out, blas=False):
    """Call job(start, stop, total) for each of ranges(length), each with a `total` of zeros of its own to add to, and
    leave the sum of all totals, added in order, in `out`."""
    parts = ranges(length)
    totals = scratch("totals of each thread", (len(parts), *out.shape), out.dtype)
    totals.fill(0)
    split(lambda start, stop: job(start, stop, totals[parts.index((start, stop))]), length, blas)
    out[...] = totals[0]
    for total in totals[1:]:
        out += total


def _dismiss():
    """Let the helpers go, each after what it is doing; the next job gets new ones."""
    while _pool:
        _pool.pop().stop()


def _forget_pool():
    """A forked child has none of its parent's threads."""
    global _busy
    _busy, _users[0] = threading.Lock(), 0
    _pool.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
