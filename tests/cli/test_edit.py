"""`minigan edit` as users meet it."""

import json

import numpy as np
from PIL import Image


def test_edit(terminal, tmp_path):
    terminal.ok("train --data digits-8x8 --image-size 8 --batch-size 8 --quiet --steps 2 --out run")
    said = terminal.ok("edit run find --held-out 3 --starts 2 --steps 3 --quiet").stdout
    assert "one picture: G(z)" in said and said.strip().endswith("found.npz, table.json in run/edit/find")
    assert sorted(path.name for path in (tmp_path / "run/edit/find").iterdir()) == [
        "found.npz", "picture.png", "table.json"]  # fmt: skip
    said = terminal.ok("edit run denoise --held-out 3 --starts 2 --steps 3 --quiet --json --out o").stdout
    assert json.loads(said)[0]["task"] == "denoise 0.5"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "my.png")
    terminal.ok("edit run repair --mask left --starts 2 --steps 3 my.png --quiet --out mended")
    assert (tmp_path / "mended/picture.png").exists()
    terminal.refused("edit run", "what shall be done with run?", "repair")
    terminal.refused("edit run mend", "unknown verb 'mend'", "repair")
    terminal.refused("edit run find --mask left", "--mask is not for edit find, but for repair; leave it out")
    terminal.refused("edit run repair none.png", "none.png", "found nothing", "check the path")
    terminal.refused("edit nowhere find", "nowhere is not the folder of a run")
    assert "--held-out N" in terminal.ok("edit --help").stdout


def test_without_a_run_it_lists_them(terminal):
    assert "there are no runs" in terminal.ok("edit").stdout
