"""Each operator and its adjoint: <A x, y> = <x, A' y>."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.edit.operators import Downsample, Identity, Mask, Operator

sizes = st.integers(1, 4)


def operators(rng, H, W, factor):
    visible = rng.random((H, W)) < 0.5
    visible[0, 0], visible[-1, -1] = True, False
    return [Identity(), Mask(visible), Downsample(factor)]


@given(N=sizes, h=sizes, w=sizes, C=st.sampled_from([1, 3]), factor=st.integers(2, 4), seed=st.integers(0, 9))
def test_adjoint(N, h, w, C, factor, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, h * factor, w * factor, C))
    for A in operators(rng, h * factor, w * factor, factor):
        seen = A.forward(x)
        y = rng.standard_normal(seen.shape)
        assert np.sum(seen * y) == pytest.approx(np.sum(x * A.adjoint(y)))


def test_what_is_seen():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    assert Downsample(2).forward(x)[0, :, :, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    visible = np.ones((4, 4), bool)
    visible[:, 2:] = False
    assert Mask(visible).forward(x)[0, 1, :, 0].tolist() == [4, 5, 0, 0]
    assert Identity().forward(x) is x


@pytest.mark.parametrize("visible", [np.ones((3, 3), bool), np.zeros((3, 3), bool), np.ones((3, 3)), np.ones(3, bool)])
def test_masks_that_are_none(visible):
    with pytest.raises(ValueError, match="expected a mask"):
        Mask(visible)


def test_downsample_refuses():
    with pytest.raises(ValueError, match="no whole blocks of 3 x 3"):
        Downsample(3).forward(np.zeros((1, 8, 9, 1)))
    with pytest.raises(ValueError, match="factor must be a whole number of at least 2"):
        Downsample(1)


def test_an_operator_of_your_own_is_told_what_to_write():
    with pytest.raises(NotImplementedError, match="Operator must write adjoint"):
        Operator().adjoint(np.zeros(1))
