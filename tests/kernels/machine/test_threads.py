"""What importing the kernels does, and does not do, to the process."""

import os
import subprocess
import sys
import threading
import time

import pytest

from minigan.kernels.machine import threads

SAY = "from minigan.kernels import conv2d; import numpy as np; "
RUN = SAY + "conv2d(np.zeros((1,4,4,1), np.float32), np.zeros((3,3,1,1), np.float32), (1,1), ((0,0),(0,0)))"


def python(code, tmp_path):
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)


def test_compiling_is_announced_once_and_the_cache_is_used(tmp_path):
    first, second = python(RUN, tmp_path), python(RUN, tmp_path)
    assert first.stderr.count("compiling kernels") == 1
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
    helper = threads._pool[0]
    threads.wait_for(helper.done, helper.asked[0], 10**9)  # it counts a job after it has answered
    assert helper.taken[0] == helper.done[0] == helper.asked[0] >= 20


class Late(threads.Helper):
    """A helper whose core is another program's until it is let go."""

    let_go = threading.Event()

    def _next(self):
        self.let_go.wait(10)
        return super()._next()


def test_what_a_helper_has_not_begun_is_taken_back(two_threads, monkeypatch):
    monkeypatch.setattr(threads, "Helper", Late)
    Late.let_go.clear()
    threads._dismiss()
    caller, done = threading.current_thread().name, []
    for _ in range(3):
        threads.split(lambda a, b: done.append((a, b, threading.current_thread().name)), 10)
    assert done == [(0, 5, caller), (5, 10, caller)] * 3
    with pytest.raises(ZeroDivisionError):
        threads.split(lambda a, b: a / 0 if a else None, 10)
    Late.let_go.set()
    assert len(set(halves().values())) == 2, "and now it serves"
    (helper,) = threads._pool
    threads.wait_for(helper.done, helper.asked[0], 10**9)
    threads.move(helper.asked, 1)
    time.sleep(0.05)  # it has seen that it is asked, and waits at a queue that the caller has emptied
    threads.move(helper.asked, -1)
    assert len(set(halves().values())) == 2
    threads.wait_for(helper.done, helper.asked[0], 10**9)
    assert helper.taken[0] == helper.done[0] == helper.asked[0] == 2
    threads._dismiss()


def test_what_is_too_little_to_share_is_one_part_on_the_callers_thread(two_threads):
    with threads.share_if_worth(threads.WORTH_SHARING - 1):
        assert halves() == {(0, 10): threading.current_thread().name}
        with threads.share_if_worth(threads.WORTH_SHARING):  # inside of it nothing is shared
            assert len(halves()) == 1
    with threads.share_if_worth(threads.WORTH_SHARING):
        assert len(halves()) == 2


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


def test_ctrl_c_while_waiting_leaves_no_outcome_for_the_next_job(two_threads, monkeypatch):
    halves()  # so that there is a helper

    class Interrupted:
        put = threads._pool[0].outcomes.put

        def get(self):
            raise KeyboardInterrupt

    late = threads._pool[0]
    monkeypatch.setattr(late, "outcomes", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        threads.split(lambda a, b: None, 10)
    assert len(halves()) == 2 and late not in threads._pool


def test_blas_is_held_to_one_thread_where_it_is_called(two_threads):
    if threads._blas is None:
        pytest.skip("NumPy's BLAS does not let itself be told")
    get, _ = threads._blas
    before, seen = get(), []
    threads.split(lambda a, b: seen.append(get()), 10, blas=True)
    assert seen == [1, 1] and get() == before
