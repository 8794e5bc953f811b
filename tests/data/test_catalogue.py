"""`load` finds each source, keeps the splits apart, and explains wrong wishes."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from minigan.data import DESCRIPTIONS, is_points, known_modes, load, register
from minigan.data.dataset import hash_arrays


def rng(seed=0):
    return np.random.default_rng(seed)


def test_digits_are_repeatable_and_hashed():
    one, two, test = load("digits-8x8"), load("digits-8x8"), load("digits-8x8", split="test")
    assert (one.name, one.split, len(one), len(test)) == ("digits-8x8", "train", 1437, 360)
    assert one.sha256 == two.sha256 == hash_arrays(one.x, one.labels) != test.sha256
    assert one.labels.dtype == np.int64 and one.is_images
    assert str(one.report) == "1,437 images: all kept"


def test_the_hash_of_the_digits_is_the_same_on_every_machine():
    assert load("digits").sha256 == "1e97d333b0a40dc7987e5dcf4e1e80be6e8d198b42925b58e2e320255c3b8f50"
    assert load("digits-8x8").sha256 == "d4ebbb673c57b345fc7ccf8fd6af3ff7faba86b25bc73133346a0b7e9c12bf69"


def test_channels():
    assert load("digits-8x8", channels=3).x.shape == (1437, 8, 8, 3)


def test_mnist_through_the_door(tmp_path, monkeypatch, write_mnist):
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    write_mnist(tmp_path / "fashion-mnist", "test")
    dataset = load("fashion-mnist", split="test", data_dir=tmp_path)
    assert dataset.x.shape == (5, 28, 28, 1) and dataset.labels.tolist() == [0, 1, 2, 3, 4]


def test_folder_and_npz_hold_out_every_tenth(tmp_path, noise):
    pixels = noise(20, 6, 4)
    for i, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{i:02}.png")
    np.savez(tmp_path / "a.npz", images=pixels, labels=np.arange(20))
    for spec in (f"folder:{tmp_path}", f"npz:{tmp_path / 'a.npz'}"):
        train, test, everything = (load(spec, split=split) for split in ("train", "test", "all"))
        np.testing.assert_array_equal(test.x[..., 0], pixels[[9, 19]])
        assert (len(train), len(everything)) == (18, 20)
        assert train.name == spec and str(train.report).startswith("20 images: all kept")
        assert spec.startswith("npz:") or str(train.report) == "20 images: all kept; 1 file is no picture: 1 .npz"
    assert test.labels.tolist() == [9, 19] and test.classes == train.classes == tuple(map(str, range(20)))
    assert train.report.notes == (
        "no samples in 2 of 20 classes of the train split (9, 19)",
        "fewer than 10 samples in 18 of 20 classes of the train split (0, 1, 2, 3, 4 and 13 more)",
    )


def test_folder_options_reach_the_folder(tmp_path, noise, one_line_error):
    Image.fromarray(noise(6, 4)).save(tmp_path / "a.png")
    Image.fromarray(noise(8, 4, 3)).save(tmp_path / "b.png")
    spec = f"folder:{tmp_path}"
    assert load(spec).x.shape == (2, 4, 4, 3) and load(spec).names == ("a.png", "b.png")
    padded = load(spec, fit="pad", channels=1, size=(8, 12), background="white")
    assert padded.x.shape == (2, 8, 12, 1) and (padded.x[:, :, :2] == 255).all()
    with one_line_error("background", "#rrggbb", "'pink'"):
        load(spec, background="pink")
    with one_line_error("background is for folder:PATH", "--background"):
        load("digits-8x8", background="white")


@pytest.mark.parametrize("name", ["ring", "grid", "swiss-roll", "dirac"])
def test_points(name):
    train = load(name, rng=rng())
    assert train.x.shape == (50_000, 2) and train.x.dtype == np.float32
    assert not train.is_images
    assert str(train.report) == "50,000 points: all kept"
    assert load(name, rng=rng()).sha256 == train.sha256 != load(name, rng=rng(1)).sha256
    assert len(load(name, rng=rng(), n=7)) == 7


def test_points_of_the_splits_are_independent_draws_from_one_seed():
    train, test, everything = (load("ring", split=split, rng=rng(), n=500) for split in ("train", "test", "all"))
    assert not set(train.x[:, 0].tolist()) & set(test.x[:, 0].tolist())
    np.testing.assert_array_equal(everything.x, np.concatenate([train.x, test.x]))
    assert len(load("ring", split="test", rng=rng())) == 10_000


def test_unknown_names(tmp_path, one_line_error):
    with one_line_error("digits, digits-8x8, mnist, fashion-mnist, emnist-letters, ", "'zebra'") as caught:
        load("zebra")
    assert "did you mean" not in caught.message
    near = {"MNIST": "mnist", "digit": "digits", "fashion_mnist": "fashion-mnist", "swissroll": "swiss-roll"}
    near |= {str(tmp_path): f"folder:{tmp_path}", "faces.npz": "npz:faces.npz", "foldr:x": "folder:PATH"}
    for wrong, right in near.items():
        with one_line_error(f"got '{wrong}'", f"did you mean {right}?"):
            load(wrong)
    for bare in ("folder", "npz", "folder:", "npz:"):
        with one_line_error("expected a path after", repr(bare)):
            load(bare)
    for odd in (None, 3, "", "folder:PATH/none", "ring:8"):
        with one_line_error("expected"):
            load(odd)


def test_wrong_wishes(one_line_error):
    with one_line_error("train, test, all", "'tests'"):
        load("digits-8x8", split="tests")
    with one_line_error("Generator", "NoneType"):
        load("ring")
    with one_line_error("n is the number of 2-D points or stacked digits"):
        load("digits-8x8", n=5)
    with one_line_error("fit is for folder:PATH"):
        load("digits-8x8", fit="pad")
    with one_line_error("channels are 1 or 3"):
        load("digits-8x8", channels=2)
    with one_line_error("channels are 1 or 3, of images"):
        load("ring", rng=rng(), channels=1)
    with one_line_error("n must be a whole number of at least 1"):
        load("ring", rng=rng(), n=0)


def test_every_name_is_described():
    assert {"digits", "folder:PATH", "ring"} <= DESCRIPTIONS.keys()
    assert all(text and "\n" not in text for text in DESCRIPTIONS.values())


def test_import_is_light():
    heavy = "('PIL', 'pooch', 'requests', 'tqdm')"
    code = f"import sys, minigan.data; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_classes_of_the_built_in_sets(tmp_path, monkeypatch, write_mnist):
    monkeypatch.setenv("MINIGAN_MIRROR", "off")
    write_mnist(tmp_path / "fashion-mnist", "test")
    clothes = load("fashion-mnist", split="test", data_dir=tmp_path)
    assert [clothes.classes[k] for k in clothes.labels] == ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
    assert load("digits-8x8").classes == tuple("0123456789")
    stacked = load("stacked-digits:digits-8x8", rng=rng(), n=20)
    assert len(stacked.classes) == 1000 and stacked.classes[7] == "007" and stacked.report.notes == ()
    assert load("swiss-roll", rng=rng(), n=9).classes is None and load("swiss-roll", rng=rng(), n=9).labels is None


@pytest.mark.parametrize("name, modes", [("ring", 8), ("grid", 25), ("dirac", 1)])
@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_points_know_their_modes_and_their_hash_is_that_of_the_points(name, modes, split):
    dataset = load(name, split=split, rng=rng(), n=500)
    centres, sigma = known_modes(name)
    assert dataset.classes == tuple(map(str, range(modes))) and set(dataset.labels) == set(range(modes))
    assert np.linalg.norm(dataset.x - centres[dataset.labels], axis=1).max() < 6 * sigma
    assert dataset.sha256 == hash_arrays(dataset.x, None)


def test_the_points_are_those_of_before_labels():
    hashes = {name: load(name, rng=rng(3), n=900).sha256[:16] for name in ("ring", "grid", "swiss-roll")}
    assert hashes == {"ring": "68be81b6a3dec9bf", "grid": "d56eb033ced44c99", "swiss-roll": "dbe62bc7947b2f76"}


def test_labels_of_folders_and_npz_survive_the_hold_out(tmp_path, noise):
    pixels, labels = noise(40, 6, 4), np.arange(40) % 3
    for i, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        (tmp_path / f"k{label}").mkdir(exist_ok=True)
        Image.fromarray(picture).save(tmp_path / f"k{label}" / f"{i:02}.png")
    np.savez(tmp_path / "a.npz", images=pixels, labels=labels)
    known = {picture.tobytes(): label for picture, label in zip(pixels, labels, strict=True)}
    for spec, classes in ((f"folder:{tmp_path}", ("k0", "k1", "k2")), (f"npz:{tmp_path / 'a.npz'}", ("0", "1", "2"))):
        for split, count in (("train", 36), ("test", 4), ("all", 40)):
            dataset = load(spec, split=split)
            assert len(dataset) == count and dataset.classes == classes
            assert dataset.labels.tolist() == [known[image[..., 0].tobytes()] for image in dataset.x]
            alone = hash_arrays(dataset.x, None)
            assert dataset.sha256 == (alone if spec[0] == "f" else hash_arrays(dataset.x, dataset.labels))


@pytest.fixture
def mine(monkeypatch):
    """Function (read, **options): register it as "mine", for the time of this test."""
    from minigan.data import catalogue

    monkeypatch.setattr(catalogue, "SOURCES", dict(catalogue.SOURCES))
    before = dict(DESCRIPTIONS)
    yield lambda read, **options: register("mine", read, "a set of my own", **options)
    DESCRIPTIONS.clear()
    DESCRIPTIONS.update(before)


def test_a_registered_set_is_as_good_as_a_built_in_one(mine, noise, one_line_error):
    asked = []

    def read(split, rng, n):
        asked.append((split, n, rng.integers(2**60)))
        images = noise(30, 6, 4) / 255
        images[3] = images[2]
        return images, np.arange(30) % 2

    mine(read, classes=["cat", "dog"])
    dataset, test = load("mine", rng=rng(), n=5), load("mine", rng=rng(), split="test", channels=3)
    assert dataset.x.shape == (29, 6, 4, 1) and dataset.x.dtype == np.uint8 and dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [k % 2 for k in range(30) if k != 3] and test.x.shape[3] == 3
    assert str(dataset.report) == "30 images: 29 kept, 1 duplicate dropped"
    assert [one[:2] for one in asked] == [("train", 5), ("test", None)] and asked[0][2] != asked[1][2]
    assert dataset.sha256 == hash_arrays(dataset.x, dataset.labels)
    assert DESCRIPTIONS["mine"] == "a set of my own" and not is_points("mine") and is_points("ring")
    with one_line_error("ring, grid, swiss-roll, mine", "did you mean mine?"):
        load("mein")
    with one_line_error("Generator"):
        load("mine")
    mine(lambda split, rng, n: (rng.standard_normal((n or 50, 2)), None), points=True)
    points = load("mine", rng=rng(), n=7)
    assert points.x.shape == (7, 2) and points.x.dtype == np.float32 and is_points("mine") and points.labels is None


def test_wrong_arrays_of_a_registered_set(mine, noise, one_line_error):
    images, labels = noise(20, 6, 4), np.arange(20) % 2
    for came, words in [
        (images, ["expected read to return (x, labels)", "ndarray"]),
        ((images, labels, 3), ["(x, labels)", "tuple"]),
        ((None, labels), ["(N, H, W, C)", "found ()"]),
        (([images[0], images[0, :3]], None), ["expected arrays from read", "one size"]),
        ((2 * images.astype(int), None), ["[0, 1], [-1, 1] or 0..255", "int64"]),
        ((images - 200.0, None), ["[0, 1]", "float64 from -200", "images - images.min()"]),
        ((images.astype(str), None), ["expected numbers", "<U"]),
        ((images[0], None), ["(N, H, W, C)", "(6, 4)"]),
        ((images, labels[:9]), ["labels", "(20,)", "(9,)"]),
        ((images, labels / 2), ["integer labels", "float64"]),
        ((images, labels - 1), ["0..9,999", "-1 to 0", "return_inverse"]),
        ((images, labels + 9_999), ["0..9,999", "to 10,000"]),
        ((images, list("ab") * 10), ["integer labels", "<U1"]),
        ((np.full((4, 2, 2, 1), np.nan), None), ["mine", "non-finite"]),
    ]:
        mine(lambda split, rng, n, came=came: came)
        with one_line_error("mine: ", *words):
            load("mine", rng=rng())
    mine(lambda split, rng, n: (images, labels + 1), classes=["one", "two"])
    with one_line_error("expected labels 0..1, as there are names of classes, found 2"):
        load("mine", rng=rng())
    flat = rng().standard_normal((9, 2))
    for x, words in [
        (flat[:, :1], ["float points (N, 2)", "(9, 1)"]),
        (flat.astype(int), ["int64"]),
        (np.where(flat > 1, np.inf, flat), ["finite points", "with NaN or infinity"]),
        (flat[:0], ["(0, 2)"]),
    ]:
        mine(lambda split, rng, n, x=x: (x, None), points=True)
        with one_line_error("mine: ", *words):
            load("mine", rng=rng())
    with one_line_error("channels are 1 or 3, of images"):
        load("mine", rng=rng(), channels=3)


def test_what_cannot_be_registered(one_line_error):
    for name in ("digits", "folder", "stacked-digits"):
        with one_line_error(f"{name!r} comes with minigan"):
            register(name, lambda split, rng, n: None, "x")
    for name in ("", "a b", "a:b", 3, " a"):
        with one_line_error("without ':' and spaces", repr(name)):
            register(name, lambda split, rng, n: None, "x")
    with one_line_error("expected a function (split, rng, n)", "list"):
        register("mine", [1], "x")
    for text in ("", "a\nb", None):
        with one_line_error("a description of one line"):
            register("mine", lambda split, rng, n: None, text)
    assert "mine" not in DESCRIPTIONS
