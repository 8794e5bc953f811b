"""The command line as users meet it: through a process of its own."""

import os
import subprocess
import sys

import pytest


class Terminal:
    """`minigan` in the folder `cwd`."""

    def __init__(self, cwd):
        self.cwd = cwd

    def minigan(self, arguments, **options):
        """Run it; the finished process, with stdout and stderr."""
        env = os.environ | {"MINIGAN_MIRROR": "off"} | options.pop("env", {})
        return subprocess.run([sys.executable, "-m", "minigan", *arguments.split()], cwd=self.cwd, env=env,
                              capture_output=True, text=True, timeout=300, **options)  # fmt: skip

    def ok(self, arguments, **options):
        """Run it; exit code 0."""
        done = self.minigan(arguments, **options)
        assert done.returncode == 0, done.stderr
        return done

    def refused(self, arguments, *words, **options):
        """Exit code 2, one line on stderr that begins with `minigan: error:` and holds the words; no file left."""
        before = sorted(map(str, self.cwd.rglob("*")))
        done = self.minigan(arguments, **options)
        assert done.returncode == 2, (done.returncode, done.stderr)
        lines = [
            line
            for line in done.stderr.splitlines()
            if "compiling kernels" not in line and not line.startswith("data:")
        ]
        assert len(lines) == 1 and "error: " in lines[0], done.stderr
        for word in words:
            assert word in lines[0], lines[0]
        assert sorted(map(str, self.cwd.rglob("*"))) == before


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path)
