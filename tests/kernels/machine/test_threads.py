"""What importing the kernels does, and does not do, to the process."""

import math
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from minigan import kernels
from minigan.kernels.machine import team, threads
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.denormals import SWITCH
from minigan.kernels.machine.team import add as team_add
from minigan.kernels.machine.team import begin, end, shares
from minigan.kernels.machine.team import load as team_load

SAY = "from minigan.kernels import conv2d; import numpy as np; "
RUN = SAY + "conv2d(np.zeros((1,4,4,1), np.float32), np.zeros((3,3,1,1), np.float32), (1,1), ((0,0),(0,0)))"


def python(code, tmp_path):
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)


def test_compiling_is_announced_once_and_the_cache_is_used(tmp_path):
    first, second = python(RUN, tmp_path), python(RUN, tmp_path)
    start, *last = first.stderr.splitlines()
    assert start.startswith("minigan: compiling kernels for this processor, once: ") and "a few seconds" in start
    assert not last or (len(last) == 1 and "compiling kernels took " in last[0])  # if it took long
    assert second.stderr == ""


def test_a_place_without_a_cache_compiles_all_the_same(tmp_path):
    """As in a container whose user may write nowhere: numba finds no place for its cache when the kernels are made."""
    no_cache = "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
    out = python(no_cache + RUN + "; print('done')", tmp_path)
    assert out.stdout.strip() == "done"


def test_importing_minigan_does_not_import_numba(tmp_path):
    out = python("import minigan, minigan.cli, sys; print('numba' in sys.modules, 'numpy' in sys.modules)", tmp_path)
    assert out.stdout.split() == ["False", "False"]


@pytest.fixture
def two_threads():
    before = threads.count()
    threads.set_count(2)
    yield
    threads.set_count(before)


def halves():
    """What two threads did: the ranges and the threads' names. Neither ends before the other has begun."""
    done, meeting = {}, threading.Barrier(2, timeout=60)

    def job(a, b):
        if (a, b) != (0, 10):
            meeting.wait()
        done[a, b] = threading.current_thread().name

    threads.split(job, 10)
    return done


def test_each_part_is_done_once_on_a_thread_of_its_own(two_threads):
    done = halves()
    assert list(sorted(done)) == [(0, 5), (5, 10)] and len(set(done.values())) == 2


@pytest.mark.parametrize("pause", [0, 0.02])
def test_a_helper_serves_at_once_and_after_it_has_fallen_asleep(two_threads, pause):
    for _ in range(20):
        time.sleep(pause)
        assert len(set(halves().values())) == 2


def alone():
    """The ranges that were done, in order."""
    done = {}
    threads.split(lambda a, b: done.setdefault((a, b)), 10)
    return done


@fast
def alternating(me, team, rounds, done, seen):
    """`rounds` loops over shares. done counts each share; seen[t] the shares that thread t did."""
    begin(me, team)
    for r in range(rounds):
        for i in shares(me, team, done.shape[1]):
            for _ in range(20_000 if i == 0 else 0):  # one share takes long
                team_load(seen, 0)
            done[r, i] += 1
            seen[me] += 1
            if r > 0:  # all threads wait for the loop before this one
                done[r, i] += 10 * (done[r - 1].min() < 1)
    end(me, team)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("length", [0, 1, 2, 7, 64])
def test_each_share_is_done_once_and_loops_wait_for_each_other(count, length):
    before = threads.count()
    threads.set_count(count)
    try:
        for job in range(200):
            if job == 1:
                time.sleep(0.02)  # the helpers, which the first job has made, are there now
            done, seen = np.zeros((6, length), np.int64), np.zeros(count, np.int64)
            threads.run(alternating, math.inf, 6, done, seen)
            assert (done == 1).all() and seen.sum() == 6 * length
        assert (threads._alone.team if count == 1 else threads._team)[team.DONE] == 0
    finally:
        threads.set_count(before)


@fast
def meeting(me, team, came, looks):
    """Each of two threads does one share, and waits a while for the other one."""
    begin(me, team)
    for _ in shares(me, team, 2):
        team_add(came, me, 1)
        for _ in range(looks):
            if team_load(came, 0) > 0 and team_load(came, 1) > 0:
                break
    end(me, team)


