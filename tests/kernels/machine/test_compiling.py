"""How kernels are compiled, and when anew."""

import contextlib
import importlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import minigan
from minigan.kernels import winograd
from minigan.kernels.machine import compiling as jit
from minigan.kernels.product import product


def run(folder, code, **variables):
    """What a new process prints. variables: of its environment."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(Path(minigan.__file__).parents[1])])}
    environment.pop("NUMBA_CACHE_DIR", None)
    environment |= variables
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


MULTIPLY = """
import numpy as np
from minigan.kernels.product import product
a, b, c = np.ones(9 * 8, np.float32), np.arange(8 * 64, dtype=np.float32), np.full(9 * 64 + 64, -1, np.float32)
product(a, 0, 8, 1, b, 0, 64, c, 0, 64, 9, 64, 8, False)
want = np.tile(b.reshape(8, 64).sum(axis=0), 9)
print((c[: 9 * 64] == want).all() and (c[9 * 64 :] == -1).all(), sum(product.stats.cache_hits.values()))
"""
PROCESSORS = [{}, {"NUMBA_CPU_NAME": "generic"}, {"NUMBA_CPU_FEATURES": "-avx512f"}, {"NUMBA_CPU_FEATURES": "-fma"}]


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="names of x86 processors")
def test_what_was_compiled_for_another_processor_is_not_read(tmp_path):
    """Nor thrown away: a home folder may be shared by machines of several kinds."""
    home = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for hits in "0", "1":
        for processor in PROCESSORS:
            assert run(tmp_path, MULTIPLY, **home, **processor) == ["True", hits], processor


def test_what_was_compiled_for_other_registers_is_not_read(tmp_path):
    """Though numba itself compiles for the same processor, and finds the same sources."""
    narrow = """
import re
from llvmlite.binding import TargetMachine
real = TargetMachine.emit_assembly
TargetMachine.emit_assembly = lambda *args: re.sub(r"([yz]mm|[vq])[0-9]+", "xmm0", real(*args))
"""
    home = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    for hits in "0", "1":
        for start in "", narrow:
            assert run(tmp_path, start + MULTIPLY, **home) == ["True", hits]


def test_the_sources_of_a_kernel(tmp_path):
    def names(file, module):
        return {path.stem for path in jit.sources(str(file), module)}

    found = names(winograd.__file__, "minigan.kernels.winograd")
    assert found >= {"winograd", "product", "transforms", "vectors", "compiling"} and "direct" not in found
    mine = tmp_path / "mine.py"  # a kernel from outside, of a module without a package
    mine.write_text("from minigan.kernels.product import product\nfrom minigan.kernels.none import nothing\n")
    assert names(mine, "mine") == names(mine, None) == {"mine", "product", "vectors", "compiling", "target"}
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


def test_a_part_of_kernels_refuses_python(tmp_path):
    """It has no way in from Python, and must not crash, compiled or not."""
    (tmp_path / "mine.py").write_text("""
from minigan.kernels.machine.compiling import fast, inlined, inner

@inner
def twice(x):
    return 2 * x

@inlined
def more(x):
    return twice(x) + 1

@fast
def outer(x):
    return more(x) + twice(1)
""")
    code = """
import mine
def tried():
    try:
        mine.twice(3)
    except TypeError as error:
        return "fast" in str(error)
print(tried(), mine.outer(3), tried(), len(mine.twice.signatures))
"""
    for _ in range(2):
        assert run(tmp_path, code)[:3] == ["True", "9", "True"]


def test_what_is_compiled_is_said_once_and_summed_up_at_the_end(capsys, monkeypatch):
    """A kernel that is compiled inside another one counts, but its time does not count twice."""
    hour = iter([0.0, 1.0, 3.0, 10.0, 11.5])  # inner has no end of its own
    monkeypatch.setattr(jit, "time", SimpleNamespace(perf_counter=lambda: next(hour)))
    monkeypatch.setattr(jit.atexit, "register", lambda function: None)
    announcer, foreign = jit.Announcer(), SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=len)})
    outer, inner = (SimpleNamespace(data={"dispatcher": kernel}) for kernel in (winograd.conv2d_pass, product))
    for event in (foreign, outer, foreign, inner):
        announcer.on_start(event)
    for event in (inner, foreign, outer, foreign):
        announcer.on_end(event)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "compiling kernels for this processor, once: winograd, later others" in said
    announcer.on_start(inner)
    announcer.on_end(inner)
    announcer.sum_up()
    (line,) = capsys.readouterr().err.splitlines()
    assert "compiling kernels took 4.5 s, for 3 of them (most: winograd 3.0 s, product 1.5 s)" in line


def test_what_takes_less_than_a_second_is_not_summed_up(capsys):
    jit.Announcer().sum_up()
    assert capsys.readouterr().err == ""


def test_two_processes_that_store_at_once_do_not_mix_up_what_they_store(tmp_path, monkeypatch):
    """The worst order: both have read the index before the other wrote it, and write at the same time. An entry may get
    lost. What is found is what was asked for."""
    one, other = (jit.Files(str(tmp_path), "kernel", "stamp") for _ in range(2))
    write_data = one._save_data

    def later(name, data):
        other.save("float64", "of float64")
        write_data(name, data)

    monkeypatch.setattr(jit, "SAVING", contextlib.nullcontext())  # each process has a lock of its own
    monkeypatch.setattr(one, "_save_data", later)
    monkeypatch.setattr(one, "_load_index", dict)
    one.save("float32", "of float32")
    new = jit.Files(str(tmp_path), "kernel", "stamp")
    assert new.load("float32") == "of float32"
    assert new.load("float64") in (None, "of float64")
    assert len(list(tmp_path.glob("*.nbc"))) == 2


def test_no_index_speaks_of_a_file_that_is_not_there(tmp_path, monkeypatch):
    files = jit.Files(str(tmp_path), "kernel", "stamp")
    monkeypatch.setattr(files, "_save_index", lambda index: 1 / 0)  # the process ends here
    with pytest.raises(ZeroDivisionError):
        files.save("float32", "of float32")
    assert jit.Files(str(tmp_path), "kernel", "stamp").load("float32") is None and not jit.SAVING.locked()


def test_is_stored(tmp_path):
    code = """
from minigan.kernels.machine.compiling import fast, is_stored
@fast
def never(x):
    return x
print(is_stored(never), is_stored(len))
"""
    assert run(tmp_path, code, NUMBA_CACHE_DIR=str(tmp_path / "cache")) == ["True", "True"]  # no file: nothing is kept
    code = """
import numpy as np
from minigan.kernels.machine.compiling import is_stored
from minigan.kernels.machine.team import clear, assembled, open_for_python
print(is_stored(open_for_python)); open_for_python(assembled(1)); print(is_stored(open_for_python))
"""
    assert run(tmp_path, code, NUMBA_CACHE_DIR=str(tmp_path / "cache")) == ["False", "True"]
    assert run(tmp_path, code, NUMBA_CACHE_DIR=str(tmp_path / "cache")) == ["True", "True"]
