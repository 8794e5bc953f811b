"""Factors: constants with a name, and one number for each channel."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.gradcheck.layers.explain.factors import as_known_factor, constant_along
from minigan.lessons.clinic.zoo.plain import BatchNorm, Dense, Dropout


@pytest.mark.parametrize(
    "factor, cause, said",
    [(-1, "sign", "sign"), (2, "factor", "times 2"), (1 / 3, "factor", "1 / (N = 3)"), (20, "factor", "H W of y = 20"),
     (0.3, "factor", "times slope"), (1 / 0.7, "factor", "1 / (1 - slope)"), (9, "factor", "stride squared")],
)  # fmt: skip
def test_factors_with_a_name(factor, cause, said, rng):
    n = rng.standard_normal(10)
    found = as_known_factor("dx", factor * n, n, (3, 4, 5, 2), {"slope": 0.3, "stride": 3.0})
    assert found["cause"] == cause and said in found["hint"]


def test_what_is_no_factor_has_no_name(rng):
    n = rng.standard_normal(10)
    assert as_known_factor("dx", n + 0.1, n, (3, 4)) == {}
    assert as_known_factor("dx", np.zeros(10), np.zeros(10), (3, 4)) == {}


def test_a_rate_that_is_kept_twice_is_a_missing_scale():
    class Unscaled(Dropout):
        def backward(self, dy, mask):
            return dy * mask * (1 - self.rate if 0 in mask else 1), {}

    assert [f.cause for f in check_layer(Unscaled(), input_shape=(5, 6)).findings] == ["scale-missing"]


def test_one_factor_for_each_channel(rng):
    ratio = np.broadcast_to([1.0, 2.0, 3.0], (4, 3)).copy()
    ratio[0, 0] = np.nan
    np.testing.assert_array_equal(constant_along(ratio, (1,)), [1, 2, 3])
    assert constant_along(ratio, (0,)) is None
    assert constant_along(np.full((1, 3), 1.0), (1,)) is None  # one number for each proves nothing


@pytest.mark.parametrize(
    "wrong, cause",
    [(lambda dx, gamma, std: dx * gamma, "parameter-twice"), (lambda dx, gamma, std: dx / gamma, "parameter-missing"),
     (lambda dx, gamma, std: dx * std, "std"), (lambda dx, gamma, std: dx / std, "std"),
     (lambda dx, gamma, std: dx * [1.5, 0.2], "factor-along")],
)  # fmt: skip
def test_factors_of_a_batch_norm(wrong, cause):
    class Wrong(BatchNorm):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            return wrong(dx, self.params["gamma"], cache[2]), grads

    assert {f.cause for f in check_layer(Wrong(2), input_shape=(3, 4, 3, 2)).findings} == {cause}


def test_float32_noise_is_told_from_a_small_mistake():
    class Noisy(Dense):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "w": grads["w"].astype(np.float32) + 1e-30}

    class Slight(Dense):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "w": grads["w"] * (1 + 3e-6)}

    report = check_layer(Noisy(40, 30), input_shape=(5, 40), tolerance=1e-9)
    assert [f.cause for f in report.findings] == ["dtype"]
    assert [f.cause for f in check_layer(Slight(4, 3), input_shape=(5, 4)).findings] == ["slight"]


@pytest.mark.parametrize(
    "change, cause, said",
    [(lambda x, dy: 2 * (x.T @ dy).T, "transposed", "multiplied by 2 "),
     (lambda x, dy: x.T @ np.ones_like(dy) / 5, "upstream-ignored", "multiplied by 0.2 (")],
)  # fmt: skip
def test_a_factor_besides_another_mistake(change, cause, said):
    class Both(Dense):
        def backward(self, dy, x):
            dx, grads = super().backward(dy, x)
            return dx, {**grads, "w": change(x, dy)}

    (finding,) = check_layer(Both(3, 3), input_shape=(5, 3)).findings
    assert finding.cause == cause and said in finding.hint, finding


def test_a_parameter_of_one_number_is_a_factor_too():
    class Scale:
        params = {"alpha": np.array([1.0])}

        def forward(self, x):
            return self.params["alpha"] * x, x

        def backward(self, dy, x):
            return dy.copy(), {"alpha": np.array([(dy * x).sum()])}

    (finding,) = check_layer(Scale(), input_shape=(5, 3)).findings
    assert finding.cause == "parameter-missing" and "alpha is missing" in finding.hint
