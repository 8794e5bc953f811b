"""The scores of finished runs, and when they are computed anew."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from minigan import data, metrics
from minigan.metrics import Seen
from minigan.recipes import load_generator, train
from minigan.recipes.compare import scores
from minigan.recipes.setup import stream


@pytest.fixture
def run(jobs):
    """The folder of a finished run on the ring."""
    (job,) = jobs(["gan"], steps=2)
    train(job.settings, out=job.path, progress=False, say=lambda text: None)
    return job.path


def test_points_are_scored_by_the_rules_of_the_papers(run):
    result = scores.score(run)
    G, _ = load_generator(run)
    rng = stream(0, "scores")
    points = np.concatenate([G.forward(rng.standard_normal((500, 2), np.float32), training=False)[0] for _ in range(5)])
    coverage = metrics.mode_coverage(points, *data.known_modes("ring"))
    assert result.scores == {
        "modes": coverage.value, "high_quality": coverage.high_quality.value, "reverse_kl": coverage.reverse_kl.value,
    }  # fmt: skip
    assert (result.outcome, result.of, result.samples) == ("finished", 8, 2500)
    assert result.counts == coverage.counts and sum(result.counts) == 2500
    assert result.seconds == pytest.approx(scores.training_seconds(run)) and result.seconds > 0


def test_a_generator_that_draws_nans_has_no_scores(run, monkeypatch):
    G, config = load_generator(run)
    next(iter(G.params.values()))[...] = np.nan
    monkeypatch.setattr(scores, "load_generator", lambda path: (G, config))
    assert scores.score(run).outcome == "diverged"


def test_scores_are_kept_for_one_checkpoint_and_one_version(run, monkeypatch):
    assert scores.kept(run) is None
    result = scores.score(run)
    scores.keep(run, result)
    assert scores.kept(run) == result
    with monkeypatch.context() as context:
        context.setattr(scores, "VERSION", scores.VERSION + 1)
        assert scores.kept(run) is None
    checkpoint = run / "checkpoint.npz"
    before = checkpoint.read_bytes()
    checkpoint.write_bytes(before + b"\0")
    assert scores.kept(run) is None
    checkpoint.write_bytes(before)
    assert scores.kept(run) == result
    for text in ("{", "[]", "3", json.dumps({"version": scores.VERSION}), '{"version": 1, "checkpoint": "", "x": 1}'):
        (run / scores.FILE).write_text(text)
        assert scores.kept(run) is None


def of_classes(monkeypatch, counts):
    """A run's reference whose network sees class k in counts[k] images, without doubt; -> as many images."""
    probs = np.repeat(np.eye(10), counts, axis=0)
    features = np.random.default_rng(0).standard_normal((len(probs), 3))
    ref = SimpleNamespace(see=lambda images: Seen(features, probs), real=None)
    monkeypatch.setattr(scores, "reference_of_run", lambda path, **options: ref)
    return np.zeros((len(probs), 1, 1, 1), np.uint8)


def test_a_class_of_digits_needs_a_hundredth_of_the_images(monkeypatch):
    images = of_classes(monkeypatch, [10, 9, 0, 0, 0, 0, 0, 0, 0, 981])
    coverage, others = scores.judge_digits(images, None, None)
    assert coverage.value == 2  # of classes 0, 1 and 9
    assert coverage.high_quality == 1
    q = np.array([0.01, 0.009, 0.981])
    assert coverage.reverse_kl.value == pytest.approx(float(np.sum(q * np.log(10 * q))))
    assert others["fid"] == pytest.approx(0, abs=1e-8)


def test_kid_stands_in_where_real_images_are_too_few_for_fid(rng):
    real, fake = rng.standard_normal((12, 5)), rng.standard_normal((40, 5)) + 1
    assert scores.distance(real, fake) == {"fid": metrics.fid(real, fake).value}
    assert scores.distance(real[:6], fake) == {"fid": metrics.fid(real[:6], fake).value}
    assert scores.distance(real[:5], fake) == {"kid": metrics.kid(real[:5], fake).value}


def test_digits(jobs, monkeypatch):
    (job,) = jobs(["gan"], data="digits", image_size=8, steps=2)
    train(job.settings, out=job.path, progress=False, say=lambda text: None)
    monkeypatch.setitem(scores.RULES, "digits", scores.Rule(200, scores.judge_digits))
    result = scores.score(job.path)
    assert result.of == 10 and result.samples == sum(result.counts) == 200
    assert result.scores.keys() == {"modes", "high_quality", "reverse_kl", "fid"} and result.scores["fid"] > 10


def test_stacked_digits(jobs, monkeypatch):
    (job,) = jobs(["gan"], data="stacked-digits:digits", image_size=8, steps=1)
    train(job.settings, out=job.path, progress=False, say=lambda text: None)
    monkeypatch.setitem(scores.RULES, "stacked-digits", scores.Rule(300, scores.judge_stacked))
    result = scores.score(job.path)
    assert result.of == 1000 and result.samples == 300 and result.counts == []
    assert 1 <= result.scores["modes"] <= 300 and result.scores["fid"] > 10
