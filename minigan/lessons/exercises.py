"""The exercises: a list of them, a fresh copy for a student, and the student's file in a folder."""

import re
import shutil
from pathlib import Path

from minigan.files import bundled_folder


def known() -> dict[int, Path]:
    """Number -> the file to fill in, such as {3: .../exercises/ex03_conv.py}."""
    files = (bundled_folder("tutorials") / "exercises").glob("ex[0-9][0-9]_*.py")
    return {int(path.name[2:4]): path for path in sorted(files)}


def number_of(name: str) -> int:
    """ "ex03", "03", "3" or "ex03_conv.py" -> 3. Raises ValueError if there is no such exercise."""
    numbers = known()
    match = re.fullmatch(r"(?:ex)?(\d{1,2})(?:_\w*)?(?:\.py)?", name.lower())
    if match is None or int(match[1]) not in numbers:
        names = ", ".join(f"ex{number:02}" for number in numbers)
        raise ValueError(f"there is no exercise {name!r}; there are {names}")
    return int(match[1])


def start(number: int, folder: str | Path) -> Path:
    """Put a fresh copy into `folder`, which is made if needed -> the copy. Raises ValueError if a file of that name
    is there: it may be a student's work."""
    fresh = known()[number]
    copy = Path(folder) / fresh.name
    if copy.exists():
        raise ValueError(f"{copy} is there already, perhaps with your answers; rename it, or start in another folder")
    copy.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(fresh, copy))


def find(number: int, place: str | Path) -> Path:
    """The student's file: `place` itself, or the file in the folder `place`. Raises ValueError if it has none."""
    place, name = Path(place), known()[number].name
    if not place.is_dir():
        return place
    if (place / name).is_file():
        return place / name
    again = f"minigan exercise start ex{number:02} {place}"
    raise ValueError(f"there is no {name} in {place.resolve()}; {again} puts a fresh one there")


def started(folder: str | Path) -> dict[int, Path]:
    """Number -> the student's file, for all exercises in the folder. Raises ValueError if it has none."""
    folder = Path(folder)
    found = {number: folder / path.name for number, path in known().items() if (folder / path.name).is_file()}
    if not found:
        raise ValueError(f"there are no exercises in {folder.resolve()}; minigan exercise start ex01 {folder} begins")
    return found
