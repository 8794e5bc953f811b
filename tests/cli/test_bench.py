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
    terminal.refused("bench --growth --kernels", "--growth goes through all sizes of the plain game")
    terminal.refused("bench --growth --processes 2", "each size in a process of its own; leave out --processes")
    terminal.refused("bench --kernels --steps 3", "--steps counts training steps, and --kernels runs none")
    terminal.refused("bench --kernels --loss hinge", "fix: add --preset or --recipe")
    terminal.refused("bench --kernels --processes 0", "processes must be a whole number of at least 1, got 0")


@pytest.mark.long
def test_kernels_alone(terminal):
    done = terminal.ok("bench --kernels --preset mlp --batch-size 4 --threads 1 --processes 1 --json")
    result = json.loads(done.stdout)
    assert result["processes"] == 1 and result["threads"] == 1 and result["rows"]
    assert "process 1 of 1" in done.stderr
