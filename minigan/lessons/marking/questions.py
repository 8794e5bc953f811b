"""From what a gradient check found to the question that leads a student on.

The diagnosis knows what is wrong, and often how to mend it. A student learns more from where to look: the question of a
cause (`minigan.gradcheck.Cause`) names the mistake, never the line to write. Several causes may share a question.
"""

from minigan.gradcheck import Finding

UNEXPLAINED = "which outputs does this entry reach, and with what factor? Does your sum have a term for each of them?"


def question(finding: Finding) -> str:
    """A Finding of minigan.gradcheck -> a question that begins with the gradient's name."""
    return f"{finding.where}: {finding.cause.question if finding.cause else UNEXPLAINED}"
