"""A cause is one object: found by its name, with a meaning, a question and hints; and every name that the checker's
source gives is in the table of its kind, and no other."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import minigan.gradcheck
from minigan.gradcheck.core.causes import SHARED, Cause, Causes
from minigan.gradcheck.glossary import OF_KIND, glossary

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(minigan.gradcheck.__path__, "minigan.gradcheck.")
]
SPEAKING = [module for module in MODULES if hasattr(module, "because")]


def names_given(module):
    """The names in because("...", ...), and those that candidates yield first."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "because":
            yield from (n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant))
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 2:
            yield getattr(node.value.elts[0], "value", None)


@pytest.mark.parametrize("module", SPEAKING, ids=lambda module: module.__name__)
def test_every_name_that_is_given_is_in_the_table_of_its_kind(module):
    # "parameter-" and "-in-" begin names that are put together; None, a name that is computed
    given = {name for name in names_given(module) if isinstance(name, str)} - {"parameter-", "-in-", "-step"}
    assert {name for name in given if re.fullmatch("[a-z0-9-]+", name)} <= module.because.__self__.keys()


def test_most_modules_say_why():
    assert len(SPEAKING) > 15 and sum(len(set(names_given(module))) for module in SPEAKING) > 150


def test_no_cause_is_never_given():
    text = "".join(Path(module.__file__).read_text() for module in MODULES if not module.__name__.endswith("causes"))
    put_together = {"g-in-d-step", "parameter-twice"}
    put_together |= {f"{slip}-{average}" for slip in ("never-forgets", "no-one-minus") for average in "mv"}
    for kind, known in OF_KIND.items():
        unused = {name for name in known if f'"{name}"' not in text} - put_together
        assert not unused, kind


@pytest.mark.parametrize("kind", OF_KIND)
def test_meanings_and_questions_are_sentences(kind):
    for name, cause in glossary(kind).items():
        assert re.fullmatch(r"[a-z0-9-]+", name) and cause.name == name
        assert cause.meaning.endswith(".") and len(cause.meaning) < 170 and cause.question.endswith("?"), name


def test_a_cause_equals_its_name_and_no_other():
    sign = Cause("sign", "The sign is wrong.", "", "which minus was lost?")
    assert sign == "sign" and "sign" == sign and str(sign) == "sign" and sign in {"sign"} and sign != None  # noqa: E711
    assert {sign, "sign"} == {"sign"} and sign != "factor" and "sign" in {sign}


def test_a_table_says_why_and_a_later_one_may_replace():
    one = Cause("std", "A std is missing.", "divide by {what} and return {{}}", "where?")
    table = Causes(one, base=SHARED.values())
    why = table.because("std", "seen", what="sqrt(var)")
    assert why == {"cause": "std", "hint": "divide by sqrt(var) and return {}", "evidence": "seen"}
    assert why["cause"] is one and table.because("std", hint="look")["hint"] == "look" and "nan" in table
    other = Cause("std", "Another.", "", "why?")
    assert Causes(other, base=table.values())["std"] is other and table["std"] is one
    with pytest.raises(KeyError):
        table.because("sdt")


def test_each_kind_knows_what_all_share_and_its_own():
    assert SHARED.keys() <= set.intersection(*map(set, OF_KIND.values()))
    assert "transposed" in glossary("layer") and "transposed" in glossary("network")
    assert "layer-skipped" in glossary("network") and "layer-skipped" not in glossary("layer")
    assert glossary("loss")["zero"].meaning != glossary("layer")["zero"].meaning
    assert (
        "one-beta" in glossary("optimizer")
        and "d-reused" in glossary("game")
        and "slope-twice" in glossary("double-backward")
    )
