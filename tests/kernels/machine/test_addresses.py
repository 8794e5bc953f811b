"""Addresses: taken once, taken anew where an array is another one, refused for what a flat loop cannot read."""

import copy
import pickle

import numpy as np
import pytest

from minigan.kernels.machine.addresses import Addresses, addresses


def where(array):
    return array.__array_interface__["data"][0]


def test_addresses_and_counts():
    arrays = [np.ones((2, 3), np.float32), np.ones((), np.float32), np.ones(0, np.float32), np.ones(5, np.float32)]
    known = Addresses()
    assert known.of(arrays)
    assert known.at.tolist() == [where(array) for array in arrays]
    assert known.starts.tolist() == [0, 6, 7, 7, 12] and known.dtype == np.float32
    first = known.at
    assert known.of(list(arrays)) and known.at is first


def test_they_are_taken_anew():
    arrays = [np.ones(4), np.ones(3)]
    known = Addresses()
    known.of(arrays)
    for change in (
        [arrays[0], arrays[1].copy()],
        [arrays[1], arrays[0]],
        [arrays[0]],
        [np.ones(9, np.float32)],
        [np.ones(1), *arrays],
    ):
        assert known.of(change)
        assert known.at.tolist() == [where(array) for array in change]
        assert known.starts.tolist() == [0, *np.cumsum([array.size for array in change])]


def test_an_array_that_was_resized_in_place():
    array = np.ones(4)
    known = Addresses()
    known.of([array])
    array.resize(100_000, refcheck=False)
    assert known.of([array])
    assert known.at.tolist() == [where(array)] and known.starts.tolist() == [0, 100_000]


class Mine(np.ndarray):
    pass


@pytest.mark.parametrize("bad", [
    np.ones((4, 4))[:, ::2], np.asfortranarray(np.ones((2, 3))), np.ones(3, np.float32), np.ones(3, ">f8"),
    np.broadcast_to(1.0, 3), np.ones(3).view(Mine), np.float64(3), np.frombuffer(bytes(33), np.float64, 4, 1),
])  # fmt: skip
def test_what_a_flat_loop_cannot_take(bad):
    good, known = np.ones(3), Addresses()
    assert addresses([good, good], good.dtype) is not None
    assert addresses([good, bad], good.dtype) is None
    assert not known.of([good, bad]) and not known.of([good, bad])
    assert known.of([good])


@pytest.mark.parametrize("dtype", [np.float16, np.int64, ">f4"])
def test_only_the_dtypes_that_are_compiled(dtype):
    assert not Addresses().of([np.ones(3, dtype)])
    assert not Addresses().of([])


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda known: pickle.loads(pickle.dumps(known))])
def test_a_copy_knows_nothing(copied):
    arrays = [np.ones(4)]
    known = Addresses()
    known.of(arrays)
    beside, other = copied((arrays, known)) if copied is not copy.copy else (arrays, copy.copy(known))
    assert other.at is None and other.arrays == []
    assert other.of(beside) and other.at.tolist() == [where(beside[0])]
