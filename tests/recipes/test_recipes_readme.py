"""The Python of the recipes' README runs as it stands there, only shorter."""

import re
from pathlib import Path

import pytest

from minigan import recipes
from minigan.recipes import Settings
from minigan.recipes.make import make_loss

README = (Path(recipes.__file__).parent / "README.md").read_text()
SHORT = ", seed=0, steps=2, batch_size=8)"


BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
(PLUGIN,) = [block for block in BLOCKS if "# my_game.py" in block]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block != PLUGIN])
def test_blocks_run(block, capsys):
    short = block.replace(", steps=6000", "").replace(", seed=0)", SHORT)
    assert short.count(SHORT) == 1
    exec(compile(short, "recipes/README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 2 and all(0 < float(line.split()[-1]) <= 1 for line in lines)


def test_the_plugin_is_one(plugin):
    path = plugin(PLUGIN)
    loss = make_loss(Settings(plugin=[path], recipe="mine", sharpness=3.0).resolved())
    assert type(loss).__name__ == "Sharper" and loss.sharpness == 3.0
