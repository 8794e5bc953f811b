"""The runs that there are, a line each."""

import json
import time
from pathlib import Path

from minigan.report.folder import RunFolder
from minigan.tables import aligned

PLACE = "runs"  # where trainings go unless --out says otherwise
SHOWN = 30


def listing(place: str | Path = PLACE) -> str:
    """The runs in the folder `place`, a line each, the newest last; of more than thirty only the newest. "" if there
    are none."""
    found = sorted(Path(place).glob("*/config.json"), key=lambda path: (written(path), path))
    rows = [row(path.parent) for path in found[-SHOWN:]]
    lines = [f"{len(found) - SHOWN} older ones are not listed"] if len(found) > SHOWN else []
    lines += aligned(rows, left=5)
    for folder in sorted({path.parents[2] for path in Path(place).glob("*/*/seed-*/config.json")}):
        count = len(list(folder.glob("*/seed-*/config.json")))
        lines.append(f"{folder.as_posix()}/*/seed-*: {count} runs of a comparison")
    return "\n".join(lines)


def row(folder: Path) -> tuple[str, ...]:
    """The folder of a run, its data, its recipe or else its preset, how far it is, and when that was."""
    run, name = RunFolder(folder), folder.as_posix()
    try:
        config = json.loads(run.config.read_text(encoding="utf-8"))
        settings = config["settings"]
        what = settings["data"], settings.get("recipe") or settings["preset"]
        minutes = settings.get("minutes")
        steps = f"step {last_step(run):,} " + (f"in {minutes:g} minutes" if minutes else f"of {settings['steps']:,}")
    except (OSError, ValueError, KeyError, TypeError):
        return name, "its config.json cannot be read"
    return name, *map(str, what), steps, time.strftime("%Y-%m-%d %H:%M", time.localtime(written(run.config)))


def last_step(run: RunFolder) -> int:
    """The last step in metrics.csv; 0 if there is none."""
    try:
        with open(run.metrics, "rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            lines = file.read().decode(errors="replace").split("\n")[:-1]  # behind the last newline: half a line
    except OSError:
        return 0
    first = lines[-1].partition(",")[0] if lines else ""
    return int(first) if first.isdecimal() else 0


def written(config: Path) -> float:
    """When a run was last written to: the time of its checkpoint, or of its config where it has none yet."""
    checkpoint = RunFolder(config.parent).checkpoint
    return (checkpoint if checkpoint.exists() else config).stat().st_mtime
