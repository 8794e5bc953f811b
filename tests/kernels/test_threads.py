"""What importing the kernels does, and does not do, to the process."""

import os
import subprocess
import sys

SAY = "from minigan.kernels import conv2d; import numpy as np; "
RUN = SAY + "conv2d(np.zeros((1,4,4,1), np.float32), np.zeros((3,3,1,1), np.float32), (1,1), ((0,0),(0,0)))"


def python(code, tmp_path):
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)


def test_compiling_is_announced_once_and_the_cache_is_used(tmp_path):
    first, second = python(RUN, tmp_path), python(RUN, tmp_path)
    assert first.stderr.count("compiling kernels") == 1
    assert second.stderr == ""


def test_a_place_without_a_cache_compiles_all_the_same(tmp_path):
    """As in a container whose user may write nowhere: numba finds no place for its cache when the kernels are made."""
    no_cache = "import numba.core.caching as c; c.CacheImpl._locator_classes = []; "
    out = python(no_cache + RUN + "; print('done')", tmp_path)
    assert out.stdout.strip() == "done"


def test_importing_minigan_does_not_import_numba(tmp_path):
    out = python("import minigan, minigan.cli, sys; print('numba' in sys.modules, 'numpy' in sys.modules)", tmp_path)
    assert out.stdout.split() == ["False", "False"]
