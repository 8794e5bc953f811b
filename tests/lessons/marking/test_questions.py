"""Every cause that a gradient check may find has a question."""

from minigan.gradcheck.glossary import glossary
from minigan.gradcheck.core.report import Finding
from minigan.lessons.marking.questions import BY_CAUSE, GROUPS, UNEXPLAINED, question

KINDS = ("layer", "loss", "optimizer", "game", "double-backward", "network")


def test_every_cause_is_asked_for_once_and_nothing_else():
    assert BY_CAUSE.keys() == set().union(*map(glossary, KINDS))
    assert len(BY_CAUSE) == sum(len(causes.split()) for group in GROUPS for causes in group.values())


def test_all_are_questions():
    assert all(asked.endswith("?") for asked in [*BY_CAUSE.values(), UNEXPLAINED])


def test_it_says_of_which_gradient():
    assert question(Finding("dw", "wrong", cause="sign")).startswith("dw: right but for its sign: ")
    assert question(Finding("dw", "wrong")) == f"dw: {UNEXPLAINED}"
