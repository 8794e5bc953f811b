"""Help, and wrong arguments: one line each, exit code 2."""

import pytest

from minigan.cli.main import COMMANDS


def test_help_and_version(terminal):
    assert "examples:" in terminal.ok("--help").stdout and "train" in terminal.ok("").stdout
    for command in COMMANDS:
        assert "examples:" in terminal.ok(f"{command} --help").stdout
    assert terminal.ok("--version").stdout.startswith("minigan 0.")


@pytest.mark.long
def test_wrong_names_and_numbers(terminal):
    terminal.refused("train --data digit", "digit", "did you mean")
    terminal.refused("train --preset quik", "unknown preset 'quik'", "quick")
    terminal.refused("train --batch-size 0", "--batch-size must be at least 2, got 0")
    terminal.refused("train --batch-size 5000", "4,000", "5000")
    terminal.refused("train --steps -1", "--steps must be at least 1")
    terminal.refused("train --data mnist", "train-images-idx3-ubyte")
    terminal.refused("sample nowhere", "not the folder of a run")
    terminal.refused("summary nothing", "unknown preset")
    done = terminal.minigan("train --steps many")
    assert done.returncode == 2 and "invalid int value: 'many'" in done.stderr and done.stderr.count("\n") == 1
    terminal.refused("data digits --seed -1", "--seed must be at least 0")
    terminal.refused("train --shift 100", "shift")
