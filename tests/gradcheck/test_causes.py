"""The glossary knows every code that the zoo can ask for."""

from minigan.gradcheck import quiz
from minigan.gradcheck.causes import LAYERS, glossary


def test_every_answer_of_the_quiz_has_a_sentence():
    missing = {(m.kind, m.cause) for m in quiz.mutants() if m.cause not in glossary(m.kind)}
    assert not missing


def test_sentences_and_kinds():
    assert all(sentence[-1] == "." and len(sentence) < 90 for sentence in LAYERS.values())
    assert "ascent" in glossary("optimizer") and "ascent" not in glossary("layer")
