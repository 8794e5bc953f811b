"""Evaluations of a run, of pictures and of features: what comes out, what is written, what is refused."""

import json

import numpy as np
import pytest
from PIL import Image

from minigan import data
from minigan.metrics.network_files import BUNDLED
from minigan.recipes import Settings, train
from minigan.recipes.evaluate import evaluate, evaluate_run, labels_for, read_features, write_and_print
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.setup import noise_of
from minigan.report.folder import save_samples

SMALL = dict(batch_size=8, sample_every=1000)


def quiet(run=None, **options):
    return evaluate(run, progress=False, say=lambda text: None, **options)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs on digits, of two steps each, one at the network's size and one at half of it; and one on points."""
    folder = tmp_path_factory.mktemp("runs")
    for name, settings in (("a", Settings(**SMALL, steps=2)), ("b", Settings(**SMALL, steps=2, image_size=8)),
                           ("ring", Settings(**SMALL, steps=2, data="ring"))):  # fmt: skip
        train(settings, out=folder / name, progress=False, say=lambda text: None)
    return folder


def test_a_run(runs, tmp_path):
    (result,) = quiet(runs / "a", n=200)
    assert result.n == 200 and result.n_real == 360 and result.accuracy > 0.96
    assert result.network == BUNDLED["digits-8x8"]
    assert result.scores.values["fid"].network == BUNDLED["digits-8x8"] and result.scores.values["fid"].interval
    assert result.scores.floor["fid"] < result.scores.matched["fid"]
    generated, real = result.classes
    assert np.isclose(generated.sum(), 1) and np.isclose(real.sum(), 1) and real.min() > 0.08
    said = []
    write_and_print([result], tmp_path / "out", as_json=True, out=said.append)
    printed = json.loads(said[0])
    assert printed == json.loads((tmp_path / "out/scores.json").read_text())
    assert printed["scores"]["fid"]["value"] == result.scores.values["fid"].value and printed["notes"] == []
    assert printed["scores"]["kid"].keys() >= {"value", "interval", "spread", "floor", "matched"}
    for name in ("classes", "neighbours"):
        with Image.open(tmp_path / f"out/{name}.png") as picture:
            assert min(picture.size) > 300
    said = []
    write_and_print([result], tmp_path / "out", as_json=False, out=said.append)
    assert "real vs real" in said[0] and "FID" in said[0] and BUNDLED["digits-8x8"][:12] in said[0]


def test_a_run_and_its_own_samples_in_a_file_score_alike(runs, tmp_path):
    """Whether a file of 8-bit pictures lay in between must not matter."""
    (result,) = quiet(runs / "a", n=100, seed=5)
    G, config = load_generator(runs / "a")
    save_samples(tmp_path / "s.npz", sample(G, noise_of(config["settings"]).sample(100, np.random.default_rng(5))))
    (from_file,) = quiet(images=f"npz:{tmp_path / 's.npz'}", reference_name="digits-8x8", seed=5)
    for name, score in result.scores.values.items():
        assert from_file.scores.values[name].value == pytest.approx(score.value, rel=1e-9), name


