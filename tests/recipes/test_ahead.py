"""Compiling in two processes at once: the second one helps, changes nothing, and is never left behind."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import minigan
from minigan.recipes import Settings, ahead
from minigan.recipes.setup import make_trainer

SMALL = {"data": "digits-8x8", "preset": "mlp", "recipe": "gan", "batch_size": 8}
HEAD = f"""
import os, subprocess, sys
import numpy as np
from minigan.kernels.machine.threads import set_count
from minigan.kernels.matmul import multiply_pass
from minigan.kernels.pointwise import adam_pass
from minigan.recipes import Settings
from minigan.recipes.ahead import Ahead
from minigan.recipes.setup import make_trainer
set_count(2)
settings = Settings(**{SMALL}).resolved()
trainer = make_trainer(settings, np.random.default_rng(0).uniform(-1, 1, (64, 8, 8, 1)).astype(np.float32))
"""


def start(folder, code, *arguments):
    """A new process whose compiled kernels go to the folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(minigan.__file__).parents[1]), "NUMBA_CACHE_DIR": str(folder)}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def result(folder, code, *arguments):
    out, error = start(folder, code, *arguments).communicate()
    assert "Traceback" not in error, error
    return out.split()


@pytest.fixture
def trainer():
    return make_trainer(Settings(**SMALL).resolved(), np.zeros((64, 8, 8, 1), np.float32))


@pytest.fixture
def cold(monkeypatch):
    """Nothing is on disk, and there are two cores."""
    monkeypatch.setattr(ahead, "is_stored", lambda kernel: False)
    monkeypatch.setattr(ahead, "count", lambda: 2)


# --- What it does -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_training_reads_what_the_second_process_has_compiled(tmp_path):
    code = HEAD + """
with Ahead() as ahead:
    ahead.ready(settings, trainer)
    ahead.process.wait()
    trainer.step()
for kernel in multiply_pass, adam_pass:
    print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""  # fmt: skip
    assert result(tmp_path, code) == ["1", "0", "1", "0"]


TRAIN = """
import subprocess, sys
from minigan.kernels.machine.threads import set_count
from minigan.cli import run
started = []
class Popen(subprocess.Popen):
    def __init__(self, *args, **options):
        started.append(self)
        super().__init__(*args, **options)
subprocess.Popen = Popen
set_count(2)
run(["train", "--data", "digits-8x8", "--preset", "mlp", "--steps", "3", "--quiet", "--out", sys.argv[1]])
print(len(started), *[process.returncode is not None for process in started])
"""


@pytest.mark.long
def test_a_training_is_the_same_with_and_without(tmp_path):
    """The second run finds all kernels, so there is no second process."""
    said = [result(tmp_path / "cache", TRAIN, tmp_path / run)[1:] for run in ("cold", "warm")]
    assert said == [["1", "True"], ["0"]]
    cold, warm = (np.load(tmp_path / run / "samples.npz") for run in ("cold", "warm"))
    assert all((cold[name] == warm[name]).all() for name in cold.files)
    assert not [path for path in (tmp_path / "cache").rglob("*") if ".tmp." in path.name]


# --- When it ends -----------------------------------------------------------------------------------------------------


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_it_ends_when_the_training_is_killed(tmp_path):
    process = start(tmp_path, HEAD + """
