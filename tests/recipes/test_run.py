"""Whole trainings in small: what a run folder holds, resumption through files, samples from a finished run."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minigan.recipes import Settings, load_generator, sample, train

SMALL = dict(image_size=8, batch_size=8, sample_every=2, checkpoint_every=3)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def quiet(settings, **options):
    return train(settings, progress=False, say=lambda text: None, **options)


def arrays(path):
    with np.load(path / "checkpoint.npz", allow_pickle=False) as file:
        return {k: file[k] for k in file if k != "header"}


def test_a_run_folder_holds_everything(tmp_path):
    path, finished = quiet(Settings(**SMALL, steps=5))
    assert finished and str(path) == "runs/digits-lazy-r1-1"
    names = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()}
    assert names == {
        "config.json", "metrics.csv", "samples.gif", "loss.png", "checkpoint.npz", "final.png", "samples.npz",
        "signs.csv", "signs.txt",
        "samples/step_000000.png", "samples/step_000002.png", "samples/step_000004.png",
    }  # fmt: skip
    config = json.loads((path / "config.json").read_text())
    assert config["settings"]["seed"] == 0 and len(config["data"]["sha256"]) == 64
    assert {"minigan", "python", "numpy", "numba"} <= config["versions"].keys()
    assert {"model", "vector_bits", "fma", "threads"} <= config["processor"].keys()
    rows = (path / "metrics.csv").read_text().splitlines()
    assert rows[0].startswith("step,d_loss,g_loss") and [r.split(",")[0] for r in rows[1:]] == list("12345")
    with np.load(path / "samples.npz", allow_pickle=False) as file:
        images = file["images"]
    assert images.shape == (1000, 8, 8, 1) and images.dtype == np.float32 and 0 <= images.min() <= images.max() <= 1
    with Image.open(path / "final.png") as picture:
        assert picture.size[0] > 100
    assert str(quiet(Settings(**SMALL, steps=2))[0]) == "runs/digits-lazy-r1-2"


def test_where_to_look_is_said_before_the_training_starts(tmp_path):
    said = []
    train(Settings(**SMALL, steps=2), out="mine", progress=False, say=lambda text: said.append((text, begun())))
    assert ("to look at meanwhile: mine/samples, pictures every 2 steps", False) in said


def begun():
    return any(Path().rglob("*.png"))


def test_resume_is_bit_for_bit(tmp_path):
    settings = Settings(**SMALL, steps=10, dropout=0.2, shift=1, rotate=5.0)
    straight, _ = quiet(settings, out="straight")
    quiet(Settings(**{**settings.as_dict(), "steps": 6}), out="halves")
    resumed, _ = quiet(Settings(steps=10), out="halves", resume=True, given=["steps"])
    one, two = arrays(straight), arrays(resumed)
    assert one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)
    columns = [
        [row.split(",")[:5] for row in (p / "metrics.csv").read_text().splitlines()] for p in (straight, resumed)
    ]
    assert columns[0] == columns[1]
    assert (straight / "final.png").read_bytes() == (resumed / "final.png").read_bytes()


def test_a_finished_or_foreign_run_is_not_overwritten():
    path, _ = quiet(Settings(**SMALL, steps=3), out="run")
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    for settings, options, message in [
        (Settings(**SMALL, steps=3), dict(), "already holds a run; go on with --resume"),
        (Settings(steps=2), dict(resume=True, given=["steps"]), "has 3 steps already, got --steps 2"),
        (Settings(preset="paper32"), dict(resume=True, given=["preset"]), "made with --preset dcgan, got paper32"),
        (Settings(image_size=12), dict(resume=True, given=["image_size"]), "made with --image-size 8, got 12"),
    ]:
        with pytest.raises(ValueError, match=message):
            quiet(settings, out="run", **options)
    assert before == {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_a_folder_that_is_refused_is_not_made(tmp_path):
    wrong = [dict(batch_size=5000), dict(data="nothing"), dict(steps=0), dict(shift=100), dict(rotate=float("nan"))]
    for settings in (Settings(**options) for options in wrong):
        with pytest.raises(ValueError):
            quiet(settings, out="new")
    with pytest.raises(ValueError, match="--beta1 is no setting of --optimizer sgd; leave it out"):
        quiet(Settings(optimizer="sgd", beta1=0.5), out="new", given=["beta1"])
    assert not (tmp_path / "new").exists()


def test_changed_data_are_noticed(tmp_path, rng):
    images = rng.uniform(0, 1, (20, 8, 8, 1)).astype(np.float32)
    np.savez("mine.npz", images=images)
    quiet(Settings(**SMALL, data="npz:mine.npz", steps=3), out="run")
    np.savez("mine.npz", images=images[::-1])
    before = (tmp_path / "run/config.json").read_bytes()
    with pytest.raises(ValueError, match="the data have changed"):
        quiet(Settings(steps=5), out="run", resume=True, given=["steps"])
    assert (tmp_path / "run/config.json").read_bytes() == before


def test_metrics_that_are_missing_or_foreign(tmp_path):
    said = []
    quiet(Settings(**SMALL, steps=3), out="run")
    (tmp_path / "run/metrics.csv").unlink()
    train(Settings(steps=4), out="run", resume=True, given=["steps"], progress=False, say=said.append)
    assert any("holds 0 of 3 steps" in text for text in said)
    (tmp_path / "run/metrics.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="metrics.csv is not the table of a run"):
        quiet(Settings(steps=5), out="run", resume=True, given=["steps"])


def test_the_newest_run_is_the_one_with_the_largest_number(tmp_path):
    (tmp_path / "runs/digits-lazy-r1-7").mkdir(parents=True)
    assert str(quiet(Settings(**SMALL, steps=2))[0]) == "runs/digits-lazy-r1-8"
    assert str(quiet(Settings(steps=3), resume=True, given=["steps"])[0]) == "runs/digits-lazy-r1-8"


def test_the_average_of_a_run_is_what_is_shown():
    path, _ = quiet(Settings(**SMALL, steps=2, ema=0.5))
    G, config = load_generator(path)
    assert all(np.array_equal(G.params[key], arrays(path)[f"average/params/{key}"]) for key in G.params)
    rng = np.random.default_rng([0, 2, 3])  # as the results draw
    z = rng.standard_normal((1000, config["settings"]["z_dim"]), dtype=np.float32)
    with np.load(path / "samples.npz") as file:
        np.testing.assert_array_equal(file["images"], sample(G, z))


def test_points(tmp_path):
    path, _ = quiet(Settings(data="ring", batch_size=16, steps=3))
    with np.load(path / "samples.npz") as file:
        assert file["points"].shape == (1000, 2)


@pytest.mark.long
def test_where_phase_shuffle_shifts_nothing_is_said(tmp_path):
    np.savez(tmp_path / "short.npz", x=np.random.default_rng(0).standard_normal((64, 64, 1)).astype(np.float32))
    said, given = [], dict(data=f"npz:{tmp_path / 'short.npz'}", data_as="signals", preset="wavegan", batch_size=8)
    for phase_shuffle, expected in ((2, 0), (12, 0), (0, 0)):
        said.clear()
        train(Settings(**given, steps=1, phase_shuffle=phase_shuffle), out=tmp_path / str(phase_shuffle),
              progress=False, say=said.append)  # fmt: skip
        assert len([line for line in said if "shifts nothing" in line]) == expected
    np.savez(tmp_path / "short.npz", x=np.random.default_rng(0).standard_normal((64, 256, 1)).astype(np.float32))
    train(Settings(**given, steps=1, phase_shuffle=16), out=tmp_path / "long", progress=False, say=said.append)
    assert any("--phase-shuffle 16 shifts nothing behind down2: " in line for line in said)
    with pytest.raises(ValueError, match="got 64; use at most 63"):
        train(Settings(**given, steps=1, phase_shuffle=64), out=tmp_path / "none", progress=False, say=said.append)
    assert not (tmp_path / "none").exists()


def test_what_spectral_norm_leaves_alone_is_said():
    said = []
    train(Settings(**SMALL, steps=1, recipe="sn-gan", minibatch=True), progress=False, say=said.append)
    (note,) = [line for line in said if "spectral norm" in line]
    assert "leaves as they are: minibatch (MinibatchDiscrimination)" in note
