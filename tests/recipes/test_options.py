"""The table of options: each declared once, and all that is made from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from minigan import recipes
from minigan.layers import diff_augment
from minigan.recipes import Settings
from minigan.recipes.options import OPTIONS, POLICY, TABLE, as_markdown, optimizer_options

README = (Path(recipes.__file__).parent / "README.md").read_text()


def test_each_option_is_declared_once():
    assert len(OPTIONS) == sum(map(len, TABLE.values()))
    assert [option.name for option in OPTIONS.values() if option.first] == [
        "data", "recipe", "preset", "steps", "minutes", "seed", "image_size", "game", "conditional", "batch_size", "lr",
    ]  # fmt: skip


def test_a_conflict_is_about_options_that_there_are():
    for option in OPTIONS.values():
        for conflict in option.conflicts:
            assert option.name in conflict.names and set(conflict.names) <= OPTIONS.keys()


def test_defaults_are_in_range_and_mean_not_in_use():
    for option in OPTIONS.values():
        if option.default is not None:
            option.check(option.default)
            assert not option.uses(option.default)
        if option.alone is not None:
            option.check(option.alone)
            assert option.uses(option.alone)


def test_settings_have_an_attribute_for_each_and_do_not_change():
    settings = Settings(lr=1e-3)
    assert settings.lr == 1e-3 and settings.steps is None and list(settings.as_dict()) == list(OPTIONS)
    assert settings.but(lr=2.0).lr == 2.0 and settings.lr == 1e-3
    assert settings == Settings(lr=1e-3) and hash(settings) == hash(Settings(lr=1e-3)) and settings != Settings()
    assert repr(settings) == "Settings(lr=0.001)"
    with pytest.raises(AttributeError, match="do not change; make others with"):
        settings.lr = 1.0
    with pytest.raises(AttributeError):
        settings.learning_rate  # noqa: B018
    with pytest.raises(TypeError, match="Settings has no option learning_rate"):
        Settings(learning_rate=1.0)


def test_the_policy_of_the_flag_alone_is_that_of_the_layer():
    assert POLICY == diff_augment.POLICY, "it stands twice, so that the table is read without numpy"


def test_optimizers_know_what_they_know():
    rmsprop = {setting: argument.name for setting, argument in optimizer_options("rmsprop").items()}
    assert rmsprop == {"beta2": "rho", "eps": "eps"} and optimizer_options("sgd") == {}
    assert optimizer_options("adam").keys() == {"beta1", "beta2", "eps"} and optimizer_options("none") == {}


def test_the_readme_has_the_table():
    assert as_markdown() in README, "write what as_markdown() gives into the section 'All options' of recipes/README.md"


def test_the_table_is_read_without_numpy():
    code = "import minigan.cli.main, sys; minigan.cli.main.parser(True); print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
