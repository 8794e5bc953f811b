"""The scores of finished runs, and when they are computed anew."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from minigan import data, metrics
from minigan.metrics import Seen
from minigan.recipes import load_generator, train
from minigan.recipes.compare import scores
from minigan.recipes.reference import reference
from minigan.recipes.sampling import sample
from minigan.recipes.setup import stream

LIKENESS = ("precision", "recall", "copying", "sharpness")


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


def test_a_run_that_is_told_the_class(told_runs, monkeypatch):
    monkeypatch.setitem(scores.RULES, "digits-8x8", scores.Rule(1000, scores.judge_digits))
    G, config = load_generator(told_runs / "mixed")
    ref = reference("digits-8x8", shape=(8, 8, 1))
    rng, right = stream(0, "scores"), 0
    for _ in range(2):
        z, labels = rng.standard_normal((500, 4), np.float32), np.arange(500) % 10
        read = ref.see(data.to_uint8(sample(G, z, labels=labels))).probs.argmax(axis=1)
        right += np.count_nonzero(read == labels)
    found = scores.score(told_runs / "mixed")
    assert found.scores["label_accuracy"] == pytest.approx(right / 1000) and found.scores["intra_fid"] > 1
    assert "label accuracy" in found.in_words() and "intra-FID" in found.in_words()


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


def of_classes(counts):
    """As many images, and a Reference whose network sees class k in counts[k] of them, without doubt."""
    probs = np.repeat(np.eye(10), counts, axis=0)
    features = np.random.default_rng(0).standard_normal((len(probs), 3))
    ref = SimpleNamespace(see=lambda images: Seen(features, probs), real=None, network=None)
    return np.zeros((len(probs), 1, 1, 1), np.uint8), ref


def test_a_class_of_digits_needs_a_hundredth_of_the_images():
    coverage, others = scores.judge_digits(*of_classes([10, 9, 0, 0, 0, 0, 0, 0, 0, 981]))
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
    (job,) = jobs(["gan"], data="digits-8x8", image_size=8, steps=2)
    train(job.settings, out=job.path, progress=False, say=lambda text: None)
    monkeypatch.setitem(scores.RULES, "digits-8x8", scores.Rule(200, scores.judge_digits))
    result = scores.score(job.path)
    assert result.of == 10 and result.samples == sum(result.counts) == 200
    assert (
        list(result.scores) == ["modes", "high_quality", "reverse_kl", "fid", *LIKENESS] and result.scores["fid"] > 10
    )


def test_stacked_digits(jobs, monkeypatch):
    (job,) = jobs(["gan"], data="stacked-digits:digits-8x8", image_size=8, steps=1)
    train(job.settings, out=job.path, progress=False, say=lambda text: None)
    monkeypatch.setitem(scores.RULES, "stacked-digits", scores.Rule(300, scores.judge_stacked))
    result = scores.score(job.path)
    assert result.of == 1000 and result.samples == 300 and result.counts == []
    assert 1 <= result.scores["modes"] <= 300 and result.scores["fid"] > 10


def test_every_data_set_has_a_rule(monkeypatch):
    known = {"ring": 2_500, "grid": 2_500, "digits": 10_000, "digits-8x8": 10_000, "mnist": 10_000,
             "stacked-digits": 25_600, "stacked-digits:digits-8x8": 25_600, "swiss-roll": 2_500,
             "fashion-mnist": 10_000, "folder:x": 10_000}  # fmt: skip
    assert {name: scores.rule_for(name).samples for name in known} == known
    assert scores.rule_for("npz:x.npz", "pictures").samples == 10_000
    assert (
        scores.rule_for("ring").judge is scores.judge_points and scores.rule_for("mnist").judge is scores.judge_digits
    )
    for name in ("swiss-roll", "fashion-mnist", "folder:x"):
        assert scores.rule_for(name).judge is scores.judge_others
    with pytest.raises(ValueError, match="did you mean ring"):
        scores.rule_for("rin")


@pytest.mark.parametrize("n", [10, 999, 2_500, 10_000])
def test_a_class_needs_a_tenth_of_its_share(n, rng):
    """Of ten equal classes that is a hundredth of the images."""
    for least in {max(1, -(-n // 100)), max(1, -(-n // 100) - 1)}:
        probs = np.repeat(np.eye(10), [least] + [0] * 8 + [n - least], axis=0)
        seen = Seen(rng.standard_normal((n, 3)), probs)
        found, _ = scores.classes_found(seen, seen)
        assert found == (2 if least >= 0.01 * n else 1)


def test_classes_that_are_not_equal_are_held_against_their_real_shares(rng):
    real = Seen(rng.standard_normal((200, 3)), np.repeat(np.eye(3), [150, 45, 5], axis=0))
    ref = SimpleNamespace(labels=np.repeat([0, 1, 2], [150, 45, 5]), classes=("a", "b", "c"))
    shares = scores.real_shares(ref)
    np.testing.assert_allclose(shares, np.array([151, 46, 6]) / 203)
    coverage, others = scores.classes_found(real, real, shares)
    assert coverage == 3 and coverage.reverse_kl < 0.001 and others["fid"] == pytest.approx(0, abs=1e-8)
    assert scores.classes_found(real, real)[0].reverse_kl > 0.3
    ref = SimpleNamespace(labels=np.zeros(20, int), classes=("a", "b"))  # nothing of b was held out
    coverage, _ = scores.classes_found(Seen(real.features, np.eye(2)[np.ones(200, int)]), real, scores.real_shares(ref))
    assert np.isfinite(coverage.reverse_kl.value)


@pytest.fixture
def pictures_of(tmp_path, monkeypatch):
    """Function (labelled): the spec of a folder with 240 pictures of bars, in a subfolder for each kind or not; and
    feature networks that are trained quickly and kept in tmp_path."""
    from PIL import Image

    from minigan.metrics import network_files

    monkeypatch.setattr(network_files, "default_cache", lambda: tmp_path / "cache")
    train_for = network_files.train_for
    monkeypatch.setattr(network_files, "train_for", lambda dataset, progress: train_for(dataset, steps=30))

    def make(labelled):
        rng = np.random.default_rng(0)
        for i, image in enumerate(rng.integers(0, 60, (240, 8, 8)).astype(np.uint8)):
            kind = ("lying", "upright")[i % 2]
            image[(slice(3, 5), slice(None))[:: 1 - 2 * (i % 2)]] = 255
            path = tmp_path / "pictures" / (kind if labelled else "") / f"{i:03}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        return f"folder:{tmp_path / 'pictures'}"

    return make


@pytest.mark.parametrize("labelled", [True, False])
def test_a_folder(labelled, pictures_of, tmp_path, monkeypatch):
    from minigan.recipes import Settings

    settings = Settings(data=pictures_of(labelled), image_size=8, batch_size=8, steps=1)
    train(settings, out=tmp_path / "run", progress=False, say=lambda text: None)
    monkeypatch.setattr(scores, "OTHER_IMAGES", scores.Rule(60, scores.judge_others))
    result = scores.score(tmp_path / "run")
    if labelled:
        assert list(result.scores) == ["modes", "high_quality", "reverse_kl", "kid", *LIKENESS] and result.of == 2
        assert sum(result.counts) == result.samples == 60
    else:
        assert list(result.scores) == ["kid", *LIKENESS] and result.of == 0 and result.counts == []
    scores.keep(tmp_path / "run", result)
    assert scores.kept(tmp_path / "run") == result


def test_points_without_known_modes(tmp_path):
    from minigan.recipes import Settings

    settings = Settings(data="swiss-roll", batch_size=8, steps=1)
    train(settings, out=tmp_path / "run", progress=False, say=lambda text: None)
    result = scores.score(tmp_path / "run")
    assert list(result.scores) == ["fid", "precision", "recall"] and result.samples == 2500
    assert result.in_words().startswith("FID ") and "precision" in result.in_words()


def test_scores_in_words():
    result = scores.Result("finished", {"modes": 7.0, "high_quality": 0.5, "reverse_kl": 0.25, "fid": 12.345}, of=8)
    assert result.in_words() == "7 of 8 modes, 50.0% of high quality, reverse KL 0.250, FID 12.3"
