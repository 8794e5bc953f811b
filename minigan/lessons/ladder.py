"""The tutorials: which notebooks there are, what each is about, and how to open one."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import minigan
from minigan.files import bundled_folder

INSTALL = 'pip install -e ".[tutorials]"'  # in a clone, where the README's commands are given


@dataclass(frozen=True)
class Notebook:
    """One step of the ladder. minutes: of a student's time, 0 if it does not say. about: what one will build."""

    number: int
    title: str
    minutes: int
    about: str
    path: Path


def notebooks():
    """All notebooks in their order."""
    return [read(path) for path in sorted(bundled_folder("tutorials").glob("[0-9][0-9]_*.ipynb"))]


def read(path):
    """A Notebook from its own words: the title, its minutes, and the first paragraph of "What you will build"."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    heading = re.search(r"^# (.*)", text, re.MULTILINE)[1]
    minutes = re.search(r"(\d+)\s*min", text.split("\n## ")[0])
    built = re.search(r"^#+ What you will build\s+(.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return Notebook(
        number=int(path.name[:2]),
        title=re.sub(r"^\d+\W*|\W*\d+\s*min\w*\W*$", "", plain(heading)),
        minutes=int(minutes[1]) if minutes else 0,
        about=plain(built[1]) if built else "",
        path=path,
    )


def plain(markdown):
    """A line of Markdown without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown)).translate(
        {ord(c): None for c in "*`$"}
    )


def contents():
    """The ladder as text: a step's number, minutes and title, and below it the beginning of what one will build."""
    lines = []
    for step in notebooks():
        minutes = f"{step.minutes} min" if step.minutes else ""
        lines.append(f"{step.number:02}  {minutes:>6}  {step.title}")
        lines += [textwrap.shorten(step.about, 110, initial_indent=" " * 12, placeholder=" ...")] if step.about else []
    return "\n".join(lines)


def find(number):
    """The Notebook of this number. Raises ValueError if there is none."""
    for step in notebooks():
        if step.number == number:
            return step
    raise ValueError(f"there is no tutorial {number:02}; minigan tutorial lists them")


def open_in_jupyter(step, folder="."):
    """Open a Notebook in JupyterLab, until that is closed -> its exit code. Raises ValueError without JupyterLab."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise ValueError(f"JupyterLab is not installed: {INSTALL} brings it; the notebook is {step.path}")
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(working_copy(step.path, Path(folder)))])


def working_copy(path, folder):
    """The file to work in: in a clone the notebook itself; of an installed package a copy in `folder`, where a copy
    that is there already stays as it is."""
    if not path.is_relative_to(Path(minigan.__file__).parent):
        return path
    copy = folder / path.name
    return copy if copy.exists() else Path(shutil.copyfile(path, copy))
