"""A report reads well as text and in a notebook."""

import numpy as np
import pytest

from minigan.gradcheck import Finding, Numeric, Report
from minigan.gradcheck.core.report import undone


def test_text_and_notebook_say_the_same():
    report = Report("Dense", errors={"w": 0.5})
    assert report.ok and "Dense: ok" in str(report) and "Dense: ok" in report._repr_html_()
    report.add(Finding("w", "wrong: x < y", 0.5, [((0, 1), 1.0, 2.0)], cause="factor", hint="halve it", evidence="2.0"))
    assert not report.ok and report.verdict == "WRONG"
    for piece in ("w: wrong", "(0, 1)", "hint: halve it", "evidence: 2.0"):
        assert piece in str(report)
    assert "x &lt; y" in report._repr_html_() and "halve it" in report._repr_html_()


def test_one_finding_in_two_modes_is_noted_once():
    report = Report("Dense")
    for mode in (" in training mode", " in training mode", " in evaluation mode", " in evaluation mode"):
        report.add(Finding("w", "wrong", cause="sign"), mode)
        assert [f.message for f in report.findings] == ["wrong" if "eval" in mode else "wrong in training mode"]
    for player in (" in discriminator", " in generator", " in generator"):
        report.add(Finding("d", "wrong", cause="sign"), player)
    assert report.findings[1].message == "wrong in discriminator and in generator"


def test_not_checked_is_neither_ok_nor_wrong():
    report = Report("ReLU")
    report.add(Finding("dx", "not checked", cause="not-checked"))
    assert not report.ok and report.verdict == "NOT CHECKED"


@pytest.mark.parametrize(
    "said, off, text",
    [(1.0, 3e-9, "< 3e-09"), (1 + 2e-9, 3e-9, "< 5e-09"), (1 + 1e-7, 3e-9, "8.8e-08"), (1.0, 0.0, "0"),
     (0.0, 2.0, "none to be seen: the gradient is lost in rounding")],
)  # fmt: skip
def test_an_error_that_differences_cannot_see_is_told_by_its_bound(said, off, text):
    report = Report("Dense")
    report.compare("w", np.array([said]), Numeric(np.array([1.0]), np.array([True]), np.array([off])))
    assert report.error("w") == report.error() == text and f"relative error {text}" in str(report)


def test_what_cannot_be_known_does_not_hide_the_bound_of_the_others():
    report = Report("Sequential", errors={"w": 0.0, "b": 0.0}, bounds={"w": 2e-9, "b": 40.0})
    assert report.error() == "< 2e-09" and Report("Nothing").error() == ""


def test_what_undoes_a_factor_is_a_number_one_knows():
    said = {1 / 48: "multiplied by 48", 0.2: "multiplied by 5", 2: "divided by 2", 0.3: "divided by 0.3",
            -0.5: "multiplied by -2", -1: "divided by -1", 1.5: "divided by 1.5"}  # fmt: skip
    assert {factor: undone(factor) for factor in said} == said
