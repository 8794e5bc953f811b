"""The plugins of the tutorials, as their reader meets them: checked, trained through the command line, gone on with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import minigan
from minigan.gradcheck import check_double_backward, check_layer, check_loss, numeric_gradient
from minigan.recipes import plugins

FOLDER = Path(minigan.__file__).parent.parent / "tutorials" / "plugins"
RECIPES = {  # file -> how its reader would train with it
    "residual": "--recipe residual-r1 --batch-size 16",
    "conditional": "--recipe labelled --batch-size 16",
    "log_cosh": "--loss log-cosh",
    "drift": "--loss relativistic --penalty drift:0.01 --drift-centre 0.5",
    "growing": "--preset growing --batch-size 16",
}
STEPS = pytest.mark.parametrize("steps", [8, pytest.param(100, marks=pytest.mark.slow)])


def module(name):
    """A plugin as a module."""
    ((path, _),) = plugins.load([FOLDER / f"{name}.py"])
    return next(m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == path)


def run(arguments, folder):
    env = os.environ | {"MINIGAN_MIRROR": "off"}
    done = subprocess.run([sys.executable, "-m", "minigan", *arguments.split()], cwd=folder, env=env, text=True,
                          capture_output=True, timeout=600)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


@STEPS
@pytest.mark.parametrize("name", RECIPES)
def test_it_trains_and_its_run_can_be_sampled(name, steps, tmp_path):
    file = FOLDER / f"{name}.py"
    run(f"train --plugin {file} {RECIPES[name]} --steps {steps} --quiet --out run", tmp_path)
    kept = json.loads((tmp_path / "run/config.json").read_text())["settings"]["plugin"]
    assert [Path(path).name for path, _ in kept] == [file.name]
    rows = (tmp_path / "run/metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + steps and np.isfinite([float(number) for number in rows[-1].split(",")[:-1]]).all()
    run("sample run -n 16 --out samples.png", tmp_path)
    assert (tmp_path / "samples.png").stat().st_size > 500
    if name == "conditional":
        labels_stand_beside_what_was_drawn_for_them(tmp_path)


def labels_stand_beside_what_was_drawn_for_them(folder):
    """In the file of samples, under the pictures, and in the scores."""
    run("sample run -n 23 --out samples.npz", folder)
    assert np.array_equal(np.load(folder / "samples.npz")["labels"], np.arange(23) % 10)
    assert np.array_equal(np.load(folder / "run/samples.npz")["labels"], np.arange(1000) % 10)
    for picture in (folder / "run/final.png", folder / "samples.png"):
        height, width = plt.imread(picture).shape[:2]
        assert height > width  # a line of text under each row
    run("sample run -n 12 --out single/", folder)
    assert [len(list(sub.iterdir())) for sub in sorted((folder / "single").iterdir())] == [2, 2] + [1] * 8
    run("sample run --numbers 24,3,13 --out some.npz", folder)
    assert np.load(folder / "some.npz")["labels"].tolist() == [4, 3, 3]
    run("sample run -n 5 --label 7 --out sevens.npz", folder)
    assert (np.load(folder / "sevens.npz")["labels"] == 7).all()
    run("sample run -n 2 --class all --out each.npz", folder)
    assert np.load(folder / "each.npz")["labels"].tolist() == [k for k in range(10) for _ in range(2)]
    run("sample run --walk 2 --frames 2 -n 4 --out walk.gif", folder)
    run("sample run --walk --class 3,7 --frames 2 -n 4 --out morph.gif", folder)  # mixtures of two classes
    run("evaluate run -n 200 --quiet --out scores", folder)
    scores = json.loads((folder / "scores/scores.json").read_text())["scores"]
    assert 0 <= scores["label_accuracy"]["value"] <= 1 and scores["label_accuracy"]["floor"] > 0.9


@pytest.mark.long
def test_a_network_that_grew_half_way_goes_on_bit_for_bit(tmp_path):
    """Stopped before the growth, and after it."""
    train = f"train --plugin {FOLDER / 'growing.py'} {RECIPES['growing']} --quiet"
    run(f"{train} --steps 8 --out whole", tmp_path)
    code = (
        "import sys, minigan.training.loop as loop; from minigan.cli import run\n"
        "step = loop.Trainer.step\n"
        "def stopped(t):\n"
        "    if t.t == int(sys.argv[1]): raise KeyboardInterrupt\n"
        "    return step(t)\n"
        "loop.Trainer.step = stopped; sys.exit(run(sys.argv[2:]))"
    )
    for stop in (2, 6):
        arguments = f"{train} --steps 8 --checkpoint-every 1 --out stopped{stop}"
        subprocess.run([sys.executable, "-c", code, str(stop), *arguments.split()], cwd=tmp_path, capture_output=True)
        run(f"train --resume --out stopped{stop} --quiet", tmp_path)
        one, two = (np.load(tmp_path / name / "checkpoint.npz") for name in ("whole", f"stopped{stop}"))
        header = json.loads(one["header"].tobytes())
        assert header["stage"] == 1 and set(one.files) == set(two.files)
        assert all(np.array_equal(one[key], two[key]) for key in one.files if key != "header")


@pytest.mark.parametrize("axes", [(), (2, 3)])
def test_the_layers_that_take_labels(axes, rng):
    made, labels = module("conditional"), np.array([0, 2, 2, 1, 0, 2])
    norm = made.ConditionalBatchNorm(4, 3)
    projection = made.Projection(5, 3)
    for layer, shape in ((norm, (6, *axes, 4)), (projection, (6, 5))):
        for p in layer.params.values():
            p += 0.3 * rng.standard_normal(p.shape).astype(np.float32)
        report = check_layer(layer, input_shape=shape, given={"labels": labels})
        assert report.ok, report
    assert check_double_backward(projection, input_shape=(6, 5), given={"labels": labels}).ok
    with pytest.raises(ValueError, match="Projection needs labels"):
        projection.forward(np.zeros((2, 5)))


def test_the_check_that_the_page_calls(tmp_path):
    said = run(f"gradcheck {FOLDER / 'conditional.py'}", tmp_path).stdout
    assert said.count(": ok (") == 2
    assert said.count("note: forward takes given, and got the labels [0, 1, 2, 0, 1]") == said.count("note:") == 2


@pytest.mark.parametrize("stride", [1, 2])
def test_the_residual_blocks(stride, rng):
    made = module("residual")
    block = made.down_block(2, 3, rng) if stride == 2 else made.up_block(2, 3, rng)
    assert check_layer(block, input_shape=(3, 5, 4, 2)).ok
    if stride == 2:
        assert check_double_backward(block, input_shape=(3, 5, 4, 2)).ok


def test_the_loss_and_the_penalty(rng):
    assert check_loss(module("log_cosh").LogCosh()).ok
    from minigan.batch import Batch
    from minigan.layers import Dense, LeakyReLU, Sequential

    D = Sequential(Dense(3, 4, rng=rng), LeakyReLU(0.2), Dense(4, 1, rng=rng)).astype(np.float64)
    penalty, real = module("drift").Drift(0.7, 0.3), Batch(rng.standard_normal((5, 3)))
    _, grads = penalty(D, real, real)
    for key, p in D.params.items():
        numeric = numeric_gradient(lambda: penalty(D, real, real)[0], p)
        np.testing.assert_allclose(grads[key], numeric.gradient, rtol=1e-6, atol=1e-9)
