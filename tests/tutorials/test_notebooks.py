"""Every notebook runs from top to bottom in a hurry, and says what it said when it was committed.

Compared is the text of all cells but those tagged `varies`; pictures are not. `pytest tests/tutorials -k 03` runs one.
"""

import json
import re
from pathlib import Path

import pytest

from minigan.files import bundled_folder
from minigan.lessons import ladder

FOLDER = bundled_folder("tutorials")
NOTEBOOKS = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.ipynb"))]
HEADINGS = ["What you will build", "What you need", "Try this", "Exercise", "What we learnt", "Sources"]
LARGEST, LARGEST_PICTURE = 400_000, 60_000  # bytes


def cells_of(path, kind="code"):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def code_cells(cells):
    """Those with something to run."""
    return [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]


def printed(cell):
    """The text that a cell put out: what it printed, and its value unless that is a picture."""
    text = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            text.append("".join(output["text"]))
        elif output["output_type"] in ("execute_result", "display_data") and not pictures_in(output):
            text.append("".join(output["data"].get("text/plain", "")) + "\n")
    return "".join(text)


def pictures_in(output):
    return [data for kind, data in output.get("data", {}).items() if kind.startswith("image/")]


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_runs_and_says_the_same(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason='notebooks need: pip install -e ".[test]"')
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("MINIGAN_FAST", "1")
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    ran = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        ran, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    committed = code_cells(json.loads(path.read_text(encoding="utf-8"))["cells"])
    for before, after in zip(committed, code_cells(ran.cells), strict=True):
        if "varies" not in before["metadata"].get("tags", []):
            assert printed(after) == printed(before), f"in the cell\n{after['source']}"


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_has_its_parts_in_order(path):
    first, *others = ["".join(cell["source"]) for cell in cells_of(path, "markdown")]
    assert re.match(r"# \d\d\b.*\w", first), "the first line is the title, with its number"
    assert re.search(r"\d+ minutes", first), "how many minutes does it take?"
    found = re.findall(r"^##+ (.*\S)", "\n".join(["", first, *others]), re.MULTILINE)
    places = [next((k for k, line in enumerate(found) if line.startswith(part)), None) for part in HEADINGS]
    assert None not in places, f"no heading {HEADINGS[places.index(None)]!r} among {found}"
    assert places == sorted(places) and places[2] - places[1] > 1, found  # between need and try: idea, code, picture
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_is_committed_with_outputs_that_are_small_and_of_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    assert not re.search(r"/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\Users", text), "a path of one machine"
    cells = code_cells(json.loads(text)["cells"])
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1)), "run it from top to bottom"
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    sizes = [len("".join(data)) * 3 // 4 for output in outputs for data in pictures_in(output)]
    assert sizes and max(sizes) < LARGEST_PICTURE, sizes


def test_the_ladder_in_the_readmes_is_what_the_notebooks_say():
    steps = ladder.notebooks()
    assert [step.number for step in steps] == list(range(len(steps)))
    for file in (FOLDER / "README.md", FOLDER.parent / "README.md"):
        if file.is_file():  # an installed package has no README of its own
            rows = re.findall(r"^\| (\d\d) \[.*?\]\((.*?\.ipynb)\) \| (\d+) \|", file.read_text(), re.MULTILINE)
            told = [(int(number), Path(link).name, int(minutes)) for number, link, minutes in rows]
            assert told == [(step.number, step.path.name, step.minutes) for step in steps], file
