"""Baselines as jobs of a comparison: fitted to the same samples, scored by the same rule, kept."""

import threading

import numpy as np
import pytest
from PIL import Image

from minigan import data, metrics
from minigan.baselines import BASELINES
from minigan.recipes import load_generator, train
from minigan.recipes.compare import compare, scores
from minigan.recipes.compare import comparison as module
from minigan.recipes.compare.jobs import Fitted, Trained, drawn, job_of
from minigan.recipes.setup import load_samples, stream


def quiet(recipes, **options):
    return compare(recipes, progress=False, say=lambda text: None, **options)


def test_which_is_which(jobs):
    gan, pca = jobs(["gan", "pca"], steps=7)
    assert isinstance(gan, Trained) and isinstance(pca, Fitted) and (gan.trained, pca.trained) == (True, False)
    assert (gan.settings.steps, pca.settings.steps, pca.name) == (7, 1, "pca/seed-0")
    again = job_of("pca", pca.settings, pca.path)
    assert again == pca


def test_flags_of_trainings_do_not_concern_a_baseline(jobs, tmp_path):
    (plain,) = jobs(["mixture"])
    (flagged,) = jobs(["mixture"], steps=9, lr=0.5, penalty=["r1:1"], batch_size=3, sample_every=4)
    assert plain.settings == flagged.settings
    (some,) = jobs(["mixture"], subset=50)
    assert some.settings.subset == 50


def test_it_is_scored_by_the_rule_of_its_data(jobs):
    (job,) = jobs(["factor-mixture"])
    assert job.work(threading.Event()) == 0 and job.step() == 1
    result = scores.kept(job.path)
    x = load_samples(job.settings)[1]
    model = BASELINES["factor-mixture"]().fit(x, stream(0, "training"))
    points = drawn(model, 2500, stream(0, "scores"))
    coverage = metrics.mode_coverage(points, *data.known_modes("ring"))
    assert result.scores == {"modes": 8, "high_quality": coverage.high_quality.value,
                             "reverse_kl": coverage.reverse_kl.value}  # fmt: skip
    assert result.samples == 2500 and 0 < result.seconds < 60 and result.scores["high_quality"] > 0.9
    with np.load(job.path / "samples.npz") as file:
        assert np.array_equal(file["points"], points[:1000].astype(np.float32))
    with pytest.raises(
        ValueError, match="is a fitted baseline, which has no networks; its samples are in .*samples.npz"
    ):
        load_generator(job.path)
    assert (job.path / "final.png").exists() and (job.path / "learnt.png").exists()


def test_images_come_as_bytes_and_it_is_said_how_many_pixels_lay_outside(jobs, monkeypatch, capsys):
    (job,) = jobs(["pca"], data="digits-8x8", image_size=8)
    monkeypatch.setitem(scores.RULES, "digits-8x8", scores.Rule(400, scores.judge_digits))
    assert job.work(threading.Event()) == 0
    said = capsys.readouterr().out
    assert "% of the pixels lay outside of black and white, and were set to these" in said
    assert "pca/seed-0: nats per sample: " in said
    result = scores.kept(job.path)
    assert set(result.scores) >= {"fid", "precision", "recall", "copying", "sharpness"} and result.samples == 400
    with np.load(job.path / "samples.npz") as file:
        assert file["images"].shape == (400, 8, 8, 1) and 0 <= file["images"].min() < file["images"].max() <= 1


def test_numbers_come_back_in_their_own_units(jobs, tmp_path, rng):
    np.savez(tmp_path / "table.npz", table=rng.standard_normal((200, 3)) + [0, 50, 1000])
    (job,) = jobs(["som"], data=f"npz:{tmp_path / 'table.npz'}")
    assert job.work(threading.Event()) == 0
    with np.load(job.path / "samples.npz") as file:
        np.testing.assert_allclose(file["table"].mean(axis=0), [0, 50, 1000], atol=0.5)


