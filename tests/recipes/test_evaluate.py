"""Evaluations of a run, of pictures and of features: what comes out, what is written, what is refused."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from minigan import data
from minigan.metrics import LeNet, fid
from minigan.metrics.network_files import BUNDLED
from minigan.recipes import Settings, eye, real_side, scoring, train
from minigan.recipes.evaluate import evaluate, evaluate_run, write_and_print
from minigan.recipes.features import read_features
from minigan.recipes.real_side import labels_for
from minigan.recipes.reference import reference
from minigan.recipes.sampling import load_generator, sample
from minigan.recipes.setup import noise_of
from minigan.report.folder import save_samples

SMALL = dict(batch_size=8, sample_every=1000)
EIGHT = dict(SMALL, data="digits-8x8", preset="quick", image_size=16)


def quiet(run=None, **options):
    return evaluate(run, progress=False, say=lambda text: None, **options)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs on digits, of two steps each, one at the network's size and one at half of it; and one on points."""
    folder = tmp_path_factory.mktemp("runs")
    for name, settings in (("a", Settings(**EIGHT, steps=2)), ("b", Settings(**EIGHT | {"image_size": 8}, steps=2)),
                           ("ring", Settings(**SMALL, steps=2, data="ring"))):  # fmt: skip
        train(settings, out=folder / name, progress=False, say=lambda text: None)
    return folder


def test_a_run(runs, tmp_path):
    (result,) = quiet(runs / "a", n=200)
    assert result.n == 200 and result.n_real == 360 and result.accuracy > 0.96
    assert result.network == BUNDLED["digits-8x8"]
    assert result.scores.values["fid"].network == BUNDLED["digits-8x8"] and result.scores.values["fid"].interval
    assert result.scores.floor["fid"] < result.scores.matched["fid"]
    assert 0 <= result.clear[0] < 1 and result.clear[1] > 0.95
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
    assert (
        "fid" not in result.scores.values
        and "no FID: features of width 12 need 13 samples on both sides, and there are 60 real and 12 generated"
        in result.notes[1]
    )


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
        (dict(run=runs / "a", split="train"), "--split goes with --reference"),
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


