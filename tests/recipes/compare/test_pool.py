"""Runs in processes of their own: stopped, killed and gone on with, they end with the same bits."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from minigan.recipes.compare import scores
from minigan.recipes.compare.pool import LOG, ONE_THREAD, Worker, run_all

posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are of POSIX")


def watch(running, ended):
    pass


def until(condition, seconds=120):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "it takes too long"
        time.sleep(0.02)


def ended(worker):
    until(lambda: worker.process.poll() is not None)
    return worker.ending()


@pytest.mark.long
@posix
def test_stopped_and_killed_half_way_a_run_ends_with_the_same_bits(jobs, arrays, tmp_path):
    """The straight run and the interrupted one are trained beside each other, in processes of one thread."""
    steps = dict(steps=120, checkpoint_every=10, sample_every=5)
    (straight,), (halves,) = jobs(["ema"], out=tmp_path / "a", **steps), jobs(["ema"], out=tmp_path / "b", **steps)
    one, two = Worker(straight), Worker(halves)
    until(lambda: halves.drawn() >= 15)
    two.stop()
    assert ended(two).kind == "stopped" and 15 <= halves.step() < 120
    assert scores.kept(halves.path) is None
    before = halves.step()
    two = Worker(halves)
    until(lambda: halves.drawn() >= before + 15)
    two.process.kill()
    ending = ended(two)
    assert ending.kind == "killed" and "SIGKILL" in ending.message and before < halves.step() < 120
    two = Worker(halves)
    assert ended(two).kind == ended(one).kind == "finished"
    a, b = arrays(straight.path), arrays(halves.path)
    assert a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)
    assert scores.kept(straight.path).scores == scores.kept(halves.path).scores


@pytest.mark.long
@posix
def test_a_killed_run_is_told_and_the_others_go_on(jobs):
    first, second = jobs(["gan"], seeds=2, steps=40)

    def kill_the_first(running, ended):
        if first in running and first.drawn() > 2:
            for name in os.listdir("/proc"):
                if name.isdecimal() and str(first.path).encode() in open_files(name):
                    os.kill(int(name), signal.SIGKILL)

    endings, interrupted = run_all([first, second], 1, watch=kill_the_first)
    assert [endings[job].kind for job in (first, second)] == ["killed", "finished"] and not interrupted


def open_files(process):
    """The names of the files that a process has open, one after the other."""
    try:
        folder = f"/proc/{process}/fd"
        return b" ".join(os.readlink(f"{folder}/{name}").encode() for name in os.listdir(folder))
    except OSError:
        return b""


def test_an_error_is_told_with_its_last_words(jobs):
    (job,) = jobs(["gan"], data="mnist", data_dir="nowhere", steps=2)
    os.environ["MINIGAN_MIRROR"] = "off"
    try:
        endings, _ = run_all([job], 1, watch=watch)
    finally:
        del os.environ["MINIGAN_MIRROR"]
    assert endings[job].kind == "failed" and str(job.path / LOG) in endings[job].message
    assert scores.kept(job.path) is None


def test_a_training_that_diverges_is_not_tried_again(jobs):
    (job,) = jobs(["gan"], steps=50, lr=1e30, optimizer="sgd")
    endings, _ = run_all([job], 1, watch=watch)
    assert endings[job].kind == "diverged" and "step" in endings[job].message
    assert scores.kept(job.path).outcome == "diverged"


def test_a_run_killed_before_its_first_checkpoint_begins_anew(jobs):
    (job,) = jobs(["gan"], steps=2)
    (job.path / "samples").mkdir(parents=True)
    (job.path / "config.json").write_text(json.dumps({"settings": job.settings.as_dict()}))
    (job.path / "samples" / "step_000000.png").write_bytes(b"")
    assert job.step() == 0
    endings, _ = run_all([job], 1, watch=watch)
    assert endings[job].kind == "finished" and job.step() == 2


def test_a_run_has_one_thread():
    """Also where the machine has more cores: of this package, and of NumPy's BLAS."""
    code = (
        "from minigan.recipes.compare import worker\n"
        "from minigan.kernels.machine import threads\n"
        "worker.work = lambda *task: print(threads.count(), threads._blas[0]() if threads._blas else 1) or 0\n"
        "worker.main()"
    )
    task = json.dumps({"settings": {}, "out": ""})
    env = {name: value for name, value in os.environ.items() if not name.endswith("NUM_THREADS")} | ONE_THREAD
    told = subprocess.run([sys.executable, "-c", code], input=task + "\n", env=env, text=True,
                          capture_output=True)  # fmt: skip
    assert told.stdout.split() == ["1", "1"], told.stderr
