"""`minigan sample` as users meet it: where things go, and what is refused."""

import numpy as np


def test_sample(terminal, tmp_path):
    terminal.ok("train --data digits-8x8 --image-size 8 --batch-size 8 --quiet --steps 2 --out run")
    before = set(tmp_path.iterdir())
    assert terminal.ok("sample run -n 4").stdout.strip() == "run/drawn/seed-0-n-4.png"
    assert set(tmp_path.iterdir()) == before and (tmp_path / "run/drawn/seed-0-n-4.png").exists()
    terminal.ok("sample run -n 16 --out s.npz")
    with np.load(tmp_path / "s.npz") as file:
        assert file["images"].shape == (16, 8, 8, 1)
    terminal.ok("sample run -n 3 --out pictures/ --truncation 0.7")
    assert len(list((tmp_path / "pictures").iterdir())) == 3
    terminal.ok("sample run --walk --numbers 3,5 --frames 3 --path straight --out walk.gif")
    terminal.refused("sample run --out pictures", "pictures is not empty", "--force")
    terminal.refused("sample run --out a.jpg", "--out must end in .png")
    terminal.refused("sample run --walk 3 --path round", "unknown --path 'round'")
    terminal.refused("sample run --class 7", "--class is for a generator that is told what to draw", "leave it out")
    terminal.refused("sample run --label 7", "--class is for a generator that is told what to draw")  # its old name
    assert "--class CLASS" in (said := terminal.ok("sample --help").stdout) and "--label" not in said
    terminal.refused("sample run --numbers 4-1", "expected a range to rise")
