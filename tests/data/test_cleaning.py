"""Cleaning drops what it should, keeps the rest in order, and reports every one."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.data.cleaning import CleaningReport, clean


def test_nothing_to_drop_gives_back_the_same_arrays(noise):
    images, labels = noise(9, 4, 4, 1), np.arange(9)
    out, out_labels, report = clean(images, labels)
    assert out is images and out_labels is labels
    assert str(report) == "9 images: all kept"


def test_each_reason_is_counted_and_named(noise):
    images = noise(100, 4, 4, 1).astype(np.float32) / 255
    images[3] = 0.5
    images[10], images[99] = images[2], images[2]
    images[50, 1, 2] = np.nan
    images[51] = np.inf
    out, labels, report = clean(images, np.arange(100))
    assert labels.tolist() == [i for i in range(100) if i not in (3, 10, 50, 51, 99)]
    np.testing.assert_array_equal(out, images[labels])
    assert report.dropped == {"non-finite": 2, "constant": 1, "duplicate": 2}
    assert report.examples == {"non-finite": [50, 51], "constant": [3], "duplicate": [10, 99]}
    assert str(report) == "100 images: 95 kept, 2 non-finite, 1 constant, 2 duplicate dropped"


def test_names_and_earlier_losses_are_in_the_report(noise):
    images = noise(4, 2, 2, 3)
    images[1] = 9
    _, _, report = clean(images, names=list("abcd"), already={"unreadable": ["e (why)"], "other": []})
    assert report == CleaningReport(
        5, 3, {"unreadable": 1, "constant": 1}, {"unreadable": ["e (why)"], "constant": ["b"]}
    )


def test_large_numbers_are_grouped():
    assert str(CleaningReport(1437, 1437)) == "1,437 images: all kept"
    assert str(CleaningReport(50_000, 50_000, unit="points")) == "50,000 points: all kept"


def test_half_is_enough_and_less_is_not(noise, one_line_error):
    images = noise(4, 3, 3, 1)
    images[:2] = 7
    assert len(clean(images)[0]) == 2
    images[2] = 8
    with one_line_error("4 images: 1 kept", "first constant: 0"):
        clean(images)
    with one_line_error("first unreadable: a.png (why)"):
        clean(images[3:], already={"unreadable": ["a.png (why)", "b.png (why)"]})


def test_wrong_input_is_refused(noise, one_line_error):
    with one_line_error("(N, H, W, C)", "(4, 3, 3)"):
        clean(noise(4, 3, 3))
    with one_line_error("int64"):
        clean(noise(4, 3, 3, 1).astype(np.int64))
    with one_line_error("labels", "(4)", "got 3"):
        clean(noise(4, 3, 3, 1), np.arange(3))
    with one_line_error("at least one image"):
        clean(noise(0, 3, 3, 1))


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_agrees_with_the_plain_definition(picks):
    pool = np.random.default_rng(0).integers(0, 256, size=(6, 2, 3, 1), dtype=np.uint8)
    pool[0] = 4
    first = [i for i, pick in enumerate(picks) if pick != 0 and pick not in picks[:i]]
    images = pool[picks]
    if 2 * len(first) < len(picks):
        try:
            clean(images)
        except ValueError:
            return
        raise AssertionError("expected a ValueError")
    out, _, report = clean(images)
    np.testing.assert_array_equal(out, images[first])
    assert report.dropped.get("constant", 0) == picks.count(0)
    assert report.kept == len(first) and report.total == len(picks)


def test_ten_thousand_images_take_a_moment(noise):
    images = noise(10_000, 28, 28, 1)
    start = time.perf_counter()
    clean(images)
    assert time.perf_counter() - start < 2.0  # measured 0.05 s; all pairs would take minutes
