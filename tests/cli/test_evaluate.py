"""`minigan evaluate` and `minigan train --every`, through processes of their own."""

import json

import numpy as np
import pytest

SMALL = "--image-size 8 --batch-size 8 --quiet"


@pytest.mark.long
def test_train_and_evaluate(terminal, tmp_path):
    terminal.ok(f"train {SMALL} --steps 4 --every 2 --out run")
    assert (tmp_path / "run/scores.csv").read_text().startswith("step,fid,kid") and (
        tmp_path / "run/scores.png"
    ).exists()
    done = terminal.ok("evaluate run -n 100 --quiet")
    assert "real vs real" in done.stdout and "written: run/evaluation/classes.png" in done.stdout and not done.stderr
    for name in ("scores.json", "classes.png", "neighbours.png"):
        assert (tmp_path / "run/evaluation" / name).exists()
    done = terminal.ok("evaluate run -n 100 --json --out elsewhere")
    assert json.loads(done.stdout) == json.loads((tmp_path / "elsewhere/scores.json").read_text())
    assert "floor, halving" in done.stderr  # progress
    assert "A - B" in terminal.ok("evaluate run -n 100 --quiet --against run").stdout


def test_pictures_and_features(terminal, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "images.npz", images=rng.uniform(0, 1, (100, 28, 28, 1)).astype(np.float32))
    done = terminal.ok("evaluate --images npz:images.npz --reference digits-8x8 --quiet")
    assert "npz:images.npz: 100 samples against 360 real ones of digits-8x8" in done.stdout
    np.savez(tmp_path / "a.npz", features=rng.standard_normal((40, 3)))
    assert "your own" in terminal.ok("evaluate --features-real a.npz --features-fake a.npz --quiet").stdout


def test_wrong_input(terminal, tmp_path):
    terminal.refused("evaluate --json --data-dir x", "expected one of RUN, --images")
    terminal.refused("evaluate --reference digits-8x8", "expected one of RUN, --images")
    terminal.refused("evaluate --images npz:x.npz --reference digits --save-stats nowhere/x.npz", "no folder nowhere")
    terminal.refused("evaluate nowhere", "not the folder of a run")
    terminal.refused("evaluate --images folder:nothing --reference digits", "nothing")
    terminal.refused("evaluate --images npz:x.npz", "--images needs --reference")
    terminal.refused("evaluate --features-real a.npz", "go together")
    terminal.refused("train --every 0", "--every must be at least 1")
