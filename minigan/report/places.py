"""Where pictures go that nobody has asked for a place for: into the user's cache, never into the current folder."""

import tempfile
from pathlib import Path


def kept(name: str) -> Path:
    """The path for a file or folder of this name in the user's cache, in a folder that exists; what stood there before
    is written over. Where the cache cannot be written, a new folder for temporary files takes its place."""
    import pooch

    folder = Path(pooch.os_cache("minigan")) / "shown"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="minigan-"))
    return folder / name
