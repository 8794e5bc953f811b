"""Names for what one has written oneself: they stand in the same dicts as minigan's own."""

import pytest

from minigan import register
from minigan.losses import LOSSES, Hinge
from minigan.models.presets import PRESETS
from minigan.recipes import Settings, book
from minigan.recipes.options import OPTIONS
from minigan.schedules import SCHEDULES


@pytest.fixture(autouse=True)
def afterwards():
    yield
    register.forget("")


def test_each_kind_stands_where_minigans_own_stand():
    for kind in ("loss", "penalty", "term", "optimizer", "schedule"):
        made = getattr(register, kind)("my-own")(Hinge)
        assert made is Hinge, "a decorator gives back what it got"
    tables = [OPTIONS[name].known() for name in ("loss", "penalty", "term", "optimizer", "lr_schedule")]
    assert all(table["my-own"] is Hinge for table in tables) and tables[-1] is SCHEDULES

    @register.network("mine", z_dim=3, points=True)
    def build(sample_shape, *, z_dim, rng):
        """Two networks.

        And more of them."""

    assert PRESETS["mine"].network is build and PRESETS["mine"].description == "Two networks."
    register.preset("mine-too", network=build, description="other numbers", z_dim=5)
    assert (PRESETS["mine-too"].z_dim, PRESETS["mine-too"].description) == (5, "other numbers")
    register.recipe("my-recipe", {"loss": "my-own"}, summary="mine", text="From nowhere.")
    assert "my-recipe" in book.names() and book.choices("my-recipe") == {"loss": "my-own"}
    assert "From nowhere." in book.page("my-recipe") and "my-recipe" in book.contents()
    register.option(register.Option("sharpness", "how sharp", float, default=1.0, range="(0, inf)"))
    assert Settings(sharpness=2).sharpness == 2 and Settings().resolved().sharpness == 1
    with pytest.raises(ValueError, match="--sharpness must be a finite number above 0, got -1"):
        Settings(sharpness=-1).resolved()


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="the loss 'hinge' is there already: minigan has one; choose another name"):
        register.loss("hinge")(Hinge)
    with pytest.raises(ValueError, match="the recipe 'wgan-gp' is there already"):
        register.recipe("wgan-gp", {})
    with pytest.raises(ValueError, match="the option 'lr' is there already"):
        register.option(register.Option("lr", ""))
    with register.of_file("/a.py"):
        register.loss("mine")(Hinge)
    with pytest.raises(ValueError, match="/a.py has registered one"), register.of_file("/b.py"):
        register.loss("mine")(Hinge)
    register.forget("/a.py")
    assert "mine" not in LOSSES


def test_the_same_place_may_register_again():
    for _ in range(2):  # as a cell of a notebook that is run twice
        register.loss("mine")(Hinge)
    for name in ("one", "two"):
        with register.of_file("/a.py"):
            register.loss(name)(Hinge)
    assert "two" in LOSSES and "one" not in LOSSES, "what the file no longer registers is gone"
    register.forget("/a.py")


def test_of_a_file_that_fails_nothing_is_left():
    with pytest.raises(ZeroDivisionError), register.of_file("/a.py"):
        register.loss("mine")(Hinge)
        1 / 0  # noqa: B018
    assert "mine" not in LOSSES


@pytest.mark.parametrize("name", ["", "a:b", "a b", "--a", "a,b"])
def test_a_name_can_stand_on_a_command_line(name):
    with pytest.raises(ValueError, match="is made of letters, digits, dashes and dots"):
        register.loss(name)(Hinge)


def test_an_options_name_is_that_of_an_argument():
    with pytest.raises(ValueError, match="such as my_weight; got 'my-weight'"):
        register.option(register.Option("my-weight", ""))
