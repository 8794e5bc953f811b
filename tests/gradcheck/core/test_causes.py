"""Every code that the checker's source can give is in the table, and no other."""

import re
from pathlib import Path

import pytest

import minigan.gradcheck
from minigan.gradcheck.core.causes import CAUSES, glossary

SOURCE = Path(minigan.gradcheck.__file__).parent
# because("code", ...), cause="code", and what candidates yield or return first
GIVEN = re.compile(r'because\(\s*"([a-z0-9-]+)"|cause ?= ?"([a-z0-9-]+)"|(?:yield|return) \(?\s*f?"([a-z0-9-]+)",')


OTHERS = {"loss": "loss", "optimizer": "optimizer", "game": "game", "network": "network", "second": "double-backward"}


def codes(prefix=""):
    """What the modules whose names begin so give; without a prefix, those that check layers."""
    paths = SOURCE.glob(f"{prefix}*.py") if prefix else [*SOURCE.glob("*.py"), *(SOURCE / "explain").glob("*.py")]
    texts = [path.read_text() for path in paths if prefix or not path.name.startswith(tuple(OTHERS))]
    return {code for text in texts for match in GIVEN.findall(text) for code in match if code}


def test_every_code_has_a_sentence():
    names = {"dy", "branch", "term", "output", "sample"}  # what terms.py and others yield that is no cause
    assert codes() - names <= CAUSES.keys()
    assert len(codes() & CAUSES.keys()) > 60


@pytest.mark.parametrize("prefix, kind", OTHERS.items())
def test_every_other_code_has_a_sentence(prefix, kind):
    names = {"value", "d_real", "d_fake"}  # what is checked, and no cause
    assert codes(prefix) - names <= glossary(kind).keys()
    assert codes(prefix) & glossary(kind).keys()


def test_sentences_are_sentences():
    assert all(re.fullmatch(r"[a-z0-9-]+", code) for code in CAUSES)
    assert all(text[0].isupper() or text.startswith(("eps", "momentum", "dy", "x,", "param", "output_shape", "`"))
               for text in CAUSES.values())  # fmt: skip
    assert all(text.endswith(".") and len(text) < 120 for text in CAUSES.values())
