"""The bundled digits are there, whole, and split as documented."""

import hashlib

import numpy as np
import pytest

from minigan.data.digits import DIGITS_SHA256, held_out, read_digits
from minigan.files import bundled_folder


@pytest.mark.parametrize("name, size", [("digits", 806_803), ("digits-8x8", 44_785)])
def test_a_bundled_file_has_the_hash_of_code_and_card(name, size):
    content = (bundled_folder("datasets") / f"{name}.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == DIGITS_SHA256[name]
    card = (bundled_folder("datasets") / f"{name}.md").read_text(encoding="utf-8")
    assert DIGITS_SHA256[name] in card and f"{size:,} bytes" in card and len(content) == size


def test_all_digits():
    images, labels = read_digits("digits", "all")
    assert images.shape == (5000, 28, 28, 1) and images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [500] * 10
    # MNIST's digits lie in the middle of their image: a frame of 4 pixels is almost empty.
    frame = np.ones((28, 28), bool)
    frame[4:-4, 4:-4] = False
    assert images[:, frame].mean() < 3 < 60 < images[:, ~frame].mean() and images.max() == 255
    zero = images[labels == 0].mean(axis=0)[..., 0]  # ink around, little in the middle
    assert zero[12:16, 12:16].max() < 90 < 160 < zero[12:16, 6:9].max()


def test_all_small_digits():
    images, labels = read_digits("digits-8x8", "all")
    assert images.shape == (1797, 8, 8, 1) and images.dtype == np.uint8
    assert labels[:10].tolist() == list(range(10))
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    levels = np.arange(17)
    assert np.unique(images).tolist() == ((255 * levels + 8) // 16).tolist()
    # The first digit of the file is a 0: ink around, none in the middle.
    assert images[0, 3:5, 3, 0].max() < 40 and images[0, 3:5, 2, 0].min() > 100


@pytest.mark.parametrize("name, sizes, each", [("digits", (4000, 1000), (100, 100)),
                                               ("digits-8x8", (1437, 360), (35, 37))])  # fmt: skip
def test_splits_are_disjoint_complete_and_stratified(name, sizes, each):
    parts = [read_digits(name, split) for split in ("all", "train", "test")]
    (all_images, all_labels), (train, train_labels), (test, test_labels) = parts
    assert (len(train), len(test)) == sizes
    mask = held_out(all_labels)
    np.testing.assert_array_equal(all_images[mask], test)
    np.testing.assert_array_equal(all_images[~mask], train)
    counts = np.bincount(test_labels)
    assert (counts.min(), counts.max()) == each
    assert len(train_labels) == sizes[0] and len(all_labels) == sum(sizes)
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}


@pytest.mark.parametrize("position", [0, 1000, -1])
def test_a_damaged_file_is_refused(tmp_path, one_line_error, position):
    content = bytearray((bundled_folder("datasets") / "digits.npz").read_bytes())
    content[position] ^= 1
    (tmp_path / "digits.npz").write_bytes(content)
    with one_line_error("digits.npz", "SHA-256", "damaged", "fix:"):
        read_digits(folder=tmp_path)


def test_missing_file_and_unknown_split(tmp_path, one_line_error):
    with one_line_error("digits.npz", "cannot be read", "fix:"):
        read_digits(folder=tmp_path)
    with one_line_error("train, test, all", "'validation'"):
        read_digits(split="validation")
