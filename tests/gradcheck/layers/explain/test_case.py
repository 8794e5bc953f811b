"""The Jacobians that explanations look at are the true one and backward's own."""

import numpy as np

from minigan.gradcheck.core.subject import Subject
from minigan.gradcheck.layers.check import Scalar
from minigan.gradcheck.layers.explain.case import Case, fits, numeric_jacobian
from minigan.lessons.clinic.zoo.plain import Dense, LeakyReLU, Tanh


def case_of(layer, x, where="dx", change=lambda g: 2 * g):
    """The Case of one changed gradient of a right layer."""
    subject, rng = Subject(layer, None), np.random.default_rng(1)
    y, cache = subject.forward(layer, x)
    dy = rng.standard_normal(y.shape)
    dx, grads = subject.backward(layer, dy, cache)
    array, gradient = (x, dx) if where == "dx" else (layer.params[where], grads[where])
    return Case(where, array, change(gradient), Scalar(subject, x, y, dy))


def test_the_numeric_jacobian_of_a_dense_layer_is_its_weight(rng):
    layer, x = Dense(4, 3), rng.standard_normal((2, 4))
    case = case_of(layer, x)
    J = case.jacobian.reshape(2, 3, 2, 4)
    np.testing.assert_allclose(J[0, :, 0], layer.params["w"].T, rtol=1e-8)
    assert np.abs(J[0, :, 1]).max() == 0 and case.complete
    np.testing.assert_allclose(case.said, 2 * case.numeric, rtol=1e-8)


def test_backward_tells_its_own_jacobian(rng):
    case = case_of(Tanh(), rng.standard_normal((3, 4)), change=lambda g: g)
    np.testing.assert_allclose(case.said_jacobian, case.jacobian, atol=1e-9)


def test_a_backward_that_is_not_linear_has_none(rng):
    class Squares(Tanh):
        def backward(self, dy, y):
            return dy * dy * y, {}

    assert case_of(Squares(), rng.standard_normal((3, 4))).said_jacobian is None


def test_kinks_are_left_out(rng):
    x = rng.standard_normal((3, 4))
    x[1, 2] = 0
    layer = LeakyReLU()
    subject = Subject(layer, None)
    _, smooth = numeric_jacobian(subject, x, layer.forward(x)[0], x, list(np.ndindex(x.shape)))
    assert not smooth[6] and smooth.sum() == 11
    case = case_of(layer, x)
    assert len(case.indices) == 11 and np.isnan(case.full(case.numeric)[1, 2])


def test_the_gradient_for_another_upstream(rng):
    layer, x = Dense(4, 3), rng.standard_normal((5, 4))
    case = case_of(layer, x, "w")
    np.testing.assert_allclose(case.for_upstream(np.ones((5, 3))).reshape(4, 3), x.T @ np.ones((5, 3)), rtol=1e-8)


def test_constants_are_the_plain_numbers_of_the_layer(rng):
    layer = LeakyReLU(0.3)
    layer.stride, layer.on = (2, 3), True
    assert case_of(layer, rng.standard_normal((3, 4))).constants == {"slope": 0.3, "stride[0]": 2.0, "stride[1]": 3.0}


def test_fits_is_relative_and_refuses_what_cannot_be_compared():
    assert fits([1e6, 1.0], [1e6, 1.5]) and not fits([1.0, 1.0], [1.0, 1.5])
    assert not fits([], []) and not fits([1.0], [np.nan]) and not fits([1.0], [[1.0]])
