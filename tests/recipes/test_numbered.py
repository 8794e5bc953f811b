"""Samples by number: the same whatever else is drawn; truncated, of one class, with one code."""

import numpy as np
import pytest

from minigan.recipes import Settings, train
from minigan.recipes.numbered import Numbered, numbers_of

FAST = dict(data="digits-8x8", image_size=8, batch_size=8, steps=2)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The folder of a short run with a code beside the noise, and an average."""
    settings = Settings(**FAST, codes=3, term=["information:1"], ema=0.9)
    return train(settings, out=tmp_path_factory.mktemp("runs") / "run", progress=False, say=lambda text: None)[0]


@pytest.mark.parametrize("text, numbers", [("3", [3]), ("3,17,40-42", [3, 17, 40, 41, 42]), (" 5-5, 1", [5, 1])])
def test_numbers_of(text, numbers):
    assert numbers_of(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "1,,2", "-3", "1.5", "3-1", "0-99999999", "1-2-3"])
def test_numbers_that_are_none(text):
    with pytest.raises(ValueError, match="--numbers"):
        numbers_of(text)


def test_a_number_is_always_the_same_sample(path):
    run = Numbered(path, seed=5)
    many = run.samples(list(range(130)))
    assert many.shape == (130, 8, 8, 1) and many.dtype == np.float32
    np.testing.assert_array_equal(run.samples([129, 3, 64]), many[[129, 3, 64]])
    np.testing.assert_array_equal(Numbered(path, seed=5).samples([3]), many[[3]])
    assert len(np.unique(many, axis=0)) == 130
    assert not np.array_equal(Numbered(path, seed=6).samples([3]), many[[3]])
    assert np.isfinite(run.samples([10**12])).all()  # no need to draw what comes before


def test_truncation_keeps_what_lies_within(path):
    numbers = list(range(50))
    free, tight = Numbered(path).noise(numbers), Numbered(path, truncation=0.7).noise(numbers)
    z_dim = free.shape[1] - 3
    assert np.abs(free[:, :z_dim]).max() > 2 and np.abs(tight[:, :z_dim]).max() <= 0.7
    within = np.abs(free[:, :z_dim]) <= 0.7
    np.testing.assert_array_equal(tight[:, :z_dim][within], free[:, :z_dim][within])
    np.testing.assert_array_equal(tight[:, z_dim:], free[:, z_dim:])  # codes are no normal numbers
    for wrong in (0.01, -1.0, float("nan")):
        with pytest.raises(ValueError, match="truncation must be a number of at least 0.02, got"):
            Numbered(path, truncation=wrong)


def test_one_code_for_all(path):
    free = Numbered(path).noise(range(20))[:, -3:]
    assert (free.sum(axis=1) == 1).all() and (free.sum(axis=0) > 0).all()
    assert (Numbered(path, code=2).noise(range(20))[:, -3:] == [0, 0, 1]).all()
    with pytest.raises(ValueError, match=r"--code must be in 0..2, got 3"):
        Numbered(path, code=3)


def test_what_a_run_does_not_have(path, tmp_path):
    with pytest.raises(ValueError, match="--class is for a generator that is told .* train --recipe projection"):
        Numbered(path).classes_in("7")
    with pytest.raises(ValueError, match="--seed must be at least 0, got -1"):
        Numbered(path, seed=-1)
    plain, _ = train(Settings(**FAST), out=tmp_path / "plain", progress=False, say=lambda text: None)
    with pytest.raises(ValueError, match="--code is for a run with --codes"):
        Numbered(plain, code=1)
    assert Numbered(plain).texts([1, 2]) is None and Numbered(plain).texts([1, 2], numbered=True) == ["1", "2"]


def test_a_number_is_the_same_noise_for_each_class(told_runs):
    run = Numbered(told_runs / "mixed", seed=2)
    each = [run.of_class(k).samples([5, 70]) for k in range(10)]
    assert len(np.unique(np.concatenate(each), axis=0)) == 20
    np.testing.assert_array_equal(run.samples([70]), each[0][1:])  # in turn: 70 is a 0
    assert run.of_class(7).labels([5, 70]).tolist() == [7, 7] and run.labels([5, 70]).tolist() == [5, 0]
    assert run.of_class(7).texts([5]) == ["7"]


def test_classes_by_name_and_number(told_runs):
    run = Numbered(told_runs / "mixed")
    assert run.classes_in("7") == [7] and run.classes_in("3,7, 3") == [3, 7, 3]
    assert run.classes_in("all") == run.classes_in("across") == list(range(10))
    run.names = ["cat", "dog, wet", "3", *"abcdefg"]
    assert [run.classes_in(text) for text in ("cat", "dog, wet", "3", "4", "cat,4")] == [[0], [1], [2], [4], [0, 4]]
    for text, nearest in (("cats", "did you mean cat"), ("Cat,3", "did you mean cat"), ("10", "one of: cat"), ("", "")):
        with pytest.raises(ValueError, match=f"unknown class .*{nearest}"):
            run.classes_in(text)
