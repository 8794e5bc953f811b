"""MINIGAN_FAST shortens the tutorials' trainings."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("value", "said"), [("1", "True 20"), ("0", "False 2000"), ("", "False 2000")])
def test_the_environment_decides(value, said):
    code = "from minigan.lessons import FAST, steps; print(FAST, steps(2000, fast=20))"
    env = os.environ | {"MINIGAN_FAST": value}
    assert subprocess.check_output([sys.executable, "-c", code], env=env, text=True).strip() == said
