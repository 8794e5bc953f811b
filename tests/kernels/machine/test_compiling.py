"""How kernels are compiled, and when anew."""

import os
import subprocess
import sys
from pathlib import Path

import minigan
from minigan.kernels import winograd
from minigan.kernels.machine import compiling as jit


def run(folder, code):
    """What a new process prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(Path(minigan.__file__).parents[1])])}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_change_in_a_file_that_is_imported_is_seen(tmp_path):
    """`outer` stands in a file that does not change; what it is compiled from does."""
    package = tmp_path / "few"
    package.mkdir()
    (package / "__init__.py").write_text("")
    head = "from minigan.kernels.machine.compiling import fast\n"
    inner = "@fast\ndef inner(x):\n    return x + {}\n"
    (package / "inner.py").write_text(head + inner.format(1))
    (package / "between.py").write_text("from few.inner import inner\n")
    outer = "@fast\ndef outer(x):\n    return 2 * inner(x)\n"
    (package / "outer.py").write_text(head + "from few.between import inner\n" + outer)
    code = "from few.outer import outer; print(outer(3), sum(outer.stats.cache_hits.values()))"
    assert run(tmp_path, code) == ["8", "0"]
    assert run(tmp_path, code) == ["8", "1"]  # kept
    (package / "inner.py").write_text(head + inner.format(10))
    assert run(tmp_path, code) == ["26", "0"]


def test_the_sources_of_a_kernel(tmp_path):
    def names(file, module):
        return {path.stem for path in jit.sources(str(file), module)}

    found = names(winograd.__file__, "minigan.kernels.winograd")
    assert found >= {"winograd", "product", "transforms", "vectors", "compiling"} and "direct" not in found
    mine = tmp_path / "mine.py"  # a kernel from outside, of a module without a package
    mine.write_text("from minigan.kernels.product import product\nfrom minigan.kernels.none import nothing\n")
    assert names(mine, "mine") == names(mine, None) == {"mine", "product", "vectors", "compiling"}
    assert names("<a cell of a notebook>", "__main__") == set()


def test_a_cell_of_a_notebook(tmp_path):
    """numba keeps what is compiled there, though there is no file."""
    code = "from minigan.kernels.machine.compiling import fast\n@fast\ndef twice(x):\n    return 2 * x\nprint(twice(3))"
    start = f"from IPython.core.interactiveshell import InteractiveShell as S; S().run_cell({code!r})"
    assert run(tmp_path, start) == ["6"]