@pytest.mark.long
def test_a_table_beside_a_training(tmp_path, monkeypatch):
    out = tmp_path / "out"
    given = dict(data="ring", seeds=2, steps=3, batch_size=8, out=out)
    listing = quiet(["gan", "som", "pca"], dry_run=True, **given).listing()
    assert "som/seed-1  to begin  0 of 1" in " ".join(listing.split()).replace(" to begin ", "  to begin  ")
    assert not out.exists()
    done = quiet(["gan", "som", "pca"], **given)
    assert not done.failed and [row.recipe for row in done.rows()] == ["gan", "som", "pca"]
    text = done.text()
    assert "ring, preset mlp --batch-size 8, 3 steps, 2 seeds" in text
    assert "fitted to the same samples, not trained in steps: som, pca; flags of trainings do not concern them" in text
    assert "| pca | 2/2 |" in (out / "compare.md").read_text()
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*/*")}

    def nothing(waiting, *args, **options):
        assert waiting == []
        return {}, False

    monkeypatch.setattr(module, "run_all", nothing)
    assert quiet(["gan", "som", "pca"], **given | {"seeds": 2}).text() == text
    assert before == {path: path.stat().st_mtime_ns for path in out.glob("*/*/*")}
    assert "ring, 2 seeds, scored" in quiet(["pca"], **given).heading()


def test_a_folder_of_something_else_is_refused(jobs):
    (job,) = jobs(["pca"])
    assert job.work(threading.Event()) == 0
    with pytest.raises(ValueError, match="--subset None where 40 is asked for now"):
        jobs(["pca"], subset=40)[0].step()
    (job.path / "baseline.json").write_text("{")
    with pytest.raises(ValueError, match="baseline.json is damaged"):
        job.step()
    (training,) = jobs(["gan"], steps=1)
    train(training.settings, out=training.path, progress=False, say=lambda text: None)
    training.path.rename(job.path.parent / "seed-1")
    with pytest.raises(ValueError, match="not a run of a comparison"):
        job_of("pca", job.settings, job.path.parent / "seed-1").step()


def test_one_that_was_stopped_is_fitted_anew(jobs, monkeypatch):
    (job,) = jobs(["pca"])

    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(BASELINES["pca"], "fit", stop)
        assert job.work(threading.Event()) == 130
    assert job.step() == 0 and scores.kept(job.path) is None
    assert job.work(threading.Event()) == 0 and job.step() == 1
    (job.path / "samples.npz").write_bytes(b"other")
    assert scores.kept(job.path) is None


def test_too_few_samples_are_refused_before_anything_runs(tmp_path):
    with pytest.raises(ValueError, match="recipe 'mixture': GaussianMixture needs at least 2 samples"):
        quiet(["mixture"], data="digits-8x8", subset=1, seeds=1, out=tmp_path / "new")
    with pytest.raises(ValueError, match="recipe 'enhance': it draws nothing from noise"):
        quiet(["enhance"], data="digits-8x8", seeds=1, steps=1, out=tmp_path / "new")
    with pytest.raises(ValueError, match="unknown recipe 'pcaa'.*did you mean pca"):
        quiet(["pcaa"], out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.long
def test_the_picture_has_real_images_above(tmp_path, monkeypatch):
    result = quiet(["pca"], data="digits-8x8", seeds=1, out=tmp_path, subset=300)
    assert result.real().shape[1:] == (8, 8, 1) and 0 <= result.real().min() and result.real().max() <= 1
    with Image.open(tmp_path / "compare.png") as picture:
        assert picture.size[0] > picture.size[1]


def test_pixels_that_rounding_puts_outside_are_not_counted(capsys):
    class Still:
        def sample(self, n, rng):
            return np.full((n, 2, 2, 1), self.value)

    model, rng = Still(), np.random.default_rng(0)
    model.value = -1 - 1e-9
    assert (drawn(model, 1100, rng) == 0).all() and capsys.readouterr().out == ""
    model.value = 1.5
    assert drawn(model, 1100, rng).shape == (1100, 2, 2, 1) and capsys.readouterr().out.startswith(
        "100.0% of the pixels"
    )
