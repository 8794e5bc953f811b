"""Every wrong layer of the zoo is found, and its cause is named."""

import subprocess
import sys

import pytest

from minigan.gradcheck import check_optimizer
from minigan.gradcheck.glossary import glossary
from minigan.lessons.clinic import zoo
from minigan.lessons.clinic.zoo import optimizers, second

ALL = list(zoo.load().values())
LAYERS = [mutant for mutant in ALL if mutant.kind == "layer"]


@pytest.mark.parametrize("mutant", LAYERS, ids=lambda mutant: mutant.name)
def test_it_is_found_and_its_cause_is_named_first(mutant):
    report = mutant.check()
    assert report.verdict == "WRONG", report
    named = [finding.cause for finding in report.findings]
    assert named[0] == mutant.cause or (named[0] == "params-changed" and named[1] == mutant.cause), report
    assert report.findings[0].hint and report.seconds < 10


@pytest.mark.parametrize("right", [optimizers.SGD, optimizers.Momentum, optimizers.RMSProp, optimizers.Adam])
def test_optimizers_before_their_edits_are_right(right):
    report = check_optimizer(right)
    assert report.ok, report


@pytest.mark.parametrize("check, right", [(second.square, second.SecondDense), (second.rows, second.SecondLeaky)])
def test_second_derivatives_before_their_edits_are_right(check, right):
    report = check(right)
    assert report.ok, report


def test_there_are_many_and_they_are_described():
    assert len(LAYERS) >= 80
    for mutant in ALL:
        assert mutant.cause in glossary(mutant.kind), mutant.name
        assert mutant.source.startswith(("class ", "def ")) and len(mutant.source.splitlines()) <= 40
        assert len(mutant.mistake) > 15


def test_the_table_has_a_line_for_each():
    lines = zoo.table(LAYERS[:3]).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [mutant.name for mutant in LAYERS[:3]]
    assert "3 of 3 found, 3 with the right cause first" in lines[-1]


def test_the_zoo_is_not_loaded_with_minigan():
    code = "import sys, minigan.gradcheck; sys.exit(any('clinic' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_two_mutants_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two mutants are called"):
        zoo.mutant(LAYERS[0].name, kind="layer", cause="sign", mistake="", check=None)(object)
