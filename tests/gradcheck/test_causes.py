"""Every code that the checker's source can give is in the table, and no other."""

import re
from pathlib import Path

import minigan.gradcheck
from minigan.gradcheck.causes import CAUSES

SOURCE = Path(minigan.gradcheck.__file__).parent
# because("code", ...), cause="code", and what candidates yield or return first
GIVEN = re.compile(r'because\(\s*"([a-z0-9-]+)"|cause ?= ?"([a-z0-9-]+)"|(?:yield|return) \(?\s*f?"([a-z0-9-]+)",')


def codes():
    found = set()
    for path in [*SOURCE.glob("*.py"), *(SOURCE / "explain").glob("*.py")]:
        if path.name not in ("optimizer.py", "loss.py"):
            found |= {code for match in GIVEN.findall(path.read_text()) for code in match if code}
    return found


def test_every_code_has_a_sentence():
    names = {"dy", "branch", "term", "output"}  # what terms.py and others yield that is no cause
    assert codes() - names <= CAUSES.keys()
    assert len(codes() & CAUSES.keys()) > 60


def test_sentences_are_sentences():
    assert all(re.fullmatch(r"[a-z0-9-]+", code) for code in CAUSES)
    assert all(text[0].isupper() or text.startswith(("eps", "momentum", "dy", "x,", "param", "output_shape", "`"))
               for text in CAUSES.values())  # fmt: skip
    assert all(text.endswith(".") and len(text) < 120 for text in CAUSES.values())
