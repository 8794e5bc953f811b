"""The checks of arguments: what passes comes back in its proper type, all else is a ValueError that names it."""

import numpy as np
import pytest

from minigan.checks import at_least_0, fraction, generator, number, pair, positive, whole

NOT_NUMBERS = (float("nan"), float("-inf"), "1", None, True, [1.0])


@pytest.mark.parametrize("check", [number, at_least_0, positive, fraction])
@pytest.mark.parametrize("wrong", NOT_NUMBERS)
def test_what_is_no_finite_number_is_refused(check, wrong):
    with pytest.raises(ValueError, match="a must be"):
        check("a", wrong)


def test_numbers_pass_also_those_of_numpy():
    assert number("a", 2) == 2.0 and number("a", np.float32(-0.5)) == -0.5
    assert at_least_0("a", 0) == 0 and positive("a", np.float64(0.1)) == 0.1 and fraction("a", 0) == 0


@pytest.mark.parametrize("check, wrong", [(at_least_0, -1e-9), (positive, 0), (fraction, 1), (fraction, -0.1)])
def test_the_ends_of_the_ranges(check, wrong):
    with pytest.raises(ValueError, match=f"a must be .*, got {wrong}"):
        check("a", wrong)


def test_whole_numbers_and_pairs():
    assert whole("n", np.int64(3)) == 3 and type(whole("n", np.int64(3))) is int
    assert pair("p", 3) == (3, 3) and pair("p", [1, 2]) == (1, 2) and pair("p", 0, least=0) == (0, 0)
    for wrong in (0, 1.0, True, "2", None):
        with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
            whole("n", wrong)
    with pytest.raises(ValueError, match="one whole number or a pair"):
        pair("p", (1, 2, 3))


def test_a_generator_is_a_generator(rng):
    assert generator(rng) is rng and isinstance(generator(None), np.random.Generator)
    for wrong in (0, np.random, "seed"):
        with pytest.raises(ValueError, match="default_rng"):
            generator(wrong)
