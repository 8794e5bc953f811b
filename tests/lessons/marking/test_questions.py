"""A finding is told as the question of its cause."""

from minigan.gradcheck import Finding
from minigan.gradcheck.glossary import glossary
from minigan.lessons.marking.questions import UNEXPLAINED, question


def test_it_says_of_which_gradient():
    sign = Finding("dw", "wrong", cause=glossary("layer")["sign"])
    assert question(sign).startswith("dw: right but for its sign: ") and question(sign).endswith("?")
    assert question(Finding("dw", "wrong")) == f"dw: {UNEXPLAINED}"
