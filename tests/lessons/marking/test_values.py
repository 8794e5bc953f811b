"""Shapes and values: what is right passes, what is wrong gets its question."""

import numpy as np
import pytest

from minigan.lessons.marking import Wrong, lent, normal, same_count, same_shape, same_values, written


def hint(check, *args, **options):
    with pytest.raises(Wrong) as caught:
        check(*args, **options)
    return caught.value


def test_shapes():
    same_shape(np.zeros((2, 3)), (2, 3), "y")
    same_shape(1.0, (), "loss")
    assert "return" in hint(same_shape, None, (2, 3), "y").question
    assert hint(same_shape, np.zeros((3, 2)), (2, 3), "y").seen == "y has the shape (3, 2), expected (2, 3)"
    assert hint(same_shape, np.zeros(3), (2,), "y", "how many?").question == "how many?"
    assert hint(same_shape, "text", (2,), "y").seen == "y is a str"
    assert "array of numbers" in hint(same_shape, [[1], [1, 2]], (2,), "y").question
    assert "a[0:-0]" in hint(same_shape, np.zeros((2, 0)), (2, 3), "y", "how many?").question
    assert hint(same_shape, np.zeros((2, 0)), (0, 2), "y", "how many?").question == "how many?"
    seen = hint(same_shape, np.zeros(3), (2,), "y", case="x holds 1 and 2").seen
    assert seen == "y has the shape (3,), expected (2,); here x holds 1 and 2"


def test_values_in_any_format():
    same_values([1, 2], np.array([1.0, 2.0]), "y")
    same_values(np.float32(0.1), 0.1, "y")
    same_values(np.zeros(3), np.zeros(3), "y")
    same_values(1e-9, 1e-9, "y")


def test_wrong_values_show_the_worst_entry():
    wrong = hint(same_values, [[1.0, 2.5], [3.0, 4.1]], [[1, 2], [3, 4]], "y")
    assert wrong.seen == "y[0, 1] is 2.5, expected 2" and "by hand?" in wrong.question
    assert hint(same_values, 2.0, 1.0, "loss").seen == "loss is 2, expected 1"
    assert "NaN" in hint(same_values, [1.0, np.nan], [1, 2], "y").question
    assert hint(same_values, [1.0, np.inf], [1, 2], "y", "else?", nan_hint="by 0?").question == "by 0?"
    assert hint(same_values, [1.0, 2.00001], [1, 2], "y").seen
    assert "expected (2,)" in hint(same_values, [1.0], [1, 2], "y").seen
    assert hint(same_values, [1e-9], [2e-9], "y").seen
    assert hint(same_values, [1e-9], [0], "y").seen


def test_what_went_in_is_said_and_where_in_words():
    seen = hint(same_values, [1.0, 2.5], [1, 2], "y", case="x is 7").seen
    assert seen == "y[1] is 2.5, expected 2; here x is 7"
    assert hint(same_values, [1.0, 2.5], [1, 2], "the change of w").seen == "the change of w at [1] is 2.5, expected 2"


def test_two_numbers_that_differ_look_different():
    wrong = hint(same_values, [108.00003, 1.0], [108.0, 1.0], "y", tolerance=1e-9)
    assert wrong.seen == "y[0] is 108.00003, expected 108"
    wrong = hint(same_values, 1.0 + 2**-52, 1.0, "y", tolerance=0)
    assert wrong.seen == "y is 1.0000000000000002, expected 1"


def test_what_an_array_of_whole_numbers_lost():
    assert "whole numbers" in hint(same_values, [1, 2], [1.5, 2.5], "y", "else?").question
    assert "whole numbers" in hint(same_values, [0, 4], [0.0, 5.0], "y", "else?").question  # 4.999, cut off
    for got, expected in (([0.0, 4.0], [0.0, 5.0]), ([0, 4], [0, 5]), ([0, 2], [0.0, 5.0]), (4, 5.0)):
        assert hint(same_values, got, expected, "y", "else?").question == "else?"


def test_a_count_is_no_float():
    for right in (3, np.int64(3), np.array(3)):
        same_count(right, 3, "n")
    same_count((1, 2), (1, 2), "n")
    assert hint(same_count, 2, 3, "n", "how many?").question == "how many?"
    assert hint(same_count, 2, 3, "n", suspects={"two?": 2}).question == "two?"
    for wrong in (3.0, np.float64(3), np.array(3.0)):
        assert hint(same_count, wrong, 3, "n").seen == "n is 3.0, expected 3: yours is a float"
    assert "whole number" in hint(same_count, (1.0, 2), (1, 2), "n").question


def test_a_suspect_is_asked_about_by_its_question():
    suspects = {"is it flipped?": [2, 1], "is it twice?": [2, 4]}
    assert hint(same_values, [2, 4], [1, 2], "y", "else?", suspects=suspects).question == "is it twice?"
    assert hint(same_values, [2, 5], [1, 2], "y", "else?", suspects=suspects).question == "else?"
    assert hint(same_values, [2, 4], [1, 2], "y", suspects=list(suspects.items())).question == "is it twice?"


def test_a_suspect_may_have_another_shape():
    wrong = hint(same_values, [[1, 2]], [1, 2], "y", shape_hint="else?", suspects={"a row?": [[1, 2]]})
    assert wrong.question == "a row?" and wrong.seen == "y has the shape (1, 2), expected (2,)"
    assert hint(same_values, [[1, 3]], [1, 2], "y", shape_hint="a?", suspects={"a row?": [[1, 2]]}).question == "a?"


def test_what_is_written_out_and_what_is_lent():
    assert written(x=np.array([[1.0, 0.5], [0.0, -2.0]]), lr=0.1) == "x is [[1, 0.5], [0, -2]], lr is 0.1"
    for array in (lent(np.zeros(2)), lent([0.0, 1.0]), normal(3, 2)):
        with pytest.raises(ValueError, match="read-only"):
            array += 1
    assert np.array_equal(normal(3, 2, 4), np.random.default_rng(3).standard_normal((2, 4)))
