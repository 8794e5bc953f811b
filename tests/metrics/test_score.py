"""A score is a float that knows whose eyes it was seen by."""

import copy
import json
import operator

import numpy as np
import pytest

from minigan.metrics import Score

ONE, OTHER = "a" * 64, "b" * 64


def test_it_acts_as_a_float():
    score = Score(3.25, name="FID", interval=(3.0, 3.5), parts={"means": 1.25})
    assert score == 3.25 and score < 4 and score - 1 == 2.25 and float(score) == score.value == 3.25
    assert isinstance(score, float) and type(score.value) is float and f"{score:.1f}" == "3.2"
    assert np.mean([score, 4.75]) == 4 and hash(score) == hash(3.25) and str(score) == "3.25 [3, 3.5]"
    assert score.means == 1.25 and repr(score) == "FID 3.25 [3, 3.5]"
    with pytest.raises(AttributeError, match="'FID' has no part 'medians'"):
        score.medians  # noqa: B018


@pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.sub]
)
def test_scores_of_different_networks_refuse(compare):
    mine, theirs, nobodys = Score(3, network=ONE), Score(5, network=OTHER), Score(5)
    for other in (theirs, nobodys):
        with pytest.raises(ValueError, match="different feature networks"):
            compare(mine, other)
        with pytest.raises(ValueError, match="different feature networks"):
            compare(other, mine)
    assert compare(mine, Score(5, network=ONE)) == compare(3.0, 5.0)
    assert compare(mine, 5.0) == compare(3.0, 5.0)


def test_seen_by_reaches_the_parts():
    score = Score(0.5, parts={"precision": Score(0.4, interval=(0.3, 0.5)), "counts": [1, 2]}, spread=0.1)
    seen = score.seen_by(ONE)
    assert seen.network == seen.precision.network == ONE and seen.counts == [1, 2] and seen.spread == 0.1
    assert score.network is None and seen.precision.interval == (0.3, 0.5)


def test_as_json_and_copied():
    score = Score(0.5, name="x", parts={"precision": Score(0.4), "counts": [1]}, interval=(0.1, 0.9), network=ONE)
    assert json.loads(json.dumps(score.as_dict())) == {
        "value": 0.5, "spread": None, "interval": [0.1, 0.9],
        "parts": {"precision": {"value": 0.4, "spread": None, "interval": None}, "counts": [1]},
    }  # fmt: skip
    twin = copy.deepcopy(score)
    assert twin == score and twin.precision == 0.4 and twin.interval == (0.1, 0.9)
