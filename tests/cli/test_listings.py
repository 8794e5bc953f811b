"""What a command says when its argument is left out, in a terminal of any encoding; and nothing is written."""

import json

import pytest

from minigan import data
from minigan.cli.terminal import PLAIN, plainly
from minigan.lessons import exercises
from minigan.models import PRESETS
from minigan.recipes import book
from minigan.report.runs import listing

LISTS = {  # command: (what must stand there, how to go on)
    "data": (data.DESCRIPTIONS, "minigan data NAME"),
    "summary": (PRESETS, "minigan summary PRESET"),
    "recipes": (book.names(), "minigan recipes NAME"),
    "compare": (book.names(), "minigan compare RECIPE RECIPE"),
    "exercise": ([f"ex{number:02}" for number in exercises.known()], "minigan exercise start ex01"),
    "exercise check": ([f"ex{number:02}" for number in exercises.known()], "minigan exercise start ex01"),
    "gradcheck": (["conv2d", "adam", "gan-step"], "minigan gradcheck NAME"),
    "sample": (["no runs"], "minigan train makes one"),
    "evaluate": (["no runs"], "minigan train makes one"),
    "tutorial": (["00  ", "14  "], "minigan tutorial NUMBER"),
}


@pytest.mark.parametrize("command", LISTS)
def test_the_list_and_how_to_go_on(terminal, command, tmp_path):
    names, go_on = LISTS[command]
    for encoding in ("ascii", "cp1252"):
        done = terminal.ok(command, env={"PYTHONIOENCODING": encoding})
        assert all(name in done.stdout for name in names) and go_on in done.stdout and not done.stderr
    assert not list(tmp_path.iterdir())


def test_what_an_encoding_lacks_is_written_plainly():
    for sign, plain in {**PLAIN, "字": "?"}.items():
        with pytest.raises(UnicodeEncodeError) as caught:
            f"a{sign}b".encode("ascii")
        assert plainly(caught.value) == (plain, 2) and plain.isascii()


def test_runs_are_listed_the_newest_last(tmp_path):
    assert listing(tmp_path / "none") == ""
    settings = {"data": "ring", "recipe": None, "preset": "mlp", "steps": 4000}
    for second, name in enumerate(("new", "old", "broken")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps({"settings": settings}) if second < 2 else "{")
        (tmp_path / name / "checkpoint.npz").touch()
    (tmp_path / "new/metrics.csv").write_text("step,d_loss\n1,0.5\n1234,0.5\n1235,")
    for name, when in (("new", 3e9), ("old", 1e9), ("broken", 2e9)):
        import os

        os.utime(tmp_path / name / "checkpoint.npz", (when, when))
    old, broken, new = listing(tmp_path).splitlines()
    assert old.split()[1:6] == ["ring", "mlp", "step", "0", "of"] and "cannot be read" in broken
    assert "/new " in new and "step 1,234 of 4,000" in new
    by_the_clock = {"settings": {**settings, "steps": None, "minutes": 10.0}}
    (tmp_path / "new/config.json").write_text(json.dumps(by_the_clock))
    assert "step 1,234 in 10 minutes" in listing(tmp_path).splitlines()[2]


def test_of_many_runs_the_newest_are_listed_and_a_comparison_is_one_line(tmp_path):
    for k in range(33):
        (tmp_path / f"run-{k}").mkdir()
        (tmp_path / f"run-{k}/config.json").write_text("{}")
    for seed in range(3):
        (tmp_path / f"compare-ring/gan/seed-{seed}").mkdir(parents=True)
        (tmp_path / f"compare-ring/gan/seed-{seed}/config.json").write_text("{}")
    lines = listing(tmp_path).splitlines()
    assert len(lines) == 32 and lines[0] == "3 older ones are not listed"
    assert lines[-1].endswith("compare-ring/*/seed-*: 3 runs of a comparison")
