"""minigan bench: the flags reach the measurement, or are refused before it."""

import json

import pytest

TINY = "bench --preset quick --batch-size 4 --image-size 8 --threads 1 --steps 1"


@pytest.mark.long
def test_flags_choose_the_game(terminal):
    done = terminal.ok(f"{TINY} --recipe wgan-gp --k 2 --penalty r1:0.5 --penalty r2:0.5 --json")
    result = json.loads(done.stdout)
    assert result["choices"] == {"recipe": "wgan-gp", "k": 2, "penalty": ["r1:0.5", "r2:0.5"]}
    assert (result["preset"], result["batch_size"], result["image_size"], result["steps"]) == ("quick", 4, 8, 1)


@pytest.mark.long
def test_what_is_refused(terminal):
    terminal.refused(f"{TINY} --penalty r1:-1", "must be a finite number of at least 0")
    terminal.refused(f"{TINY} --spectral-norm --clip", "--spectral-norm does not go with --clip")
    terminal.refused("bench --growth --loss hinge", "--growth goes through all sizes of the plain game")
