"""What gets installed: every package folder, the bundled data and the tutorials."""

import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import minigan

ROOT = Path(minigan.__file__).parent.parent


def test_every_folder_of_code_is_listed_as_a_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "minigan").rglob("__init__.py")}
    assert listed == folders | {"minigan.datasets", "minigan.tutorials"}
    assert config["metadata"]["version"] == minigan.__version__


def test_a_wheel_has_the_data_and_all_of_the_tutorials(tmp_path):
    pytest.importorskip("setuptools", minversion="77")
    copied = shutil.ignore_patterns("__pycache__", "*.nb?", ".ipynb_checkpoints")
    for folder in ("minigan", "datasets", "tutorials"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=copied)
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {"minigan/datasets/digits.npz", "minigan/lessons/marking/runner.py", "minigan/tutorials/README.md"} <= packed
    assert {"minigan/tutorials/plugins/README.md", "minigan/tutorials/plugins/residual.py"} <= packed
    tutorials = {file.relative_to(tmp_path) for file in (tmp_path / "tutorials").rglob("*.*")}
    assert {f"minigan/{file.as_posix()}" for file in tutorials} <= packed


def test_the_readme_names_the_two_commands_that_ci_calls():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert sum(line.endswith("minigan train") for line in lines) == 1
    assert sum(line.endswith("pytest -n 2") for line in lines) == 1
