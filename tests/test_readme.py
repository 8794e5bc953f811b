"""The README's Python runs as it stands there, only shorter."""

import re
from pathlib import Path

import pytest

import minigan
from minigan.gradcheck.student import check_file

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
    assert len(WHOLE) == 4 and len(shown) == 1


def test_the_report_shown_is_what_the_command_says(tmp_path, monkeypatch):
    (wrong,) = [block for block in WHOLE if "MyDense" in block]
    (report,) = re.findall(r"```text\n(my_layers.py::MyDense.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("my_layers.py").write_text(wrong)
    (said,) = check_file("my_layers.py")
    assert without_seconds(str(said)) == without_seconds(report.rstrip())


def without_seconds(text):
    return re.sub(r"\d+\.\d\d s", "", text)
