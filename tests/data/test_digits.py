"""The bundled digits are there, whole, and split as documented."""

import hashlib

import numpy as np
import pytest

from minigan.data.digits import DIGITS_SHA256, held_out, read_digits
from minigan.files import bundled_folder


def test_the_bundled_file_has_the_hash_of_code_and_card():
    content = (bundled_folder("datasets") / "digits.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == DIGITS_SHA256
    assert DIGITS_SHA256 in (bundled_folder("datasets") / "digits.md").read_text(encoding="utf-8")
    assert len(content) < 50_000


def test_all_digits():
    images, labels = read_digits("all")
    assert images.shape == (1797, 8, 8, 1) and images.dtype == np.uint8
    assert labels[:10].tolist() == list(range(10))
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    levels = np.arange(17)
    assert np.unique(images).tolist() == ((255 * levels + 8) // 16).tolist()
    # The first digit of the file is a 0: ink around, none in the middle.
    assert images[0, 3:5, 3, 0].max() < 40 and images[0, 3:5, 2, 0].min() > 100


def test_splits_are_disjoint_complete_and_stratified():
    (all_images, all_labels), (train, train_labels), (test, test_labels) = map(read_digits, ("all", "train", "test"))
    assert (len(train), len(test)) == (1437, 360)
    mask = held_out(all_labels)
    np.testing.assert_array_equal(all_images[mask], test)
    np.testing.assert_array_equal(all_images[~mask], train)
    counts = np.bincount(test_labels)
    assert counts.min() >= 35 and counts.max() <= 37
    assert np.bincount(train_labels).sum() == 1437
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
        read_digits("validation")
