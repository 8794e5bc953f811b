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
