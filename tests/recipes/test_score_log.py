"""Scores during training: they are written, they go on after a resume, and they do not touch the training."""

import csv

import numpy as np
import pytest
from PIL import Image

from minigan.recipes import Settings, score_log, train

SMALL = dict(image_size=8, batch_size=8, sample_every=100)


@pytest.fixture(autouse=True)
def few(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(score_log, "SAMPLES", 200)


def quiet(settings, **options):
    said = []
    path, _ = train(settings, progress=False, say=said.append, **options)
    return path, said


def rows(path):
    with open(path / "scores.csv") as file:
        return list(csv.DictReader(file))


def weights(path):
    with np.load(path / "checkpoint.npz") as file:
        return {k: file[k] for k in file if k != "header"}


def test_scores_are_logged_and_the_training_is_the_same():
    plain, _ = quiet(Settings(**SMALL, steps=5), out="plain")
    scored, said = quiet(Settings(**SMALL, steps=5, every=2), out="scored")
    assert [row["step"] for row in rows(scored)] == ["0", "2", "4"]
    assert rows(scored)[0].keys() >= {"fid", "kid", "precision", "recall", "density", "coverage", "inception_score"}
    assert all(np.isfinite(float(value)) for row in rows(scored) for value in row.values())
    assert rows(scored)[0]["coverage"] != rows(scored)[2]["coverage"]
    assert rows(scored)[0]["real_coverage"] == rows(scored)[2]["real_coverage"] > rows(scored)[2]["coverage"]
    with Image.open(scored / "scores.png") as picture:
        assert min(picture.size) > 300
    assert not {"label_accuracy", "real_label_accuracy"} & rows(scored)[0].keys()  # nobody asked for a class
    assert not (plain / "scores.csv").exists() and any("of which scores" in text for text in said)
    one, two = weights(plain), weights(scored)
    assert all(np.array_equal(one[k], two[k]) for k in one)
    assert (plain / "final.png").read_bytes() == (scored / "final.png").read_bytes()


@pytest.mark.long
def test_they_go_on_after_a_resume():
    straight, _ = quiet(Settings(**SMALL, steps=6, every=2, checkpoint_every=3), out="straight")
    halves, _ = quiet(Settings(**SMALL, steps=3, every=2), out="halves")
    lines = (halves / "scores.csv").read_text().splitlines()
    later = [",".join(["4", *lines[-1].split(",")[1:]])]  # as if it had gone on after its last checkpoint, and died
    (halves / "scores.csv").write_text("\n".join(lines + later) + "\n")
    resumed, _ = quiet(Settings(steps=6), out="halves", resume=True, given=["steps"])
    assert (straight / "scores.csv").read_bytes() == (resumed / "scores.csv").read_bytes()
    added, _ = quiet(Settings(steps=8, every=1), out="halves", resume=True, given=["steps", "every"])
    assert [row["step"] for row in rows(added)] == list("024678")


def test_points():
    path, _ = quiet(Settings(data="ring", batch_size=16, steps=2, every=1), out="ring")
    assert rows(path)[0].keys() >= {"step", "modes", "high_quality", "reverse_kl", "fid"}


def test_refused_before_training(tmp_path):
    with pytest.raises(ValueError, match="--every must be at least 1, got 0"):
        quiet(Settings(**SMALL, every=0), out="new")
    np.savez("few.npz", images=np.random.default_rng(0).uniform(0, 1, (190, 8, 8, 1)))
    with pytest.raises(ValueError, match="at least 20 held-out real samples, got 19"):
        quiet(Settings(**SMALL, data="npz:few.npz", every=1), out="new")
    assert not (tmp_path / "new").exists()
    path, _ = quiet(Settings(**SMALL, steps=2, every=1), out="run")
    (path / "scores.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="scores.csv is not the table of a run"):
        quiet(Settings(steps=3), out="run", resume=True, given=["steps"])


def test_a_run_that_is_told_the_class_has_its_label_accuracy(told_runs):
    settings = Settings(plugin=[told_runs / "told.py"], preset="told", data="digits-8x8", **SMALL, steps=2, every=1)
    path, _ = quiet(settings, out="told")
    for row in rows(path):
        assert 0 <= float(row["label_accuracy"]) < 0.9 < float(row["real_label_accuracy"]) <= 1
