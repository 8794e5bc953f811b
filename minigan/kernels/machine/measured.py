"""Numbers that are measured on the machine itself, once, and kept on disk.

They lie beside the compiled kernels, in a small JSON file for each processor that uses the folder. The first process
that has measured them writes them, and each process reads what lies there: so two that begin at once use the same
numbers, and so does each later run. A file that is damaged, or from elsewhere, or holds numbers that cannot be, is
measured again. Where nothing can be kept the built-in numbers are used, and a line says so: numbers measured anew in
each process would not be the same, and nor would results.
"""

import datetime
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np

from minigan.kernels.machine.compiling import contents
from minigan.kernels.machine.processor import model
from minigan.kernels.machine.target import compiled_for, vectors

SWITCH = "MINIGAN_MEASURE"  # in the environment; "off": use the built-in numbers
FACTOR = 10  # a number is believed if it is at most so many times the built-in one, and at least such a part of it
LARGEST = 10_000  # bytes of a file
BUILT_IN = "built in"


class Measured(NamedTuple):
    """The numbers, and where they are from: "built in (WHY)" or "measured on DATE"."""

    numbers: dict[str, float]
    origin: str


def kept(
    name: str, built_in: dict[str, float], measure: Callable[[], dict[str, float]], folder: Path | None, stamp: str
) -> Measured:
    """The numbers `name` of this processor as they lie in the folder; if they do not, measure and write them.

    folder: None if there is none. stamp: of what is measured; numbers with another stamp do not count.
    """
    if os.environ.get(SWITCH, "").strip().lower() == "off":
        return Measured(built_in, f"{BUILT_IN} ({SWITCH}=off)")
    key = {"measured": name, "processor": processor(), "stamp": stamp}
    digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
    path = folder and Path(folder) / f"measured-{name}-{digest}.json"
    found = path and read(path, key, built_in)
    return found or _measured_now(path, key, built_in, measure)


def _measured_now(path, key, built_in, measure):
    try:
        if path is None:
            raise OSError("there is no folder for compiled kernels")
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # before the work, not after it
    except OSError as error:
        why = f"nothing can be kept: {error.strerror or error}"
        _say(f"built-in times choose among the convolution algorithms, since {why}; to measure them on this machine, "
             "set NUMBA_CACHE_DIR to a folder that can be written")  # fmt: skip
        return Measured(built_in, f"{BUILT_IN} ({why})")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            _say(f"timing {key['measured']} on this processor (once, about a second) ...")
            numbers = measure()
            origin = "measured" if sane(numbers, built_in) else BUILT_IN
            numbers = numbers if origin == "measured" else built_in
            today = datetime.date.today().isoformat()
            json.dump(key | {"origin": origin, "date": today, "numbers": numbers}, file, indent=1)
        os.chmod(new, 0o644)
        _first_wins(new, path, lambda: read(path, key, built_in) is not None)
    except OSError:  # a full disk, say; the next process tries again
        return Measured(built_in, f"{BUILT_IN} (nothing could be kept)")
    finally:
        Path(new).unlink(missing_ok=True)
    return read(path, key, built_in) or Measured(built_in, f"{BUILT_IN} (nothing could be kept)")


def _first_wins(new, path, good):
    """Give the file `new` the name `path` too, unless a good file has it already."""
    try:
        os.link(new, path)  # fails if the name is taken, unlike a rename
    except OSError:  # or if the file system has no links
        if not good():
            os.replace(new, path)


def read(path: Path, key: Mapping[str, str], built_in: dict[str, float]) -> Measured | None:
    """What a file holds; None if it is not there, or not to be believed."""
    try:
        if not path.is_file():
            return None
        with open(path, "rb") as file:
            text = file.read(LARGEST + 1)
        found = json.loads(text) if len(text) <= LARGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or any(found.get(part) != value for part, value in key.items()):
        return None
    if not sane(found.get("numbers"), built_in) or found.get("origin") not in ("measured", BUILT_IN):
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(found.get("date")), re.ASCII):
        return None
    why = (
        f"measured on {found['date']}" if found["origin"] == "measured" else f"{BUILT_IN} (what was measured cannot be)"
    )
    return Measured({name: float(found["numbers"][name]) for name in built_in}, why)


def sane(numbers: Any, built_in: Mapping[str, float]) -> bool:
    """Whether these are all the numbers, each within FACTOR of the built-in one. (NaN is not.)"""
    if not isinstance(numbers, Mapping) or set(numbers) != set(built_in):
        return False
    return all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and built_in[name] / FACTOR <= value <= built_in[name] * FACTOR
        for name, value in numbers.items()
    )


def processor() -> str:
    """What the numbers depend on beside the program: the processor, and what is compiled for it."""
    _, name, features = compiled_for()
    digest = hashlib.sha256(features.encode()).hexdigest()[:8]
    return f"{model()}, compiled for {name}, features {digest}, vectors of {vectors().bits} bits"


def stamp(file: str, module: str) -> str:
    """A hash of the module, of all that it imports, and of what multiplies and compiles for it."""
    return hashlib.sha256(f"{contents(file, module)} {np.__version__} {numba.__version__}".encode()).hexdigest()


def folder_of(kernel: Any) -> Path | None:
    """Where numba keeps this compiled kernel: beside the package, in NUMBA_CACHE_DIR, or in the user's cache."""
    path = getattr(getattr(kernel, "stats", None), "cache_path", None)
    return Path(path) if path else None


def _say(line):
    print(f"minigan: {line}", file=sys.stderr, flush=True)
