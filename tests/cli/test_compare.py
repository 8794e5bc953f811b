"""`minigan compare`."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest


@pytest.mark.long
def test_compare_and_again(terminal, tmp_path):
    arguments = "compare gan lsgan --seeds 1 --steps 3 --out out"
    listing = terminal.ok(f"{arguments} --dry-run").stdout
    assert listing.count("to begin") == 2 and not (tmp_path / "out").exists()
    done = terminal.ok(arguments)
    assert "published" in done.stdout and "out/compare.md" in done.stdout
    assert "2 runs: 0 finished, 2 to begin" in done.stderr and "gan/seed-0: " in done.stderr
    again = terminal.ok(f"{arguments} --json --quiet")
    result = json.loads(again.stdout)
    assert [row["recipe"] for row in result["recipes"]] == ["gan", "lsgan"] and again.stderr == ""
    assert all(len(row["scores"]["modes"]["values"]) == 1 for row in result["recipes"])
    terminal.refused("compare gan --seeds 1 --steps 4 --out out", "made with --steps 3 where 4", "--out")


@pytest.mark.long
def test_flags_of_training_are_for_every_run_and_named(terminal, tmp_path):
    arguments = "compare gan lsgan --seeds 1 --steps 2 --lr 0.003 --penalty r1:0.5 --penalty r2:0.5 --out out"
    done = terminal.ok(f"{arguments} --no-minibatch --json --quiet")
    heading = json.loads(done.stdout)["heading"]
    assert "--lr 0.003" in heading and "--penalty r1:0.5 --penalty r2:0.5" in heading and "--no-minibatch" in heading
    for recipe in ("gan", "lsgan"):
        settings = json.loads((tmp_path / "out" / recipe / "seed-0/config.json").read_text())["settings"]
        assert settings["lr"] == 0.003 and settings["penalty"] == ["r1:0.5", "r2:0.5"]


@pytest.mark.long
def test_refused(terminal, tmp_path):
    (tmp_path / "file").write_text("")
    terminal.refused("compare gam", "unknown recipe 'gam'", "did you mean gan")
    terminal.refused("compare gan gan", "named 2 times")
    terminal.refused("compare gan --seeds 0", "--seeds must be at least 1")
    terminal.refused("compare gan --data rings", "did you mean ring")
    terminal.refused("compare gan --preset paper32", "recipe 'gan'", "points")
    terminal.refused("compare gan --image-size 16", "recipe 'gan'", "--image-size is for images")
    terminal.refused("compare gan --clip --penalty r1:1", "recipe 'gan'", "--clip")
    terminal.refused("compare gan --steps 3 --out file", "cannot write", "file")


@pytest.mark.long
def test_pictures_of_ones_own(terminal, tmp_path, rng):
    np.savez(tmp_path / "mine.npz", images=rng.integers(0, 256, (300, 8, 8, 1), dtype=np.uint8))
    arguments = "compare gan lsgan --data npz:mine.npz --image-size 8 --batch-size 8 --seeds 1 --steps 2 --out out"
    result = json.loads(terminal.ok(f"{arguments} --json --quiet").stdout)
    assert all({"kid", "precision", "recall"} & run["result"]["scores"].keys() for run in result["runs"])
    assert "lsgan" in terminal.ok(arguments).stdout


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT to another process")
def test_ctrl_c_and_on(terminal, tmp_path):
    arguments = "compare gan --seeds 1 --steps 600 --out out"
    command = [sys.executable, "-m", "minigan", *arguments.split()]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=tmp_path, preexec_fn=hear_ctrl_c, **pipes)
    end = time.time() + 240
    while not (tmp_path / "out/gan/seed-0/samples/step_000030.png").exists() and time.time() < end:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "the same command again goes on from here" in errors, errors
    assert "gan/seed-0: " in output and " of 600 steps" in output
    assert "half done" in terminal.ok(f"{arguments} --dry-run").stdout
    terminal.ok(arguments)
    assert "resuming" in (tmp_path / "out/gan/seed-0/log.txt").read_text()


def hear_ctrl_c():
    """A program that a shell runs in the background ignores Ctrl-C, and so do those that it starts: the tests, too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.long
def test_a_baseline_beside_a_training_on_images(terminal, tmp_path):
    arguments = "compare lsgan pca --data digits-8x8 --preset quick --batch-size 8 --seeds 1 --steps 2 --out out"
    assert "pca/seed-0" in terminal.ok(f"{arguments} --dry-run").stdout and not (tmp_path / "out").exists()
    done = terminal.ok(arguments).stdout
    for word in ("FID", "precision", "recall", "copying", "sharpness", "s/run", "not trained in steps: pca"):
        assert word in done
    runs = json.loads(terminal.ok(f"{arguments} --json --quiet").stdout)["runs"]
    assert {*runs[0]["result"]["scores"]} == {*runs[1]["result"]["scores"]} >= {"fid", "copying", "sharpness"}
    said = terminal.ok("evaluate --images npz:out/pca/seed-0/samples.npz --reference digits-8x8 --quiet").stdout
    assert "copying" in said
    terminal.refused("sample out/pca/seed-0", "fitted baseline", "samples.npz")
