"""Plugins: a user's own Python files, which register losses, penalties, networks, recipes, data sets, options, ...

    minigan train --plugin my_game.py --recipe mine

The file calls `minigan.register` (see there). Settings remember each plugin as (path, SHA-256 of the file), and so do
config.json and the checkpoint of a run: `--resume`, `sample`, `evaluate` and the processes of `compare` load it again
by themselves. Nothing is unpickled.

A plugin is code, and loading it runs it: whoever samples from the folder of somebody else's run runs the file that the
folder names, if it is there. It must have the hash that the run remembers. A file that has changed since is refused by
`--resume`; `sample` and `evaluate` say so on stderr, and run it.
"""

import hashlib
import sys
import traceback
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from minigan import register

LOADED: dict[str, str] = {}  # path -> SHA-256 of the file as it was run in this process
GIVEN: dict[str, str] = {}  # name of the file -> path: what the command line has given


def load(files: Iterable[str | tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Run each plugin that has not been run yet -> pairs (absolute path, SHA-256).

    files: paths, or such pairs, whose file must not have changed. A file that changed while this process runs is run
    anew if it is given as a path.
    Raises ValueError, one line, for a file that is missing, has changed, or stops with an error.
    """
    files = [files] if isinstance(files, str | Path) else files
    return tuple(dict.fromkeys(_load(*([file] if isinstance(file, str | Path) else file)) for file in files))


def _load(path: str | Path, expected: str | None = None) -> tuple[str, str]:
    path = str(Path(path).resolve())
    if expected and LOADED.get(path) == expected:
        return path, expected
    found = sha256(path)
    if expected and found != expected:
        raise ValueError(f"the plugin {path} has changed since the run was made; restore it, or give it again with "
                         f"--plugin {path} to go on with it as it is now")  # fmt: skip
    if LOADED.get(path) != found:
        run(path)
        LOADED[path] = found
    return path, found


def run(path: str) -> None:
    """Run the file as a module of its own, so that what it registers is known as its own. Its folder is on sys.path
    meanwhile, for the neighbours that it imports. If it fails, what it has registered is taken back."""
    name = f"minigan_plugin_{Path(path).stem}_{hashlib.sha256(path.encode()).hexdigest()[:8]}"
    module = sys.modules[name] = types.ModuleType(name)
    module.__file__ = path
    sys.path.insert(0, str(Path(path).parent))
    try:
        with register.of_file(path):
            exec(compile(Path(path).read_bytes(), path, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        sys.modules.pop(name)
        raise ValueError(f"the plugin {place(path, error)}: {type(error).__name__}: {first_line(error)}") from error
    finally:
        sys.path.remove(str(Path(path).parent))


def place(path: str, error: BaseException) -> str:
    """The file, and the last line of it on the way to the error."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f"{path}, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{path}, line {lines[-1]}" if lines else path


def first_line(error: BaseException) -> str:
    """The message of an error as one line."""
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join(message.split("\n"))


def sha256(path: str) -> str:
    """The hash of a file. Raises ValueError if there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"cannot read the plugin {path}: {error.strerror}; give the file with --plugin FILE.py, under "
                         f"the name {Path(path).name}") from None  # fmt: skip


def give(files: Iterable[str]) -> None:
    """Load what the command line gives. Each stands for a run's plugin of the same file name, from now on."""
    GIVEN.update({Path(path).name: path for path, _ in load(files)})


def recalled(saved: dict[str, Any], given: Iterable = (), note: Callable[[str], None] | None = None) -> dict[str, Any]:
    """The settings of a run, a dict, with its plugins as they are to be loaded now.

    given: plugins that stand for the run's of the same file names, as they are now; those of `give` do, too. note:
    function (text), told of a plugin that has changed and is used as it is now; None: `load` will refuse it.
    """
    again = GIVEN | {Path(path).name: path for path, _ in load(given)}
    files = []
    for path, expected in kept(saved):
        file = again.get(Path(path).name, (path, expected))
        if note and file == (path, expected) and (found := sha256(path)) != expected:
            file = path
            if LOADED.get(path) != found:
                note(f"the plugin {path} has changed since the run was made; it is used as it is now")
        files.append(file)
    return saved | {"plugin": [*files, *(path for path, _ in load(given))]}


def kept(saved: dict[str, Any]) -> list[tuple[str, str]]:
    """The plugins in the settings of a run, a dict. Raises ValueError unless they are pairs of texts."""
    found = saved.get("plugin") or ()
    whole = isinstance(found, list | tuple) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in found)
    if not whole or not all(isinstance(text, str) for pair in found for text in pair):
        raise ValueError(f"the settings of the run are damaged: plugin should be pairs (path, hash), got {found!r}")
    return [(path, expected) for path, expected in found]
