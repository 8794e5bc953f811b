"""Scores by class in an evaluation: of runs that are told the class, of pictures with labels, of runs that are not."""

import json

import numpy as np
import pytest
from PIL import Image

from minigan import data
from minigan.metrics import Seen
from minigan.recipes import Settings, scoring, train
from minigan.recipes.by_class import score_by_class
from minigan.recipes.evaluate import evaluate, write_and_print
from minigan.recipes.reference import Reference, reference


def quiet(run=None, **options):
    return evaluate(run, progress=False, say=lambda text: None, **options)


@pytest.fixture(scope="module")
def ref():
    return reference("digits-8x8")


def scored(ref, images, labels, **options):
    return score_by_class(ref, ref.see(ref.real), ref.see(ref.train), ref.see(images, labels), **options)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The other scores without intervals, and halved once: they are not looked at here."""
    monkeypatch.setattr(scoring, "REPLICATES", 0)
    monkeypatch.setattr(scoring, "halvings", lambda n: 1)


def test_runs_that_are_told_the_class(told_runs, tmp_path):
    both, said = quiet(told_runs / "mixed", against=told_runs / "whole", n=900), []
    result, made = both[0], both[0].by_class
    assert made.names == tuple("0123456789") and made.sorted_by == "label" and made.side == "training"
    assert [row["samples_of_fid"] for row in made.rows] == 10 * [90] and all(row["samples"] < 50 for row in made.rows)
    mean = np.mean([row["accuracy"] for row in made.rows])
    assert mean == pytest.approx(result.scores.values["label_accuracy"])
    write_and_print([result], tmp_path, as_json=False, out=said.append)
    kept = json.loads((tmp_path / "scores.json").read_text())
    assert kept["scores"]["intra_fid"]["value"] == pytest.approx(np.mean([row["fid"] for row in made.rows]))
    assert kept["scores"]["intra_fid"]["parts"].keys() == set("0123456789")
    assert [row["name"] for row in kept["by_class"]["classes"]] == list("0123456789")
    assert "within each class, sorted by the class that they were drawn for" in said[0] and "mean" in said[0]
    assert any("training images are the real side" in note for note in kept["notes"])
    with Image.open(tmp_path / "by_class.png") as picture:
        assert min(picture.size) > 300
    write_and_print(both, None, as_json=False, out=said.append)
    assert "intra-FID" in said[-1] and "variety in a class" in said[-1]


def test_too_few_for_a_fid_in_each_class(told_runs):
    (result,) = quiet(told_runs / "mixed", n=200)
    assert result.by_class.mean("fid") is None and "intra_fid" not in result.as_dict()["scores"]
    assert result.by_class.mean("variety") is not None
    assert any("no intra-FID: 0, 1, 2, 3, 4, ... with fewer than 85" in note and "fix: a larger -n" in note
               for note in result.notes)  # fmt: skip


def test_a_class_that_has_collapsed_is_named(ref):
    train = data.load("digits-8x8", split="train")
    images = train.x.copy()
    threes = np.flatnonzero(train.labels == 3)
    images[threes] = images[threes[np.arange(len(threes)) % 2]]  # two threes, again and again
    good, bad = scored(ref, train.x, train.labels), scored(ref, images, train.labels)
    assert good.poor == [] and len(bad.poor) == 1 and bad.poor[0].startswith("3 (variety 0.")
    assert "recall 0.0" in bad.poor[0]
    assert good.mean("variety") == pytest.approx(1, abs=0.05)


def test_a_class_without_an_image_is_named(ref):
    labels = ref.labels.copy()
    labels[labels == 6] = 5
    made = scored(ref, ref.real, labels)
    assert made.poor == ["6 (no image at all)"] and made.mean("recall") is None


def test_held_out_images_are_the_real_side_where_every_class_has_enough(rng):
    """And then the training images show what real ones get."""
    features = {k: rng.standard_normal((300, 2)) + 9 * k for k in range(2)}

    def points(a, b, n):
        return np.concatenate([features[k][a:b][:n] for k in range(2)]), np.repeat([0, 1], n)

    def seen(x, labels=None):
        return Seen(x, np.eye(2)[(x.mean(axis=1) > 4.5).astype(int)], labels)

    def made(n_real, n_train):
        (real, labels), (train_x, train_labels) = points(0, 100, n_real), points(100, 200, n_train)
        ref = Reference("two", None, train_x, real, labels, classes=("a", "b"), train_labels=train_labels)
        return score_by_class(ref, seen(real), seen(train_x), seen(*points(200, 300, 60)))

    many, few = made(50, 40), made(2, 40)
    assert (many.side, few.side) == ("held-out", "training")
    assert [row["samples"] for row in many.rows] == [40, 40] == [row["samples"] for row in many.floor]
    assert [row["real"] for row in many.rows] == [50, 50] and [row["real"] for row in few.rows] == [40, 40]
    assert [row["samples_of_fid"] for row in few.rows] == [60, 60] and "fid" not in few.floor[0]
    assert many.mean("fid", floor=True) < 1 and many.mean("accuracy") == 1
    assert not any("training images are the real side" in note for note in many.notes)


def test_sorted_by_the_judge(tmp_path):
    run, _ = train(Settings(data="digits-8x8", image_size=8, batch_size=8, steps=2), out=tmp_path / "run",
                   progress=False, say=lambda text: None)  # fmt: skip
    (plain,), (by_judge,) = quiet(run, n=100), quiet(run, n=100, by_class=True)
    assert plain.by_class is None and by_judge.by_class.sorted_by == "judge"
    assert by_judge.by_class.mean("accuracy") is None and "label_accuracy" not in by_judge.scores.values
    assert plain.scores.values["kid"].interval == by_judge.scores.values["kid"].interval
    assert any("sorted by what the network reads" in note for note in by_judge.notes)


def test_the_judge_sorts_real_images_as_they_are(ref):
    train = data.load("digits-8x8", split="train")
    asked, read = scored(ref, train.x, train.labels), scored(ref, train.x, None, by_judge=True)
    assert read.mean("fid") == pytest.approx(asked.mean("fid"), rel=0.1)


def test_where_classes_are_not_known(tmp_path, told_runs):
    run, _ = train(Settings(data="ring", batch_size=8, steps=2), out=tmp_path / "ring", progress=False,
                   say=lambda text: None)  # fmt: skip
    with pytest.raises(ValueError, match="--by-class sorts by what the feature network reads; no scores by class"):
        quiet(run, n=100, by_class=True)
    with pytest.raises(ValueError, match="--by-class goes with RUN or --images"):
        quiet(features_real="a.npz", features_fake="b.npz", by_class=True)
