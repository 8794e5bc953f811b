"""From what a gradient check found to the question that leads a student on."""


def question(finding):
    """A Finding -> a question. The diagnosis says what is wrong; the question says where to look."""
    asked = QUESTIONS.get(finding.cause, "which terms of the sum does this entry get, if you write it out by hand?")
    return f"{finding.where}: {asked}"


QUESTIONS = {
    "sign": "right but for its sign: which minus sign of forward got lost, or came twice?",
}
