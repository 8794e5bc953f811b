"""A report reads well as text and in a notebook."""

from minigan.gradcheck import Finding, Report


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
    report.add(Finding("w", "wrong", cause="sign"), " in training mode")
    report.add(Finding("w", "wrong", cause="sign"), " in evaluation mode")
    (finding,) = report.findings
    assert finding.message == "wrong in training mode and in evaluation mode"


def test_not_checked_is_neither_ok_nor_wrong():
    report = Report("ReLU")
    report.add(Finding("dx", "not checked", cause="not-checked"))
    assert not report.ok and report.verdict == "NOT CHECKED"
