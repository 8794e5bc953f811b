"""`load` finds each source, keeps the splits apart, and explains wrong wishes."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from minigan.data import DESCRIPTIONS, NAMES, load
from minigan.data.dataset import hash_arrays


def rng(seed=0):
    return np.random.default_rng(seed)


def test_digits_are_repeatable_and_hashed():
    one, two, test = load("digits"), load("digits"), load("digits", split="test")
    assert (one.name, one.split, len(one), len(test)) == ("digits", "train", 1437, 360)
    assert one.sha256 == two.sha256 == hash_arrays(one.x, one.labels) != test.sha256
    assert one.labels.dtype == np.int64 and one.is_images
    assert str(one.report) == "1,437 images: all kept"


def test_the_hash_of_the_digits_is_the_same_on_every_machine():
    assert load("digits").sha256 == "d4ebbb673c57b345fc7ccf8fd6af3ff7faba86b25bc73133346a0b7e9c12bf69"


def test_channels():
    assert load("digits", channels=3).x.shape == (1437, 8, 8, 3)


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
        assert train.name == spec and str(train.report) == "20 images: all kept"
    assert test.labels.tolist() == [9, 19]


def test_folder_options_reach_the_folder(tmp_path, noise, one_line_error):
    Image.fromarray(noise(6, 4)).save(tmp_path / "a.png")
    Image.fromarray(noise(8, 4, 3)).save(tmp_path / "b.png")
    with one_line_error("--fit"):
        load(f"folder:{tmp_path}")
    with one_line_error("--channels"):
        load(f"folder:{tmp_path}", fit="pad")
    assert load(f"folder:{tmp_path}", fit="pad", channels=3).x.shape == (2, 8, 8, 3)


@pytest.mark.parametrize("name", ["ring", "grid", "swiss-roll"])
def test_points(name):
    train = load(name, rng=rng())
    assert train.x.shape == (50_000, 2) and train.x.dtype == np.float32
    assert not train.is_images and train.labels is None
    assert str(train.report) == "50,000 points: all kept"
    assert load(name, rng=rng()).sha256 == train.sha256 != load(name, rng=rng(1)).sha256
    assert len(load(name, rng=rng(), n=7)) == 7


def test_points_of_the_splits_are_independent_draws_from_one_seed():
    train, test, everything = (load("ring", split=split, rng=rng(), n=500) for split in ("train", "test", "all"))
    assert not set(train.x[:, 0].tolist()) & set(test.x[:, 0].tolist())
    np.testing.assert_array_equal(everything.x, np.concatenate([train.x, test.x]))
    assert len(load("ring", split="test", rng=rng())) == 10_000


def test_unknown_names(tmp_path, one_line_error):
    with one_line_error("digits, mnist, fashion-mnist, stacked-digits", "'zebra'") as caught:
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
        load("digits", split="tests")
    with one_line_error("Generator", "NoneType"):
        load("ring")
    with one_line_error("n is the number of 2-D points or stacked digits"):
        load("digits", n=5)
    with one_line_error("fit is for folder:PATH"):
        load("digits", fit="pad")
    with one_line_error("channels are 1 or 3"):
        load("digits", channels=2)
    with one_line_error("channels are 1 or 3, of images"):
        load("ring", rng=rng(), channels=1)
    with one_line_error("expected n"):
        load("ring", rng=rng(), n=0)


def test_every_name_is_described():
    assert tuple(DESCRIPTIONS) == NAMES
    assert all(text and "\n" not in text for text in DESCRIPTIONS.values())


def test_import_is_light():
    heavy = "('PIL', 'pooch', 'requests', 'tqdm')"
    code = f"import sys, minigan.data; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