def test_real_pictures_in_a_folder(tmp_path):
    held_out = data.load("digits-8x8", split="test")
    for i, image in enumerate(held_out.x[:120]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{i}.png")
    (result,) = quiet(images=f"folder:{tmp_path}", reference_name="digits-8x8")
    assert result.notes == []
    np.savez(tmp_path / "a.npz", images=held_out.x[:120], labels=held_out.labels[:120] + 3)  # classes 10 to 12, too
    (other,) = quiet(images=f"npz:{tmp_path / 'a.npz'}", reference_name="digits-8x8")
    assert "label_accuracy" not in other.scores.values and "are not those of digits-8x8" in other.notes[0]
    assert result.n == 120 and result.scores.values["precision"] == 1  # they are among the real ones
    assert result.scores.matched["fid"] < 1.5 * result.scores.floor["fid"]


def test_pictures_of_many_sizes_in_a_folder(tmp_path):
    for i, image in enumerate(data.load("digits-8x8", split="test").x[:60]):
        enlarged = Image.fromarray(image[..., 0]).resize((8 + i % 5 * 20, 8 + i % 3 * 30))
        enlarged.save(tmp_path / f"{i}.{('png', 'webp', 'tiff')[i % 3]}")
    said = []
    (result,) = evaluate(images=f"folder:{tmp_path}", reference_name="digits-8x8", progress=False, say=said.append)
    assert result.n == 60 and "cropped to squares" in said[0]


def test_two_runs_are_compared_through_one_network(runs, tmp_path):
    one, two = quiet(runs / "a", against=runs / "b", n=120)
    assert one.network == two.network and one.scores.values["fid"] - two.scores.values["fid"] != 0
    said = []
    write_and_print([one, two], tmp_path, as_json=False, out=said.append)
    assert "A - B" in said[0]
    write_and_print([one, two], tmp_path, as_json=True, out=said.append)
    assert [run["subject"] for run in json.loads(said[-1])["runs"]] == [str(runs / "a"), str(runs / "b")]


def test_runs_of_different_data_refuse(runs):
    with pytest.raises(ValueError, match="of different data"):
        quiet(runs / "a", against=runs / "ring", n=100)


def test_points(runs, tmp_path):
    (result,) = quiet(runs / "ring", n=300)
    assert list(result.scores.values)[:3] == ["modes", "high_quality", "reverse_kl"]
    assert result.scores.floor["modes"] == 8 and result.network is None and result.classes is None
    write_and_print([result], tmp_path, as_json=False, out=lambda text: None)
    assert (tmp_path / "samples.png").exists()


def test_stacked_digits(tmp_path, monkeypatch):
    """Modes are counted, and the 1,000 of them are not listed one by one."""
    monkeypatch.setattr("minigan.data.catalogue.COUNT", 500)
    monkeypatch.setattr("minigan.recipes.reference.STACKED", 400)
    settings = Settings(**SMALL, steps=2, data="stacked-digits:digits-8x8")
    train(settings, out=tmp_path / "run", progress=False, say=lambda text: None)
    (result,) = quiet(tmp_path / "run", n=300)
    assert list(result.scores.values)[:3] == ["modes", "high_quality", "reverse_kl"]
    assert result.scores.values["modes"].interval and result.scores.values["modes"].network == result.network
    real, perfect = result.scores.floor["modes"], 1000 * (1 - np.exp(-result.scores.halves[1] / 1000))
    assert abs(real - perfect) < 20 and result.accuracy > 0.94 and result.classes is None
    said = []
    write_and_print([result], tmp_path, as_json=False, out=said.append)
    assert "modes found" in said[0] and (tmp_path / "neighbours.png").exists()


def test_features(tmp_path, rng):
    real, fake = rng.standard_normal((60, 12)), rng.standard_normal((50, 12)) + 1
    np.savez(tmp_path / "r.npz", features=real, more=np.zeros(3))
    np.savez(tmp_path / "f.npz", fake.astype(np.float32))
    (result,) = quiet(features_real=tmp_path / "r.npz", features_fake=tmp_path / "f.npz")
    assert result.scores.values["fid"] > result.scores.floor["fid"] and result.n == 50 and result.n_real == 60
    assert "copying" not in result.scores.values and "inception_score" not in result.scores.values
    assert "your own" in result.notes[0]
    write_and_print([result], tmp_path / "out", as_json=False, out=lambda text: None)
    np.savez(tmp_path / "few.npz", features=real[:12])
    (result,) = quiet(features_real=tmp_path / "r.npz", features_fake=tmp_path / "few.npz")
    assert "fid" not in result.scores.values and "no FID: features of width 12 need 13" in result.notes[1]


def test_features_refused(tmp_path, rng):
    np.savez(tmp_path / "r.npz", features=rng.standard_normal((60, 5)))
    for name, arrays, match in [
        ("two.npz", dict(a=np.zeros(3), b=np.zeros(3)), "expected the key 'features' or a single array"),
        ("flat.npz", dict(features=np.zeros(3)), r"expected features \(N, d\)"),
        ("wide.npz", dict(features=np.zeros((60, 6))), "must be of one width, got 5 and 6"),
        ("nan.npz", dict(features=np.full((60, 5), np.nan)), "60 of 60 rows with NaN"),
        ("objects.npz", dict(features=np.array([None])), "pickled objects"),
    ]:
        np.savez(tmp_path / name, **arrays)
        with pytest.raises(ValueError, match=match):
            quiet(features_real=tmp_path / "r.npz", features_fake=tmp_path / name)
    with pytest.raises(ValueError, match="expected an .npz file, found nothing"):
        read_features(tmp_path / "none.npz")


def test_what_goes_together(runs):
    for options, match in [
        (dict(), "expected one of RUN, --images, --features-real and --features-fake, got none"),
        (dict(run=runs / "a", images="folder:x"), "got RUN and --images"),
        (dict(images="folder:x"), "--images needs --reference"),
        (dict(features_real="x.npz"), "go together"),
        (dict(run=runs / "a", reference_name="mnist"), "--reference goes with --images"),
        (dict(images="folder:x", reference_name="digits-8x8", against="b"), "--against goes with RUN"),
        (dict(run=runs / "a", seed=-1), "--seed must be at least 0"),
        (dict(run=runs / "a", n=1), "at least 10 generated samples, got 1"),
        (dict(run=runs / "nothing"), "not the folder of a run"),
        (dict(run=runs / "a", against=runs / "nothing"), "not the folder of a run"),
        (dict(images="ring", reference_name="digits-8x8"), "got ring, which holds points"),
        (dict(images="npz:missing.npz", reference_name="digits-8x8"), "missing.npz"),
    ]:
        with pytest.raises(ValueError, match=match):
            quiet(**options)


def test_a_generator_of_nans_is_refused(runs, monkeypatch):
    from minigan.recipes import evaluate as module

    monkeypatch.setattr(module, "sample", lambda G, z, **options: np.full((len(z), 16, 16, 1), np.nan, np.float32))
    with pytest.raises(ValueError, match="draws NaNs"):
        evaluate_run(runs / "a", n=10, progress=False, say=lambda text: None)


def test_labels_of_pictures_count_as_what_was_asked_for(tmp_path):
    held_out = data.load("digits-8x8", split="test")
    np.savez(tmp_path / "right.npz", images=held_out.x, labels=held_out.labels)
    np.savez(tmp_path / "wrong.npz", images=held_out.x, labels=(held_out.labels + 1) % 10)
    (right,), (wrong,) = (
        quiet(images=f"npz:{tmp_path / name}.npz", reference_name="digits-8x8") for name in ("right", "wrong")
    )
    assert right.scores.values["label_accuracy"] == right.accuracy > 0.96
    assert wrong.scores.values["label_accuracy"] < 0.02 < 0.96 < wrong.scores.floor["label_accuracy"]
    for name in ("kid", "copying", "inception_score"):  # the numbers of the others are the same
        assert right.scores.values[name].interval == wrong.scores.values[name].interval
    said = []
    write_and_print([right], tmp_path / "out", as_json=False, out=said.append)
    assert "label accuracy" in said[0] and "0: " in said[0]


def test_labels_are_matched_by_name_or_by_number():
    class Images:
        labels = np.array([0, 1, 1])

    class Ref:
        labels, classes = np.zeros(3, int), ("cat", "dog", "fox")

    for classes, expected in ((("fox", "cat"), [2, 0, 0]), (("0", "1"), [0, 1, 1]), (("fox", "cow"), None),
                              (tuple("0123"), None)):  # fmt: skip
        Images.classes = classes
        found = labels_for(Images, Ref)
        assert expected is found if expected is None else found.tolist() == expected
    Ref.labels = None
    assert labels_for(Images, Ref) is None
