"""What is taken for logits, for pairs of them, and for a number."""

import numpy as np
import pytest

from minigan.losses import both_checked, checked, pairs_checked


def test_logits_come_back_as_they_are():
    for s in (np.zeros((3, 1), np.float32), np.zeros(3)):
        assert checked("s", s) is s
    real, fake = np.zeros((3, 1)), np.zeros((2, 1))
    assert both_checked(real, fake)[1] is fake and pairs_checked(real, real)[0] is real


@pytest.mark.parametrize("wrong", [np.zeros((3, 2)), np.zeros((3, 1, 1)), np.zeros(()), np.zeros((0, 1))])
def test_shapes_that_are_no_logits(wrong):
    with pytest.raises(ValueError, match="s expected one logit for each sample"):
        checked("s", wrong)


def test_other_types():
    for wrong in (np.zeros(3, int), np.zeros(3, np.float16), ["a"]):
        with pytest.raises(ValueError, match="s expected float32 or float64"):
            checked("s", wrong)


def test_pairs():
    with pytest.raises(ValueError, match=r"real_logits \(3, 1\) and fake_logits \(2, 1\)"):
        pairs_checked(np.zeros((3, 1)), np.zeros((2, 1)))
