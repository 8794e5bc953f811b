"""The tutorials: a list of the notebooks, what each is about, and a copy of one, opened in JupyterLab."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from minigan.files import bundled_folder

WORK = "tutorials-work"  # the folder of the student's copies: the files of the package stay as they are
LOOK_EVERY = 0.2  # seconds
INSTALL = 'pip install -e ".[tutorials]"'  # in a clone, where the README's commands are given


@dataclass(frozen=True)
class Notebook:
    """One step of the ladder. minutes: of a student's time, 0 if the notebook does not say. about: what the student
    builds, in a few words."""

    number: int
    title: str
    minutes: int
    about: str
    path: Path


def notebooks() -> list[Notebook]:
    """All notebooks in their order."""
    folder = bundled_folder("tutorials")
    built = what_one_builds((folder / "README.md").read_text(encoding="utf-8"))
    return [read(path, built.get(int(path.name[:2]), "")) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]


def what_one_builds(readme: str) -> dict[int, str]:
    """Number -> what the student builds in that step, from the table in the README of the tutorials."""
    rows = [[cell.strip() for cell in line.split("|")] for line in readme.splitlines() if line.startswith("| ")]
    heads = next((row for row in rows if "what you build" in row), [])
    steps = [dict(zip(heads, row, strict=True)) for row in rows if len(row) == len(heads)]
    return {int(step["step"][:2]): plain(step["what you build"]) for step in steps if step["step"][:2].isdecimal()}


def read(path: Path, about: str) -> Notebook:
    """The Notebook in the file `path`: its title and minutes are read from its first cell of text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    heading = re.search(r"^# (.*)", text, re.MULTILINE)[1]
    minutes = re.search(r"(\d+)\s*min", text.split("\n## ")[0])
    return Notebook(
        number=int(path.name[:2]),
        title=re.sub(r"^\d+\W*|\W*\d+\s*min\w*\W*$", "", plain(heading)),
        minutes=int(minutes[1]) if minutes else 0,
        about=about,
        path=path,
    )


def plain(markdown: str) -> str:
    """A line of Markdown as plain text: without links, stars, backticks and dollars."""
    without_links = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[*`$]", "", re.sub(r"\s+", " ", without_links))


def contents() -> str:
    """The ladder as text: for each step its number, minutes and title, and below these what the student builds."""
    lines = []
    for step in notebooks():
        minutes = f"{step.minutes} min" if step.minutes else ""
        lines.append(f"{step.number:02}  {minutes:>6}  {step.title}")
        lines += [" " * 12 + step.about] if step.about else []
    return "\n".join(lines)


def find(number: int) -> Notebook:
    """The Notebook of this number. Raises ValueError if there is none."""
    for step in notebooks():
        if step.number == number:
            return step
    raise ValueError(f"there is no tutorial {number:02}; minigan tutorial lists them")


def aloud(text: str) -> None:
    """Print at once, also into a file or a pipe."""
    print(text, flush=True)


def open_in_jupyter(step: Notebook, folder: str | Path = WORK, say: Callable[[str], None] = aloud, *,
                    browser: bool = True, port: int | None = None) -> int:  # fmt: skip
    """Open the student's copy of a Notebook, in `folder`, in JupyterLab; wait until that is closed -> its exit code.

    say: function (text) for messages; it is told the address as well. browser: whether JupyterLab opens one. port: of
    JupyterLab; None: 8888, or the next that is free.
    Raises ValueError without JupyterLab, for a port that is none, or if the folder cannot be written.
    """
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"--port must be between 1 and 65535, got {port}")
    if importlib.util.find_spec("jupyterlab") is None:
        raise ValueError(f"JupyterLab is not installed: {INSTALL} brings it; the notebook is {step.path}")
    copy, fresh = working_copy(step.path, Path(folder))
    say(f"{copy}: {'a fresh copy, yours to change' if fresh else 'your own copy, as you left it'}")
    options = [] if browser else ["--no-browser"]
    options += [] if port is None else [f"--port={port}", "--ServerApp.port_retries=0"]  # that one, or an error
    with subprocess.Popen([sys.executable, "-m", "jupyterlab", *options, str(copy)]) as process:
        threading.Thread(target=tell_address, name="tell_address", args=(process, copy, say), daemon=True).start()
        code = process.wait()
    if code and getattr(os, "geteuid", lambda: 1)() == 0:  # Windows has no geteuid
        say("JupyterLab refuses to start for root. Start it as another user; or, where there is only root, as in a "
            f"container: {sys.executable} -m jupyterlab --allow-root {copy}")  # fmt: skip
    return code


def tell_address(process: subprocess.Popen, copy: Path, say: Callable[[str], None]) -> None:
    """Tell the address of the notebook `copy` as soon as JupyterLab, the `process`, has written down its own."""
    file = runtime_folder() / f"jpserver-{process.pid}.json"
    while process.poll() is None:
        try:
            server = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # not there yet, or half written
            time.sleep(LOOK_EVERY)
            continue
        token = f"?token={server['token']}" if server.get("token") else ""
        copy, root = copy.resolve(), Path(server["root_dir"]).resolve()
        place = f"/tree/{quote(copy.relative_to(root).as_posix())}" if copy.is_relative_to(root) else ""
        say(f"address: {server['url']}lab{place}{token}")
        return


def runtime_folder() -> Path:
    """Where JupyterLab writes down its address, and `jupyter server list` looks for it."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def working_copy(path: Path, folder: Path) -> tuple[Path, bool]:
    """The copy of the notebook in `folder`, and whether it is fresh: an older copy stays as it is.

    The notebooks link to each other, so all of them are copied.
    """
    fresh = not (folder / path.name).exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for step in path.parent.glob("[0-9][0-9]_*.ipynb"):
            if not (folder / step.name).exists():
                shutil.copyfile(step, folder / step.name)
    except OSError as error:
        raise ValueError(f"cannot copy the notebooks into {folder}: {error.strerror}; name another folder") from error
    return folder / path.name, fresh
