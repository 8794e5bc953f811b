"""LogSumExp: its gradient, and that D(x) = Z / (Z + 1)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_layer
from minigan.layers import LogSumExp
from minigan.losses import sigmoid


@given(N=st.integers(1, 5), K=st.integers(1, 6), seed=st.integers(0, 99))
def test_gradient(N, K, seed):
    report = check_layer(LogSumExp(), input_shape=(N, K), rng=np.random.default_rng(seed))
    assert report.ok and report.checked > 0, report


def test_it_is_the_logit_of_one_class_more_whose_score_is_0(rng):
    scores = 2 * rng.standard_normal((7, 4))
    y, _ = LogSumExp().forward(scores)
    with_fake = np.exp(np.concatenate([scores, np.zeros((7, 1))], axis=1))
    real = 1 - with_fake[:, -1:] / with_fake.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(sigmoid(y), real, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows_and_nothing_is_cast(dtype):
    x = np.array([[1000, 999, -1000], [-1000, -1000, -1000]], dtype)
    y, cache = LogSumExp().forward(x)
    dx, grads = LogSumExp().backward(np.ones_like(y), cache)
    np.testing.assert_allclose(y, [[1000 + np.log1p(np.exp(-1))], [-1000 + np.log(3)]], rtol=1e-6)
    np.testing.assert_allclose(dx.sum(axis=1), 1, rtol=1e-6)
    assert y.dtype == dx.dtype == dtype and grads == {} and LogSumExp().output_shape((3,)) == y.shape[1:]


def test_each_sample_for_itself_and_no_second_order():
    layer = LogSumExp()
    assert layer.per_sample
    y, cache = layer.forward(np.ones((2, 3)))
    with pytest.raises(NotImplementedError, match="LogSumExp has no double_backward"):
        layer.double_backward(np.ones((2, 3)), y, cache)
    with pytest.raises(ValueError, match=r"expected \(N, features\)"):
        layer.forward(np.ones((2, 3, 4, 1)))
    with pytest.raises(ValueError, match="expected dy with the shape of y"):
        layer.backward(np.ones((2, 3)), cache)
