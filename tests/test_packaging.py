"""What gets installed: every package folder, and the bundled data."""

import configparser
from pathlib import Path

import minigan

ROOT = Path(minigan.__file__).parent.parent


def test_every_folder_of_code_is_listed_as_a_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "minigan").rglob("__init__.py")}
    assert listed == folders | {"minigan.datasets"}
    assert config["metadata"]["version"] == minigan.__version__


def test_the_readme_names_the_two_commands_that_ci_calls():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert sum(line.endswith("minigan train") for line in lines) == 1
    assert sum(line.endswith("pytest -n 2") for line in lines) == 1