@pytest.fixture
def brief(monkeypatch):
    """Fewer replicates and halvings, which take most of the time."""
    monkeypatch.setattr(scoring, "REPLICATES", 8)
    for module in (scoring, real_side):
        monkeypatch.setattr(module, "halvings", lambda n: 2)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders of 90 and 100 pictures of digits, none in both, and one of colour."""
    place = tmp_path_factory.mktemp("folders")
    held_out = data.load("digits-8x8", split="test").x
    for name, images in (("a", held_out[:90]), ("b", held_out[90:190]), ("colour", np.repeat(held_out[:100], 3, 3))):
        (place / name).mkdir()
        for i, image in enumerate(images):
            Image.fromarray(image.squeeze()).save(place / name / f"{i}.png")
    return place


def both(folders, images, real, **options):
    return quiet(images=f"folder:{folders / images}", reference_name=f"folder:{folders / real}", **options)[0]


def test_all_pictures_of_two_folders(brief, folders, tmp_path):
    """As pytorch-fid has it: every picture of both sides, and one network that has learnt from neither."""
    one, other = both(folders, "a", "b"), both(folders, "b", "a")
    assert (one.n, one.n_real) == (90, 100) and (other.n, other.n_real) == (100, 90)
    assert (
        one.network == BUNDLED["digits"] and "that of digits (9a9d51" in one.eye and "32x32 pixels in grey" in one.eye
    )
    assert one.scores.values["fid"].value == pytest.approx(other.scores.values["fid"].value, rel=1e-9)
    net = reference("digits").network
    seen = [net.look(data.prepare_images(data.load(f"folder:{folders / name}", split="all").x, 32, 1)).features
            for name in "ab"]  # fmt: skip
    assert one.scores.values["fid"].value == pytest.approx(fid(seen[1], seen[0]).value)  # of all 90 and all 100
    assert "all 100 pictures" in one.notes[0] and "copying" not in one.scores.values
    assert both(folders, "a", "a").scores.values["fid"].value == pytest.approx(0, abs=1e-6)
    write_and_print([one], tmp_path, as_json=False, out=lambda text: None)
    assert (tmp_path / "neighbours.png").exists()


def test_whose_network_looks(brief, folders):
    eight = both(folders, "a", "b", network="digits-8x8")
    assert eight.network == BUNDLED["digits-8x8"] and "that of digits-8x8 (ead273" in eight.eye
    named = quiet(images=f"folder:{folders / 'a'}", reference_name="digits-8x8", network="digits")[0]
    assert named.network == BUNDLED["digits"] and named.n_real == 360 and named.accuracy > 0.5
    with pytest.raises(ValueError, match="different feature networks"):
        eight.scores.values["fid"] - named.scores.values["fid"]
    in_colour = both(folders, "colour", "b")
    assert any("images in colour are held against real ones in grey" in note for note in in_colour.notes)


def test_the_own_network_of_a_folder_learns_from_all_of_it(brief, folders, monkeypatch):
    asked = []

    def untrained(dataset, **options):
        asked.append(dataset)
        return LeNet(16, dataset.x.shape[3], 4)

    monkeypatch.setattr(eye, "feature_network", untrained)
    result = both(folders, "a", "b", network="own")
    assert len(asked[0]) == 100 and "has learnt from folder:" in result.notes[1]
    assert "inception_score" not in result.scores.values  # it knows quarters of a turn, no classes
    both(folders, "colour", "colour")  # colours count, and the network of the digits does not see them
    assert asked[1].x.shape == (100, 8, 8, 3)
    both(folders, "colour", "colour", network="digits-8x8")
    assert asked[2].name == "digits-8x8"


def test_mean_and_covariance_in_a_file(brief, folders, runs, tmp_path):
    file = tmp_path / "b.npz"
    assert quiet(reference_name=f"folder:{folders / 'b'}", save_stats=file) == []
    with np.load(file) as saved:
        assert saved["mu"].shape == (84,) and saved["sigma"].shape == (84, 84) and saved["samples"] == 100
    (result,) = quiet(images=f"folder:{folders / 'a'}", reference_name=f"stats:{file}")
    whole = both(folders, "a", "b")
    assert list(result.scores.values) == ["fid"] and result.n_real == 100 and result.network == BUNDLED["digits"]
    assert result.scores.values["fid"].value == pytest.approx(whole.scores.values["fid"].value, rel=1e-9)
    assert "give a FID and no other score" in result.notes[-1]
    said = []
    write_and_print([result], tmp_path / "out", as_json=False, out=said.append)
    assert "against mean and covariance of 100 real ones" in said[0] and "real vs real" not in said[0]
    assert json.loads((tmp_path / "out/scores.json").read_text())["scores"].keys() == {"fid"}
    (of_run,) = quiet(runs / "a", n=100, reference_name=f"stats:{file}")
    assert of_run.n == 100 and of_run.scores.values["fid"] > result.scores.values["fid"]
    plain = tmp_path / "plain.npz"
    with np.load(file) as saved:
        np.savez(plain, mu=saved["mu"], sigma=saved["sigma"])  # as pytorch-fid writes it
    (unsaid,) = quiet(images=f"folder:{folders / 'a'}", reference_name=f"stats:{plain}")
    assert unsaid.scores.values["fid"].value == result.scores.values["fid"].value
    assert "does not say which network made it; that of digits is taken" in unsaid.notes[0]


def test_mean_and_covariance_of_features_of_ones_own(brief, tmp_path, rng):
    real, fake = rng.standard_normal((300, 12)), rng.standard_normal((50, 12)) + 1
    np.savez(tmp_path / "f.npz", features=fake)
    np.savez(tmp_path / "s.npz", mu=real.mean(axis=0), sigma=np.cov(real, rowvar=False))
    (result,) = quiet(features_real=f"stats:{tmp_path / 's.npz'}", features_fake=tmp_path / "f.npz")
    assert result.scores.values["fid"].value == pytest.approx(fid(real, fake).value) and result.n_real is None
    with pytest.raises(ValueError, match="found mean and covariance; fix: --features-real stats:"):
        quiet(features_real=tmp_path / "s.npz", features_fake=tmp_path / "f.npz")


def test_files_of_mean_and_covariance_that_do_not_fit(brief, folders, tmp_path):
    for name, width, more, match in [
        ("wide", 100, {}, "84 features of a minigan network, found 100; fix: for features of your own"),
        ("other", 84, {"network": np.zeros(32, np.uint8)}, "made by the network 000000000000, which does not come"),
    ]:
        np.savez(tmp_path / f"{name}.npz", mu=np.zeros(width), sigma=np.eye(width), **more)
        with pytest.raises(ValueError, match=match):
            quiet(images=f"folder:{folders / 'a'}", reference_name=f"stats:{tmp_path / name}.npz")
    file = tmp_path / "b.npz"
    quiet(reference_name=f"folder:{folders / 'b'}", save_stats=file)
    for options, match in [
        (dict(network="digits-8x8"), "and that of digits-8x8 is ead273b3b348: features of different units"),
        (dict(network="own"), "own has no pictures to learn from"),
        (dict(fake_splits=2), "--fake-splits is of the Inception Score"),
        (dict(split="train"), "are for pictures"),
        (dict(save_stats=tmp_path / "again.npz"), "holds their mean and covariance already"),
    ]:
        with pytest.raises(ValueError, match=match):
            quiet(images=f"folder:{folders / 'a'}", reference_name=f"stats:{file}", **options)


def test_too_few_says_how_many_are_needed(brief, folders, runs, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for i in range(12):
        (few / f"{i}.png").write_bytes((folders / f"a/{i}.png").read_bytes())
    (few / "0.png").unlink(), (few / "1.png").unlink(), (few / "2.png").unlink()
    for options, match in [
        (dict(images=f"folder:{few}", reference_name="digits-8x8"), "at least 10 generated samples, got 9; fix: more"),
        (dict(images=f"folder:{folders / 'a'}", reference_name=f"folder:{few}"), "at least 20 real samples, got 9"),
        (dict(images=f"folder:{folders / 'a'}", reference_name=f"folder:{folders / 'b'}", split="train"),
         "at least 20 held-out real samples, got 10; fix: at least 200 pictures"),
        (dict(reference_name=f"folder:{few}", save_stats=tmp_path / "x.npz"), "at least 20 real samples, got 9"),
        (dict(run=runs / "a", n=9), "at least 10 generated samples, got 9; fix: more, with -n"),
        (dict(run=runs / "a", n=90, fake_splits=10), "10 needs at least 100 generated images, 10 in each, got 90"),
        (dict(run=runs / "a", n=90, fake_splits=0), "--fake-splits must be at least 1"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=match):
            quiet(**options)


def test_splits_of_the_inception_score(brief, runs):
    (ten,), (two,), (few,) = (quiet(runs / "a", n=n, **s) for n, s in ((120, {}), (120, {"fake_splits": 2}), (45, {})))
    splits = [result.scores.values["inception_score"].splits for result in (ten, two, few)]
    assert splits == [10, 2, 4]  # of 45 images, four splits have ten or more
    assert two.as_dict()["scores"]["inception_score"]["parts"] == {"splits": 2}
    assert two.scores.values["inception_score"].spread > 0


def test_data_that_the_name_no_longer_means(brief, runs, tmp_path):
    """A run of earlier versions on "digits" was trained on what is digits-8x8 now; others are refused."""
    shutil.copytree(runs / "a", tmp_path / "old")
    config = json.loads((tmp_path / "old/config.json").read_text())
    config["settings"]["data"] = "digits"
    (tmp_path / "old/config.json").write_text(json.dumps(config))
    said = []
    (old,) = evaluate(tmp_path / "old", n=100, progress=False, say=said.append)
    (now,) = quiet(runs / "a", n=100)
    assert "called digits then and are digits-8x8 now" in said[0] and old.reference == "digits-8x8"
    assert old.scores.values["fid"] == now.scores.values["fid"]
    config["data"]["sha256"] = "0" * 64
    (tmp_path / "old/config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match=r"other data than digits is now \(SHA-256 000000000000 then, .*--reference"):
        quiet(tmp_path / "old", n=100)
    said = []
    (named,) = evaluate(tmp_path / "old", n=100, reference_name="digits-8x8", progress=False, say=said.append)
    assert named.scores.values["fid"].value == now.scores.values["fid"].value and "held against digits-8x8" in said[-1]
    with pytest.raises(ValueError, match="does not draw points, which ring holds"):
        quiet(tmp_path / "old", n=100, reference_name="ring")
