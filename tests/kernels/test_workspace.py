"""Memory that is used again: never while somebody holds it, not even by a view."""

import numpy as np

from minigan.kernels import workspace


def address(array):
    return array.__array_interface__["data"][0]


def test_fresh_memory_is_reused_only_when_nobody_holds_it():
    workspace.release()
    one = workspace.fresh((300, 100), np.float32)
    where, view = address(one), one[5:, 3]
    del one
    two = workspace.fresh((300, 100), np.float32)
    assert address(two) != where
    del view
    three = workspace.fresh((100, 300), np.float32)
    assert address(three) == where and three.shape == (100, 300) and where % 64 == 0


def test_small_arrays_are_ordinary():
    assert workspace.fresh((3, 4), np.float64).base is None


def test_release_gives_back_what_is_free_and_keeps_what_is_held():
    workspace.release()
    before = workspace.held()
    one, two = (workspace.fresh((1 << 20,), np.float32) for _ in range(2))
    one[:] = 7
    del two
    workspace.release()
    assert workspace.held() - before == one.nbytes and (one == 7).all()


def test_scratch_memory_grows_and_is_found_by_name():
    small = workspace.take("test", (3, 5), np.float32)
    large = workspace.take("test", (300, 5), np.float32)
    assert large.shape == (300, 5) and address(workspace.take("test", (3, 5), np.float32)) == address(large)
    assert address(workspace.take("other", (3, 5), np.float32)) != address(large)
    assert small.shape == (3, 5)
