"""Look again whenever a file is saved."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

SECONDS = 0.3  # between two looks


def saves(path: str, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yield once at the start, and then each time a Python file in the folder of `path` has been saved: the file
    itself, or a neighbour that it may import. It never ends by itself.

    An editor may empty a file before it fills it; so a change counts once two looks in a row see the same.
    """
    folder = Path(path).parent
    seen = stamps(folder)
    yield
    while True:
        sleep(SECONDS)
        now = stamps(folder)
        if now == seen:
            continue
        settled = False
        while not settled:
            sleep(SECONDS)
            settled, now = (later := stamps(folder)) == now, later
        seen = now
        yield


def stamps(folder: Path) -> dict[str, tuple]:
    """When each Python file in the folder was last written, and its size."""
    found = {}
    for file in folder.glob("*.py"):
        try:
            status = file.stat()
        except OSError:  # it was there a moment ago: an editor is putting a new one in its place
            continue
        found[file.name] = status.st_mtime_ns, status.st_size
    return found
