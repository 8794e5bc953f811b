"""softplus and sigmoid against their formulas in more digits, and where the formulas overflow."""

import numpy as np

from minigan.losses import sigmoid, softplus


def test_against_the_formulas():
    s = np.linspace(-40, 40, 81)
    wide = s.astype(np.longdouble)
    np.testing.assert_allclose(softplus(s).astype(np.longdouble), np.log1p(np.exp(wide)), rtol=1e-14)
    np.testing.assert_allclose(sigmoid(s).astype(np.longdouble), 1 / (1 + np.exp(-wide)), rtol=1e-14)


def test_far_out():
    s = np.array([-1e4, 1e4], np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert (softplus(s) == [0, 1e4]).all() and (sigmoid(s) == [0, 1]).all()
    assert softplus(s).dtype == np.float32 and sigmoid(s).dtype == np.float32
