"""A whole comparison in small: two recipes, two seeds, a few steps."""

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

from minigan.recipes.compare import compare, scores
from minigan.recipes.compare import comparison as module
from minigan.recipes.compare.pool import LOG

SMALL = dict(steps=6, batch_size=8)


def quiet(recipes, **options):
    return compare(recipes, progress=False, say=lambda text: None, **SMALL | options)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The Comparison of gan and lsgan on the ring."""
    return quiet(["gan", "lsgan"], seeds=2, out=tmp_path_factory.mktemp("out") / "new")


def test_every_run_is_trained_and_scored(done):
    assert not done.failed and not done.interrupted
    assert {ending.kind for ending in done.endings.values()} == {"finished"} and len(done.endings) == 4
    for job in done.jobs:
        assert job.step() == 6 and scores.kept(job.path).of == 8
        assert (job.path / "final.png").exists() and (job.path / "samples.npz").exists()
    assert "resuming" not in (done.jobs[0].path / LOG).read_text()


def test_the_table_is_the_mean_of_what_the_folders_hold(done):
    gan, lsgan = done.rows()
    assert (gan.recipe, lsgan.recipe, gan.seeds, gan.wanted, gan.of) == ("gan", "lsgan", [0, 1], 2, 8)
    for row in (gan, lsgan):
        for name in ("modes", "high_quality", "reverse_kl"):
            kept = [scores.kept(job.path).scores[name] for job in done.jobs if job.recipe == row.recipe]
            assert row.scores[name] == kept
            assert row.as_dict()["scores"][name]["mean"] == pytest.approx(np.mean(kept))
    assert gan.published.modes == 6.3 and lsgan.published is None and gan.troubles == []
    assert [row.method for row in done.others()] == ["ALI", "PacGAN2"]
    assert "ring, preset mlp --batch-size 8, 6 steps, 2 seeds, scored on 2,500 fresh samples" in done.text()


def test_the_files(done):
    names = {"compare.csv", "compare.md", "compare.json", "compare.png"}
    assert names <= set(os.listdir(done.folder))
    with open(done.folder / "compare.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["recipe"], row["seed"]) for row in rows] == [(r, s) for s in "01" for r in ("gan", "lsgan")]
    assert all(row["outcome"] == "finished" and row["steps"] == "6" and row["fid"] == "" for row in rows)
    assert float(rows[0]["reverse_kl"]) == pytest.approx(done.rows()[0].scores["reverse_kl"][0], rel=1e-5)
    assert json.loads((done.folder / "compare.json").read_text()) == json.loads(json.dumps(done.as_dict()))
    assert "| gan | 2/2 |" in (done.folder / "compare.md").read_text()
    with Image.open(done.folder / "compare.png") as picture:
        assert picture.size[0] > picture.size[1] > 400


def test_the_same_again_trains_nothing(done, monkeypatch):
    before = {path: path.stat().st_mtime_ns for path in done.folder.glob("*/*/*")}

    def nothing(waiting, *args, **options):
        assert waiting == []
        return {}, False

    monkeypatch.setattr(module, "run_all", nothing)
    again = quiet(["gan", "lsgan"], seeds=2, out=done.folder)
    assert again.text() == done.text()
    assert before == {path: path.stat().st_mtime_ns for path in done.folder.glob("*/*/*")}


def test_one_process_at_a_time_gives_the_same_numbers(done, tmp_path, arrays):
    alone = quiet(["lsgan"], seeds=1, out=tmp_path, jobs=1)
    one, two = arrays(tmp_path / "lsgan/seed-0"), arrays(done.folder / "lsgan/seed-0")
    assert all(np.array_equal(one[key], two[key]) for key in two)
    assert alone.rows()[0].scores["reverse_kl"] == done.rows()[1].scores["reverse_kl"][:1]


def test_only_looking(done, tmp_path):
    looked = quiet(["gan", "hinge"], seeds=3, out=done.folder, dry_run=True)
    states = [line.split()[1] for line in looked.listing().splitlines()[3:]]
    assert states == ["finished", "to", "finished", "to", "to", "to"]
    assert not (done.folder / "hinge").exists()
    quiet(["gan"], out=tmp_path / "new", dry_run=True)
    assert not (tmp_path / "new").exists()


def test_half_done_runs_are_named(done):
    some = quiet(["gan"], seeds=3, out=done.folder, dry_run=True)
    (row,) = some.rows()
    assert row.seeds == [0, 1] and row.wanted == 3 and row.troubles == ["gan/seed-2: 0 of 6 steps"]


def test_refused_before_anything_is_trained(done, tmp_path):
    (tmp_path / "file").write_text("in the way")
    new = tmp_path / "new"
    for recipes, options, message in [
        (["gan"], dict(steps=7, out=done.folder), "made with --steps 6 where 7 is asked for now"),
        (["gan", "semi-supervised"], dict(out=new), "recipe 'semi-supervised'"),
        (["gan"], dict(out=new, jobs=0), "--jobs must be at least 1, got 0"),
        (["gan"], dict(out=new, batch_size=100_000), "recipe 'gan': the batch size"),
        (["gan"], dict(out=tmp_path / "file" / "out"), "cannot write to the output folder"),
    ]:
        with pytest.raises(ValueError, match=message):
            quiet(recipes, **options)
    assert not new.exists()


@pytest.mark.skipif(os.name != "posix", reason="folders are held by flock")
def test_two_comparisons_do_not_share_a_folder(done):
    with module.owned(done.folder), pytest.raises(ValueError, match="another comparison is at work"):
        quiet(["gan"], seeds=2, out=done.folder)
    quiet(["gan"], seeds=2, out=done.folder)
