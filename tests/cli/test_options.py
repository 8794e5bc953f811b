"""Flags from the table of options: the usual ones in --help, all in --help-all."""

import re

import pytest

from minigan.cli.main import parser
from minigan.cli.options import choices_of
from minigan.recipes.options import OPTIONS
from minigan.recipes.rules import flag


def flags(text):
    return set(re.findall(r"^  (--[a-z0-9-]+)", text, re.MULTILINE))


def test_help_has_those_that_people_use(terminal):
    said = flags(terminal.ok("train --help").stdout)
    first = {"--data", "--recipe", "--preset", "--image-size", "--steps", "--batch-size", "--lr", "--seed", "--out"}
    first |= {"--game", "--conditional", "--minutes"}
    assert said == first | {"--resume", "--from", "--quiet", "--plugin", "--help-all"}
    everything = flags(terminal.ok("train --help-all").stdout)
    assert everything == said | {option.flag for option in OPTIONS.values()}
    for command in ("compare", "bench"):
        assert flags(terminal.ok(f"{command} --help-all").stdout) > flags(terminal.ok(f"{command} --help").stdout)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_flag_reaches_the_settings(name):
    option = OPTIONS[name]
    value = {int: 3, float: 0.5, str: "x", bool: True}[option.type]
    written = [option.flag] if value is True else [option.flag, str(value)]
    assert choices_of(parser().parse_args(["train", *written])) == {name: ["x"] if option.several else value}
    if option.type is bool:
        assert choices_of(parser().parse_args(["train", flag(f"no_{name}")])) == {name: False}
    if option.alone is not None:
        assert choices_of(parser().parse_args(["train", option.flag])) == {name: option.alone}
