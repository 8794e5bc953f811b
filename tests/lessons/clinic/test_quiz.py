"""A quiz hands out a mistake and no answer; the number alone brings it back."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.layers import Dense
from minigan.lessons.clinic import quiz, zoo


def checked(kind):
    return check_layer(kind(4, 4, rng=np.random.default_rng(0)), input_shape=(3, 4))


class TwiceW(Dense):
    def backward(self, dy, cache):
        dx, grads = super().backward(dy, cache)
        grads["w"] = 2 * grads["w"]
        return dx, grads


class NoReturn(Dense):
    def backward(self, dy, cache):
        super().backward(dy, cache)


@pytest.fixture
def zoo_of_two(monkeypatch):
    """A zoo with two animals; TwiceW's number."""
    monkeypatch.setattr(zoo, "MUTANTS", {})
    zoo.mutant("twice", kind="layer", cause="factor", mistake="dw is doubled", check=checked)(TwiceW)
    zoo.mutant("nothing", kind="layer", cause="returns", mistake="no return", check=checked)(NoReturn)
    monkeypatch.setattr(zoo, "load", lambda: zoo.MUTANTS)
    (number,) = [k for k in (1, 2) if quiz.numbered(k).name == "twice"]
    return number


def test_handed_out_without_the_answer_and_never_over_a_file(zoo_of_two, tmp_path):
    out = tmp_path / "mine.py"
    above, below = quiz.handed_out(zoo_of_two, out)
    assert f"Quiz {zoo_of_two} of 2" in above and str(out) in above and "class Quiz" in out.read_text()
    assert "factor " in below and "returns " in below and f"--quiz {zoo_of_two} --answer CODE" in below
    assert f"mine.py::Quiz{zoo_of_two}" in below
    out.write_text("mine")
    assert "left as it is" in quiz.handed_out(zoo_of_two, out)[0] and out.read_text() == "mine"


def test_the_puzzle_has_numbers_and_no_words(zoo_of_two):
    puzzle, whole = quiz.puzzle(zoo_of_two), quiz.numbered(zoo_of_two).check()
    (finding,) = puzzle.findings
    assert finding.worst == whole.findings[0].worst and finding.analytic is not None
    assert finding.cause is None and not finding.hint and not finding.evidence
    text = str(puzzle)
    assert "differences say" in text and whole.findings[0].hint not in text and "TwiceW" not in text
    assert "not as it should be" in str(quiz.puzzle(3 - zoo_of_two))


def test_answers_are_marked_and_a_wrong_one_gets_a_question(zoo_of_two):
    right, words = quiz.marked(zoo_of_two, "factor")
    assert right and "dw is doubled" in words
    right, words = quiz.marked(zoo_of_two, "returns")
    assert not right and "always the same number?" in words and "factor" not in words and "doubled" not in words
    assert "No number is wrong by itself" in quiz.marked(3 - zoo_of_two, "factor")[1]
    with pytest.raises(ValueError, match="did you mean factor"):
        quiz.marked(zoo_of_two, "facto")
    assert "Dw is doubled" in quiz.revealed(zoo_of_two) and "hint: w is the right one times 2" in quiz.revealed(
        zoo_of_two
    )


def test_nine_codes_to_choose_from_and_the_right_one_among_them(zoo_of_two):
    assert quiz.choices(zoo_of_two) == ["factor", "returns"]
    for k in range(30):
        zoo.mutant(f"animal {k}", kind="layer", cause=f"cause {k}", mistake="it limps", check=checked)(TwiceW)
    for number in range(1, 33):
        choice = quiz.choices(number)
        assert len(set(choice)) == 9 and quiz.numbered(number).cause in choice and choice == quiz.choices(number)
    assert quiz.choices(3) != quiz.choices(4)


def test_a_seed_repeats_the_draw_and_a_kind_narrows_it(zoo_of_two):
    assert quiz.drawn("layer", seed=3) == quiz.drawn(None, seed=3) in (1, 2)
    assert {quiz.drawn(seed=seed) for seed in range(20)} == {1, 2}
    with pytest.raises(ValueError, match="--kind expected one of layer, got 'loss'"):
        quiz.drawn("loss")
    for number in (0, 3):
        with pytest.raises(ValueError, match="from 1 to 2"):
            quiz.numbered(number)


def test_wrong_entries_in_some_places_get_another_question():
    class Row(Dense):
        def backward(self, dy, cache):
            dx, grads = super().backward(dy, cache)
            grads["w"] = grads["w"].T.copy()
            return dx, grads

    assert "where are the worst entries" in quiz.next_question(checked(Row))


def test_every_answer_of_the_quiz_has_a_sentence():
    missing = {(m.kind, m.cause) for m in quiz.mutants() if m.cause not in quiz.glossary(m.kind)}
    assert not missing
