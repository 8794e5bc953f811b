"""The README's Python runs as it stands there, only shorter."""

import re
from pathlib import Path

import pytest

import minigan

ROOT = Path(minigan.__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
WHOLE = [block for block in BLOCKS if "import" in block]  # the others show lines of the library


@pytest.mark.parametrize("block", WHOLE)
def test_blocks_run(block, capsys):
    exec(compile(block.replace("range(2000)", "range(2)"), "README.md", "exec"), {})
    assert "WRONG" not in capsys.readouterr().out


def test_the_lines_shown_are_the_librarys_own():
    shown = [block for block in BLOCKS if "import" not in block]
    source = (ROOT / "minigan/gan.py").read_text()
    for block in shown:
        for line in filter(None, map(str.strip, block.splitlines())):
            assert line in source
    assert len(WHOLE) == 2 and len(shown) == 1
