"""What can be said of an option: ranges, names, flags, and what takes it out."""

import math

import pytest

from minigan.recipes.rules import Conflict, Listed, Option, Weighed, apart, flag, inside, needs, range_in_words, unknown


@pytest.mark.parametrize("range, within, without", [
    ("[0, 1)", (0, 0.5), (1, -0.1, math.nan)),
    ("(0.5, 1]", (0.6, 1), (0.5, 1.1)),
    ("(0, inf)", (1e-9, 1e9), (0, math.inf, math.nan)),
    ("[1, inf)", (1,), (0, math.inf)),
])  # fmt: skip
def test_ranges(range, within, without):
    assert all(inside(value, range) for value in within) and not any(inside(value, range) for value in without)


def test_ranges_in_words():
    assert range_in_words("[1, inf)", int) == "at least 1" and range_in_words("[0, 1)", float) == "in [0, 1)"
    assert range_in_words("(0, inf)", float) == "a finite number above 0"
    assert range_in_words("[0, inf)", float) == "a finite number of at least 0"


def test_flags_and_what_takes_an_option_out():
    assert flag("d_norm") == "--d-norm"
    assert Option("clip", "", float, default=0.0).without == "--clip 0"
    assert Option("pac", "", int, default=1).without == "--pac 1"
    assert Option("d_norm", "", default="none").without == "--d-norm none"
    assert Option("minibatch", "", bool, default=False).without == "--no-minibatch"
    assert Option("adversarial", "", bool, default=True).without == "--adversarial"
    assert Weighed("term", "", several=True, default=()).without == "--term none"
    assert Listed("diff_augment", "", default="").without == "--diff-augment none"
    assert Option("loss", "").without == "", "there always is a loss"


def test_an_option_is_said_with_its_name_and_a_switch_as_it_stands():
    assert Option("d_norm", "").said("batch") == "--d-norm batch" and Option("clip", "", float).said(0.1) == "--clip"
    switch = Option("adversarial", "", bool, default=True)
    assert switch.said(False) == "--no-adversarial" and switch.said(True) == "--adversarial"
    parts = Weighed("penalty", "", several=True, lazy=True)
    assert parts.said(("r2:1", "r1:0.5:4")) == "--penalty r1 --penalty r2"


class Chosen:
    one, two, three, four = 1, "b", 0, 0

    def uses(self, name):
        return bool(getattr(self, name))

    def said(self, name):
        return f"--{name}"


def test_two_that_are_apart():
    both = apart("one", "two", "of the reason")
    assert both.names == ("one", "two") and both.found(Chosen())
    assert both.says(Chosen()) == "--one does not go with --two: of the reason; leave one of the two out"
    assert not apart("one", "two", "", but=("b",)).found(Chosen())


def test_one_that_needs_another():
    assert needs("one", "three", "").found(Chosen())
    assert not needs("one", "two", "").found(Chosen()) and not needs("three", "four", "").found(Chosen())


def test_a_refusal_names_the_options_and_their_values():
    conflict = Conflict(("one", "two"), lambda s: True, "{0} is {s.one}, {1} is {s.two!r}")
    assert conflict.says(Chosen()) == "--one is 1, --two is 'b'"


def test_choices_may_be_the_place_of_a_dict():
    option = Option("loss", "", choices="minigan.losses:LOSSES")
    assert "hinge" in option.known()
    with pytest.raises(ValueError, match="unknown loss 'hing'.*did you mean hinge?"):
        option.check("hing")
    assert "did you mean" not in str(unknown("loss", "xyz", ["hinge"]))


def test_of_very_many_names_a_refusal_lists_a_few():
    few = str(unknown("recipe", "wgangp", ["gan", "wgan-gp", "wgan"]))
    assert few == "unknown recipe 'wgangp'; expected one of: gan, wgan-gp, wgan; did you mean wgan-gp?"
    many = str(unknown("class", "1000", map(str, range(1000))))
    assert many.startswith("unknown class '1000'; expected one of: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... (989 more), 999")
