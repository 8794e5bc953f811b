"""The Python of the recipes' README runs as it stands there, only shorter."""

import re
from pathlib import Path

import pytest

from minigan import recipes

README = (Path(recipes.__file__).parent / "README.md").read_text()
SHORT = ", seed=0, steps=2, batch_size=8)"


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_blocks_run(block, capsys):
    short = block.replace(", steps=6000", "").replace(", seed=0)", SHORT)
    assert short.count(SHORT) == 1
    exec(compile(short, "recipes/README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 2 and all(0 < float(line.split()[-1]) <= 1 for line in lines)
