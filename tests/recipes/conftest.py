"""Plugins as real files."""

import pytest

from minigan import register
from minigan.recipes import plugins


@pytest.fixture
def plugin(tmp_path):
    """A function (text, name) -> the path of a plugin in tmp_path. What the plugins of a test register is taken back at
    its end."""
    written = []

    def write(text, name="my_game.py"):
        path = tmp_path / name
        path.write_text(f"from minigan import register\n{text}\n")
        written.append(str(path.resolve()))
        return path

    yield write
    for path in written:
        register.forget(path)
        plugins.LOADED.pop(path, None)
    plugins.GIVEN.clear()