def test_a_compiled_job_runs_on_both_threads_even_after_they_slept(two_threads):
    """A helper that falls asleep at that very moment, or has no core, may miss it, but not a hundred times."""
    for pause in (0, 0.02, 0):
        for _ in range(100):
            came = np.zeros(8, np.int64)
            time.sleep(pause)
            threads.run(meeting, math.inf, came, 10**8)
            assert came.sum() == 2
            if came[1] == 1:
                break
        assert came[0] == came[1] == 1


@pytest.mark.parametrize("count", [1, 2])
def test_denormal_numbers_count_as_0_inside_a_kernel_and_not_outside(count):
    """In the caller's thread and in the helpers'; and not in a job of Python on the same threads."""
    if SWITCH is None:
        pytest.skip("this kind of processor is left as it is")
    before, small = threads.count(), np.full((4000, 64), 1e-40, np.float32)
    threads.set_count(count)
    try:
        assert kernels.leaky_relu(small, 1.0).max() == 0
        kept = []
        threads.split(lambda a, b: kept.append((small[a : b + 1] * np.float32(1)).max()), 10)
        assert len(kept) == count and min(kept) == (small * np.float32(1)).max() > 0
    finally:
        threads.set_count(before)


def test_what_a_helper_does_not_begin_the_caller_does(two_threads, monkeypatch):
    """The helper's core is another program's."""
    threads._dismiss()
    monkeypatch.setattr(threads.Helper, "run", lambda self: None)
    for _ in range(3):
        done, seen = np.zeros((6, 64), np.int64), np.zeros(2, np.int64)
        threads.run(alternating, math.inf, 6, done, seen)
        assert (done == 1).all() and seen.tolist() == [6 * 64, 0]
        assert list(alone()) == [(0, 5), (5, 10)]
    threads._dismiss()


def test_a_second_caller_works_alone_meanwhile(two_threads):
    """Several threads of a user call kernels at once."""
    sums = []

    def user():
        for _ in range(50):
            done, seen = np.zeros((6, 16), np.int64), np.zeros(2, np.int64)
            threads.run(alternating, math.inf, 6, done, seen)
            sums.append((done == 1).all())

    users = [threading.Thread(target=user) for _ in range(4)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    assert len(sums) == 200 and all(sums)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_a_team_of_its_own(two_threads):
    assert len(halves()) == 2
    child = os.fork()
    if child == 0:
        done, seen = np.zeros((6, 64), np.int64), np.zeros(2, np.int64)
        threads.run(alternating, math.inf, 6, done, seen)
        os._exit(0 if (done == 1).all() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_what_is_too_little_to_share_is_one_part_on_the_callers_thread(two_threads):
    with threads.estimated(threads.WORTH_SPLITTING - 1):
        assert halves() == {(0, 10): threading.current_thread().name}
        with threads.estimated(threads.WORTH_SPLITTING):  # inside of it nothing is shared
            assert len(halves()) == 1
    with threads.estimated(threads.WORTH_SPLITTING):
        assert len(halves()) == 2
    seen = np.zeros(2, np.int64)
    threads.run(alternating, threads.WORTH_SHARING - 1, 6, np.zeros((6, 64), np.int64), seen)
    assert seen.tolist() == [6 * 64, 0]


def test_an_error_of_any_part_is_raised_after_all_have_ended(two_threads):
    ended = []

    def job(a, b):
        if a == 5:
            time.sleep(0.05)
            ended.append(a)
            raise OverflowError("of the second part")
        raise ZeroDivisionError("of the first part")

    with pytest.raises(ZeroDivisionError):
        threads.split(job, 10)
    assert ended == [5]
    with pytest.raises(OverflowError):
        threads.split(lambda a, b: job(a, b) if a else None, 10)
    assert len(halves()) == 2


def test_ctrl_c_leaves_nothing_for_the_next_job(two_threads):
    begun, done = threading.Event(), []

    def job(a, b):
        if threading.current_thread() is threading.main_thread():
            begun.wait(10)
            raise KeyboardInterrupt
        begun.set()
        time.sleep(0.05)
        done.append(a)

    with pytest.raises(KeyboardInterrupt):
        threads.split(job, 10)
    assert len(done) == 1, "the helper's part has ended before the error is raised"
    assert len(halves()) == 2


def test_blas_is_held_to_one_thread_where_it_is_called(two_threads):
    if threads._blas is None:
        pytest.skip("NumPy's BLAS does not let itself be told")
    get, _ = threads._blas
    before, seen = get(), []
    threads.split(lambda a, b: seen.append(get()), 10, blas=True)
    assert seen == [1, 1] and get() == before
