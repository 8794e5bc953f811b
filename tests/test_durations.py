"""How long things take is declared once, in minigan/durations.py; every other place says the same."""

import re
from pathlib import Path

import pytest

import minigan
from minigan.cli.main import parser
from minigan.durations import DURATIONS
from minigan.models import PRESETS

ROOT = Path(minigan.__file__).parent.parent
LENGTH = r"(?:half a|a|one|two|three|\d+)(?: or two)? (?:minutes?|seconds?)"
SAID = [  # (file, the words around a length of time, what it is of)
    ("README.md", r"Draw digits: one line, ({}),", "train"),
    ("README.md", r"It takes about ({}) and writes `digits.png`", "loop"),
    ("README.md", r"a network that draws digits, in about ({})", "loop"),
    ("README.md", r"scores 10,000 of them in about ({})", "evaluate"),
    ("tutorials/README.md", r"a network that draws digits, in about ({})", "loop"),
    ("minigan/cli/README.md", r"points on a ring, about ({})", "ring"),
    ("minigan/metrics/README.md", r"learnt the real ones, in about (.*?),", "evaluate"),
]


@pytest.mark.parametrize(("file", "words", "what"), SAID)
def test_a_readme_says_what_is_declared(file, words, what):
    text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
    found = re.search(words.format(r"[\w-]+(?: [\w-]+)? (?:minutes?|seconds?)"), text)
    assert found, f"{file} no longer says how long {what} takes, or in other words"
    assert found[1] == DURATIONS[what].removeprefix("about "), f"{file}: {found[0]}"


def test_no_readme_has_another_length_of_time():
    """A new sentence about seconds or minutes of a command must join the list above."""
    known = {DURATIONS[what].removeprefix("about ") for *_, what in SAID}
    for file in {file for file, *_ in SAID}:
        text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
        for found in re.findall(rf"(?:about|in|within) ({LENGTH})\b", text):
            assert found in known, f"{file}: {found}"


def test_help_and_presets_read_it():
    text = " ".join(parser().format_help().split())
    assert f"a DCGAN on the bundled digits, {DURATIONS['train']}" in text
    assert f"points on a ring, {DURATIONS['ring']}" in text
    written = [(ROOT / "minigan/cli/main.py").read_text(encoding="utf-8"), *(p.description for p in PRESETS.values())]
    assert not re.search(LENGTH, " ".join(written))
