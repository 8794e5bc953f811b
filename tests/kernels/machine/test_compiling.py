"""How kernels are compiled, and when anew."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "line",
    ["from some.inner import f", "from ..inner import (\n    f as g,\n)", "from .. import inner as other",
     "import some.inner as other", "from some import f", "import numpy, some.between"],
)  # fmt: skip
def test_the_sources_of_a_kernel_in_another_package(line, tmp_path, monkeypatch):
    """However the file of a subpackage imports it: some/inner.py, and minigan's product through it."""
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "__init__": "from .inner import f\n",
        "inner": "from minigan.kernels import product\nf = product.product\n",
        "between": "def late():\n    from some.inner import f\n    return f\n",
        "sub/__init__": "",
        "sub/outer": f"import numpy as np\n{line}\n",
    }
    (tmp_path / "some" / "sub").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "some" / f"{name}.py").write_text(text)
    outer = importlib.import_module("some.sub.outer")
    try:
        found = jit.sources(outer.__file__, "some.sub.outer")
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "some"]:
            del sys.modules[name]
    assert {path.stem for path in found} >= {"outer", "inner", "product", "vectors"}
    assert not any("numpy" in path.parts for path in found)


def test_a_module_beside_a_script_is_a_source(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helper_of_mine.py").write_text("from minigan.kernels.product import product\n")
    (tmp_path / "mine.py").write_text("from helper_of_mine import product\n")
    importlib.import_module("helper_of_mine")
    found = {path.stem for path in jit.sources(str(tmp_path / "mine.py"), "__main__")}
    assert found >= {"mine", "helper_of_mine", "product", "vectors"}


def test_a_cell_of_a_notebook(tmp_path):
    """numba keeps what is compiled there, though there is no file."""
    code = "from minigan.kernels.machine.compiling import fast\n@fast\ndef twice(x):\n    return 2 * x\nprint(twice(3))"
    start = f"from IPython.core.interactiveshell import InteractiveShell as S; S().run_cell({code!r})"
    assert run(tmp_path, start) == ["6"]
