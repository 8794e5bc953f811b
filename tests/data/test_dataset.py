"""The hash that names a data set, and the hold-out of sets that bring none."""

import numpy as np
import pytest

from minigan.data.cleaning import CleaningReport
from minigan.data.dataset import hash_arrays, hold_out, make_dataset, subset, with_class_notes


def test_hash_sees_shape_dtype_and_bytes():
    x = np.arange(16, dtype=np.uint8)
    assert hash_arrays(x) == hash_arrays(x.copy())
    different = {
        hash_arrays(x),
        hash_arrays(x.reshape(4, 4)),
        hash_arrays(x.reshape(2, 8)),
        hash_arrays(x[::-1]),
    }
    different |= {hash_arrays(x.view(np.int8)), hash_arrays(x, None), hash_arrays(x, x)}
    assert len(different) == 7


def test_hash_does_not_depend_on_memory_layout_or_byte_order():
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert hash_arrays(np.asfortranarray(x)) == hash_arrays(x)
    assert hash_arrays(x.astype(">f4")) == hash_arrays(x.astype("<f4"))


def test_dataset_knows_its_kind_and_is_frozen():
    report = CleaningReport(2, 2)
    images = make_dataset("a", "train", np.zeros((2, 3, 3, 1), np.uint8), np.array([1, 2], np.uint8), report)
    points = make_dataset("b", "train", np.zeros((2, 2), np.float32), None, report)
    assert images.is_images and not points.is_images
    assert len(images) == 2 and images.labels.dtype == np.int64
    assert len(images.sha256) == 64
    with pytest.raises(AttributeError):
        images.x = None


def test_a_subset_is_of_different_samples_with_their_own_labels(rng):
    x = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1)
    whole = make_dataset("a", "train", x, np.arange(40), CleaningReport(40, 40))
    some = subset(whole, 7, rng)
    assert len(set(some.labels)) == len(some) == 7 and np.array_equal(some.x[:, 0, 0, 0], some.labels)
    assert some.split == "7 of train" and some.sha256 != whole.sha256
    assert not np.array_equal(subset(whole, 7, rng).labels, some.labels)
    assert subset(make_dataset("b", "all", x, None, whole.report), 40, rng).labels is None
    for size in (0, 41):
        with pytest.raises(
            ValueError, match=f"expected a subset of 1 to 40 samples, as many as a .train. has, got {size}"
        ):
            subset(whole, size, rng)


def test_hold_out_parts_are_disjoint_and_complete():
    images = np.arange(25, dtype=np.uint8).reshape(25, 1, 1, 1)
    labels = np.arange(25)
    train, train_labels = hold_out("x", images, labels, "train")
    test, test_labels = hold_out("x", images, labels, "test")
    assert test_labels.tolist() == [9, 19]
    assert sorted([*train_labels, *test_labels]) == list(range(25))
    assert (train[:, 0, 0, 0] == train_labels).all() and (test[:, 0, 0, 0] == test_labels).all()
    assert hold_out("x", images, None, "all")[0] is images


def test_hold_out_refuses_an_empty_test_part(one_line_error):
    with one_line_error("x:", "only 9", "--split train"):
        hold_out("x", np.zeros((9, 1, 1, 1), np.uint8), None, "test")
    with one_line_error("train, test, all", "'tset'"):
        hold_out("x", np.zeros((9, 1, 1, 1), np.uint8), None, "tset")


def test_classes_have_names_and_parts_keep_them(rng):
    x = np.arange(30, dtype=np.uint8).reshape(30, 1, 1, 1)
    whole = make_dataset("a", "train", x, np.arange(30) % 3, CleaningReport(30, 30), ("cat", "dog", "fox"))
    some = subset(whole, 5, rng)
    assert some.classes == ("cat", "dog", "fox") and np.array_equal(some.labels, some.x[:, 0, 0, 0] % 3)
    assert make_dataset("a", "train", x, np.arange(30) % 3 + 1, None).classes == ("0", "1", "2", "3")
    assert make_dataset("a", "train", x, None, None, ("cat",)).classes is None


def test_a_hash_of_x_alone_stays_so_in_a_part(rng):
    x, report = np.arange(30, dtype=np.uint8).reshape(30, 1, 1, 1), CleaningReport(30, 30)
    with_labels = make_dataset("a", "train", x, np.arange(30), report, hash_labels=False)
    without = make_dataset("a", "train", x, None, report)
    assert with_labels.sha256 == without.sha256 != make_dataset("a", "train", x, np.arange(30), report).sha256
    chosen = np.array([1, 5, 6])
    assert with_labels.part(chosen, "three").sha256 == without.part(chosen, "three").sha256


def notes(labels, classes):
    report = CleaningReport(len(labels), len(labels))
    x = np.zeros((len(labels), 1, 1, 1), np.uint8)
    return with_class_notes(make_dataset("a", "train", x, np.array(labels), report, classes)).report


def test_the_report_names_empty_small_and_single_classes():
    assert notes([0] * 10 + [1] * 10, "ab").notes == ()
    assert str(notes([0] * 10 + [2] * 3, "abc")) == (
        "13 images: all kept; no samples in 1 of 3 classes of the train split (b); "
        "fewer than 10 samples in 1 of 3 classes of the train split (c)"
    )
    assert notes([0] * 20, "a").notes == ("one class only: labels tell nothing apart",)
