"""Which score was best, and whether the scores still get better."""

import numpy as np
import pytest

from minigan.report.trend import Course, course


def rows(values, name="fid", every=100):
    return [{"step": k * every, name: value} for k, value in enumerate(values)]


def test_the_main_score_and_its_best_step():
    found = course(
        [{"step": 0, "fid": 9.0, "kid": 1.0}, {"step": 50, "fid": 3.0, "kid": 2.0}, {"step": 100, "fid": 4.0, "kid": 0}]
    )
    assert found.steps[found.best] == 50
    assert found.sentences()[0] == "best score: at step 50, FID 3; at step 100 FID 4."
    found = course(rows([3.0, 2.0, 1.0], name="kid"))
    assert found.sentences()[0] == "best score: at step 200, KID 1, the last one."
    table = [
        {"step": k, "modes": m, "high_quality": q, "fid": 1.0 - k}
        for k, (m, q) in enumerate([(8, 0.1), (8, 0.2), (7, 0.9)])
    ]
    found = course(table)
    assert found.best == 1
    assert (
        found.sentences()[0]
        == "best score: at step 1, 8 modes and 20% of high quality; at step 2 7 modes and 90% of high quality."
    )
    assert course([]) is None


def test_the_first_of_equals_is_the_best_and_nan_is_none():
    assert course(rows([3.0, 1.0, 1.0])).best == 1 and course(rows([np.nan, 2.0, 3.0])).best == 1
    assert course(rows([np.nan])).best == 0


@pytest.mark.parametrize("better", [1, -1])
def test_directions(better):
    x = np.arange(21)

    def direction(values):
        return Course(100 * x, np.asarray(values), better, [""] * 21).direction()

    noise = [np.random.default_rng(seed).standard_normal(21) for seed in range(50)]
    only_noise = [direction(5 + 0.1 * n) for n in noise]
    assert only_noise.count("same") >= 48  # a slope of three errors comes by chance once in seventy times
    assert [direction(5 + n) for n in noise].count("unclear") >= 40  # it may hide a slope
    rested = [direction(20 + better * np.minimum(x, 9) + 0.3 * n) for n in noise]  # at rest before the half
    assert rested.count("same") >= 48
    assert {direction(20 + better * x + 0.3 * n) for n in noise} == {"better"}
    assert {direction(40 - better * x + 0.3 * n) for n in noise} == {"worse"}
    assert direction(100 + 0.01 * x) == "same"  # sure, but a trifle


def test_too_few_scores():
    found = course(rows([5.0, 4.0, 3.0, 2.0]))
    assert found.direction() == "few" and "6 in the last half of the run are needed" in found.sentences()[1]
