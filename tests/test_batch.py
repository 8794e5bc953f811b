"""Batches: facts go where their samples go, and what does not fit together is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.batch import Batch, as_batch, between, joined, labels_of, memberships, of_samples, packed
from minigan.gan import Drawn

number = st.integers
SHAPES = st.sampled_from([(2,), (3, 5, 1), (2, 4, 3)])


def made(n, shape, seed=0, alpha=0.3):
    """n samples with a label and three numbers each, and one plain number for all."""
    rng = np.random.default_rng(seed)
    facts = {"labels": rng.integers(7, size=n), "places": rng.standard_normal((n, 3)), "alpha": alpha}
    return Batch(rng.standard_normal((n, *shape)).astype(np.float32), facts)


def test_a_batch_of_samples_alone(rng):
    x = rng.standard_normal((4, 3))
    batch = as_batch(x)
    assert batch.x is x and not batch.given and len(batch) == 4 and as_batch(batch) is batch
    assert Batch(x).given is not Batch(x).given, "no two batches share one dict of facts"


@pytest.mark.parametrize("fact", [np.arange(3), [1, 2, 3, 4, 5], np.zeros((3, 4)), np.zeros(0), ["a", "b"]])
def test_a_fact_needs_one_entry_for_each_sample(fact, rng):
    with pytest.raises(ValueError, match=r"given\['kind'\] must have one entry for each of the 4 samples, got"):
        Batch(rng.standard_normal((4, 3)), {"kind": fact})
    with pytest.raises(ValueError, match="one entry for each of the 4 samples"):
        Drawn(rng.standard_normal((4, 3)), {"kind": fact}, rng.standard_normal((4, 2)))


@pytest.mark.parametrize("fact, whether", [(0.5, False), (np.float32(1), False), (np.array(3), False), ("day", False),
                                           (None, False), (np.arange(4), True), ([1, 2, 3, 4], True)])  # fmt: skip
def test_plain_numbers_hold_for_all(fact, whether, rng):
    assert of_samples(fact) is whether
    assert Batch(rng.standard_normal((4, 3)), {"fact": fact}).chosen(np.array([1, 0])).given["fact"] is fact or whether


@given(n=number(1, 9), shape=SHAPES, seed=number(0, 99), data=st.data())
def test_chosen_samples_keep_their_facts(n, shape, seed, data):
    batch = made(n, shape, seed)
    indices = np.array(data.draw(st.lists(number(0, n - 1), max_size=12)), int)
    some = batch.chosen(indices)
    for k, i in enumerate(indices):
        np.testing.assert_array_equal(some.x[k], batch.x[i])
        assert some.given["labels"][k] == batch.given["labels"][i]
        np.testing.assert_array_equal(some.given["places"][k], batch.given["places"][i])
    assert len(some) == len(indices) and some.given["alpha"] == 0.3 and some.x.dtype == np.float32
    mask = np.arange(n) % 2 == 0
    np.testing.assert_array_equal(batch.chosen(mask).given["labels"], batch.given["labels"][::2])


def test_lists_are_chosen_from_too(rng):
    assert list(Batch(np.arange(3.0), {"labels": [5, 6, 7]}).chosen([2, 0]).given["labels"]) == [7, 5]


@given(n=number(1, 5), m=number(1, 5), shape=SHAPES)
def test_joined_batches_are_one_after_the_other(n, m, shape):
    one, two = made(n, shape, 1), made(m, shape, 2)
    both = joined(one, two)
    for k, part in ((slice(n), one), (slice(n, None), two)):
        again = both.chosen(np.arange(n + m)[k])
        np.testing.assert_array_equal(again.x, part.x)
        for name in ("labels", "places"):
            np.testing.assert_array_equal(again.given[name], part.given[name])
    assert both.given["alpha"] == 0.3 and both.x.dtype == np.float32
    assert joined(as_batch(one.x), as_batch(two.x)).given == {}


def test_joined_refuses_what_is_not_alike(rng):
    x = rng.standard_normal((3, 2))
    labels = np.arange(3)
    for one, two, message in [
        ({"labels": labels}, {}, r"the same names in `given`, got \['labels'\] and none"),
        ({}, {"labels": labels}, r"the same names in `given`, got none and \['labels'\]"),
        ({"labels": labels}, {"alpha": 1.0}, r"got \['labels'\] and \['alpha'\]"),
        ({"alpha": 0.5}, {"alpha": 0.25}, "the same number in both batches, got 0.5 and 0.25"),
        ({"alpha": 0.5}, {"alpha": labels}, r"given\['alpha'\] is an array in one batch and a plain"),
        ({"alpha": labels}, {"alpha": 0.5}, r"given\['alpha'\] is an array in one batch and a plain"),
    ]:
        for both in (joined, lambda one, two: between(one, two, np.ones((3, 1)))):
            with pytest.raises(ValueError, match=message):
                both(Batch(x, one), Batch(x, two))


@given(n=number(1, 5), shape=SHAPES, seed=number(0, 99))
def test_between_is_a_share_of_both(n, shape, seed):
    one, two = made(n, shape, seed), made(n, shape, seed + 1)
    two = Batch(two.x, one.given)
    share = np.random.default_rng(seed).random((n,) + (1,) * len(shape), np.float32)
    point = between(one, two, share)
    for k in range(n):
        np.testing.assert_allclose(point.x[k], share[k] * one.x[k] + (1 - share[k]) * two.x[k], rtol=1e-6)
    assert point.given is one.given and point.x.dtype == np.float32
    np.testing.assert_array_equal(between(one, two, np.ones_like(share)).x, one.x)


def test_a_point_between_two_labels_has_none(rng):
    x = rng.standard_normal((3, 2))
    with pytest.raises(ValueError, match=r"given\['labels'\] differs; let G draw with the labels of the real batch"):
        between(Batch(x, {"labels": np.array([1, 2, 3])}), Batch(x, {"labels": np.array([1, 7, 3])}), np.ones((3, 1)))


@given(packs=number(1, 4), size=number(1, 4))
def test_a_pack_has_the_facts_of_its_samples(packs, size):
    batch = made(packs * size, (2,))
    facts = packed(batch.given, size)
    assert facts["labels"].shape == (packs, size) and facts["places"].shape == (packs, size, 3)
    for n in range(packs):
        for j in range(size):
            assert facts["labels"][n, j] == batch.given["labels"][n * size + j]
            np.testing.assert_array_equal(facts["places"][n, j], batch.given["places"][n * size + j])
    assert facts["alpha"] == 0.3
    Batch(np.zeros((packs, 1)), facts)  # one entry for each pack


@settings(max_examples=5)
@given(n=number(1, 5), kind=st.sampled_from([np.int64, np.uint8, np.int32]))
def test_labels_as_whole_numbers(n, kind):
    labels = np.arange(n).astype(kind)
    got = labels_of({"labels": labels, "other": 3}, n, n, "MyLayer")
    np.testing.assert_array_equal(got, labels)
    np.testing.assert_array_equal(labels_of({"labels": list(range(n))}, n, n, "MyLayer"), labels)


def test_labels_that_cannot_be_used_are_refused_by_the_layers_name():
    for facts, message in [
        (None, r"MyLayer needs labels; write forward\(x, given=\{\"labels\": labels\}\), or train on labelled data"),
        ({}, "MyLayer needs labels"),
        ({"label": np.zeros(3, int)}, "MyLayer needs labels"),
        ({"labels": np.zeros(4, int)}, r"MyLayer expected labels \(3,\) of whole numbers, got int64 \(4,\)"),
        ({"labels": np.zeros(3)}, r"whole numbers, got float64 \(3,\)"),
        ({"labels": np.zeros(3, bool)}, "whole numbers, got bool"),
        ({"labels": 2}, r"got int64 \(\)"),
        ({"labels": np.zeros((3, 2), int)}, r"\(3, 2\); a pack of samples has no one label"),
        ({"labels": np.array([0, 5, 1])}, "MyLayer knows 5 classes, got labels from 0 to 5"),
        ({"labels": np.array([0, -1, 1])}, "knows 5 classes, got labels from -1 to 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            labels_of(facts, 3, 5, "MyLayer")


@given(n=number(1, 6), classes=number(1, 9), dtype=st.sampled_from([np.float32, np.float64]), seed=number(0, 99))
def test_memberships_are_one_hot_rows(n, classes, dtype, seed):
    labels = np.random.default_rng(seed).integers(classes, size=n)
    m = memberships({"labels": labels, "other": 3}, n, classes, "MyLayer", dtype)
    assert m.shape == (n, classes) and m.dtype == dtype
    np.testing.assert_array_equal(m, np.eye(classes)[labels])
    np.testing.assert_array_equal(memberships({"labels": m}, n, classes, "MyLayer", dtype), m)


def test_mixtures_of_classes_are_taken_as_they_are():
    shares = np.array([[0.25, 0.75, 0], [1, 0, 0]])
    m = memberships({"labels": shares}, 2, 3, "MyLayer", np.float32)
    assert m.dtype == np.float32 and m.tolist() == shares.tolist()
    assert memberships({"labels": shares.tolist()}, 2, 3, "MyLayer", np.float64).tolist() == shares.tolist()


@pytest.mark.parametrize("shares", [np.full((2, 4), 0.25), np.full((3, 3), 1 / 3), np.full((2, 3), 0.3),
                                    np.full((2, 3), np.nan), np.full((2, 3), np.inf)])  # fmt: skip
def test_mixtures_that_are_none_are_refused(shares):
    with pytest.raises(ValueError, match=r"MyLayer expected mixtures of classes \(2, 3\), each row with the sum 1"):
        memberships({"labels": shares}, 2, 3, "MyLayer", np.float32)


def test_labels_that_are_no_mixtures_are_refused_as_labels():
    for facts, message in [
        (None, "MyLayer needs labels"),
        ({}, "MyLayer needs labels"),
        ({"labels": np.zeros((2, 3), int)}, r"\(2, 3\); a pack of samples has no one label"),
        ({"labels": np.zeros(2)}, r"whole numbers, got float64 \(2,\)"),
        ({"labels": np.array([0, 3])}, "MyLayer knows 3 classes, got labels from 0 to 3"),
        ({"labels": np.array([0, -1])}, "knows 3 classes, got labels from -1 to 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            memberships(facts, 2, 3, "MyLayer", np.float32)