ahead = Ahead()
ahead.ready(settings, trainer)
print(ahead.process.pid, flush=True)
sys.stdin.read()
""")  # fmt: skip
    pid = int(process.stdout.readline())
    assert runs(pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    while runs(pid):
        time.sleep(0.05)
    assert not list(tmp_path.rglob("*adam_pass*.nbi"))  # it had not come to its end


def test_it_is_ended_after_the_first_step(cold, trainer, monkeypatch):
    monkeypatch.setattr(ahead, "CODE", "import sys; sys.stdin.read()")
    with ahead.Ahead() as second:
        second.ready(Settings(**SMALL).resolved(), trainer)
        for closed in (False, True):
            for hook in trainer.before_step:
                hook(trainer)
            assert second.process.stdin.closed is closed
            trainer.t += 1
        assert second.process.wait() == 0


def test_it_is_ended_when_the_training_fails(cold, trainer, monkeypatch):
    monkeypatch.setattr(ahead, "CODE", "import sys; sys.stdin.read()")
    with pytest.raises(KeyboardInterrupt), ahead.Ahead() as second:
        second.ready(Settings(**SMALL).resolved(), trainer)
        raise KeyboardInterrupt
    assert second.process.returncode == 0


def test_one_that_does_not_end_is_killed(cold, trainer, monkeypatch):
    monkeypatch.setattr(ahead, "CODE", "while True: pass")
    monkeypatch.setattr(ahead, "PATIENCE", 0)
    with ahead.Ahead() as second:
        second.ready(Settings(**SMALL).resolved(), trainer)
    assert second.process.returncode not in (None, 0)


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "import sys; sys.stdin.close(); raise ValueError"])
def test_an_error_in_it_goes_unnoticed(cold, trainer, monkeypatch, capfd, code):
    monkeypatch.setattr(ahead, "CODE", code)
    with ahead.Ahead() as second:
        second.ready(Settings(**SMALL).resolved(), trainer)
        second.process.wait()
    assert capfd.readouterr() == ("", "")


def test_a_system_that_has_no_more_processes(cold, trainer, monkeypatch):
    def refuse(*args, **options):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(ahead.subprocess, "Popen", refuse)
    with ahead.Ahead() as second:
        second.ready(Settings(**SMALL).resolved(), trainer)
    assert second.process is None


def test_it_does_not_end_amid_a_file(monkeypatch):
    ended = []
    monkeypatch.setattr(ahead.os, "_exit", ended.append)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
    watch = threading.Thread(target=ahead.end_with_parent)
    with ahead.SAVING:
        watch.start()
        watch.join(0.1)
        assert not ended
    watch.join()
    ahead.SAVING.release()
    assert ended == [0]


# --- When there is none -----------------------------------------------------------------------------------------------


def test_it_is_worth_while_where_kernels_must_be_compiled(cold, trainer):
    assert ahead.worthwhile(Settings(**SMALL), trainer)


@pytest.mark.parametrize("name, value", [("is_stored", lambda kernel: True), ("count", lambda: 1)])
def test_none_with_a_warm_cache_or_one_core(cold, trainer, monkeypatch, name, value):
    monkeypatch.setattr(ahead, name, value)
    assert not ahead.worthwhile(Settings(**SMALL), trainer)


def test_none_with_a_plugin(cold, trainer, tmp_path):
    (tmp_path / "mine.py").write_text("")
    assert not ahead.worthwhile(Settings(**SMALL, plugin=[str(tmp_path / "mine.py")]), trainer)


def test_none_where_the_program_is_not_a_python(cold, trainer, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    assert not ahead.worthwhile(Settings(**SMALL), trainer)


def test_networks_that_convolve_need_more_kernels(cold, trainer, monkeypatch):
    monkeypatch.setattr(ahead, "is_stored", lambda kernel: kernel is ahead.multiply_pass)
    pictures = make_trainer(Settings(**SMALL | {"preset": "dcgan"}).resolved(), np.zeros((64, 8, 8, 1), np.float32))
    assert ahead.worthwhile(Settings(**SMALL), pictures) and not ahead.worthwhile(Settings(**SMALL), trainer)


# --- What it calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"recipe": "sagan", "attention": 4},
        {"recipe": "ac-gan"},
        {"recipe": "vae"},
        {"preset": "dcgan", "ema": 0.9},
        {"pac": 2},
    ],
)
def test_settings_survive_the_way_and_each_call_runs(choices):
    """For settings of every kind; labels come along where the game takes them."""
    settings = Settings(**{"data": "digits-8x8", "batch_size": 8} | choices).resolved()
    sent = Settings(**json.loads(json.dumps(settings.as_dict())))
    assert sent == settings
    samples = np.random.default_rng(0).uniform(-1, 1, (64, 8, 8, 1)).astype(np.float32)
    trainer = make_trainer(sent, samples, np.arange(64) % 10)
    for call in ahead.calls(trainer):
        call()
    assert trainer.t == 1
