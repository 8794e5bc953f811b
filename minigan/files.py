"""Writing files so that none is ever half there; and where the files lie that come with the package."""

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a new file beside `path` for binary writing; when the block ends well, flush it to disk and give it the name
    `path` in one step. If anything fails, the new file goes and what stood under the name before stands there still.

        with replacing("final.png") as file:
            file.write(...)

    Raises OSError, naming `path`, where the folder cannot be written or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        # Name the file the user knows, not the temporary one.
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` in UTF-8 under the name `path`, by `replacing`."""
    with replacing(path) as file:
        file.write(text.encode())


def _umask():
    """The process's file mode mask; mkstemp ignores it and makes files that only their owner may read."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def bundled_folder(name: str) -> Path:
    """The folder `name`, "datasets" or "tutorials", that comes with the package, as a Path.

    Installed, it is the package minigan.NAME; in a checkout it is beside `minigan/`.
    """
    spec = importlib.util.find_spec(f"minigan.{name}")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(__file__).resolve().parents[1] / name
