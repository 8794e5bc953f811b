"""Which vectors the compiler writes, for this processor and for others."""

import os
import platform
import subprocess
import sys

import pytest
from llvmlite import binding

from minigan.kernels.machine import target
from minigan.kernels.machine.target import Vectors, written_for

X86 = platform.machine().lower() in ("x86_64", "amd64")
LINUX = "x86_64-unknown-linux-gnu"


@pytest.mark.skipif(not X86, reason="names of x86 processors")
@pytest.mark.parametrize(
    "name, features, vectors",
    [("generic", "", (128, 16, False)), ("nehalem", "", (128, 16, False)), ("x86-64-v2", "", (128, 16, False)),
     ("sandybridge", "", (256, 16, False)), ("haswell", "", (256, 16, True)), ("x86-64-v3", "", (256, 16, True)),
     ("bdver2", "", (256, 16, True)), ("alderlake", "", (256, 16, True)), ("znver3", "", (256, 16, True)),
     ("skylake-avx512", "", (512, 32, True)), ("knl", "", (512, 32, True)), ("znver4", "", (512, 32, True)),
     ("sapphirerapids", "", (512, 32, True)), ("x86-64-v4", "", (512, 32, True)),
     ("haswell", "-fma", (256, 16, False)), ("haswell", "-avx", (128, 16, False)),
     ("x86-64-v4", "-avx512f", (256, 16, True)), ("x86-64-v4", "-fma", (256, 16, False)),  # AVX-512 implies FMA
     ("generic", "+avx2,+fma", (256, 16, True)), ("generic", "+avx512f", (512, 32, True))],
)  # fmt: skip
def test_the_vectors_of_processors(name, features, vectors):
    assert written_for(LINUX, name, features) == vectors


@pytest.mark.parametrize(
    "triple, name",
    [("aarch64-linux-gnu", ""), ("aarch64-linux-gnu", "neoverse-v1"), ("arm64-apple-macosx", "apple-m1"),
     ("aarch64-pc-windows-msvc", "")],
)  # fmt: skip
def test_arm_has_32_registers_of_128_bits(triple, name):
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    try:
        binding.Target.from_triple(triple)
    except RuntimeError:
        pytest.skip("this LLVM writes for its own processor only")
    assert written_for(triple, name, "") == (128, 32, True)


def run(code, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_CPU")}
    done = subprocess.run([sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True)
    return done.stdout.strip() + done.stderr.strip()


SAY = "from minigan.kernels.machine.target import vectors; print(tuple(vectors()))"


@pytest.mark.skipif(not X86, reason="names of x86 processors")
@pytest.mark.parametrize(
    "environment, vectors",
    [({"NUMBA_CPU_NAME": "generic"}, "(128, 16, False)"), ({"NUMBA_CPU_FEATURES": "-avx"}, "(128, 16, False)")],
)
def test_what_numba_is_told_is_believed(environment, vectors):
    """With the features -avx alone, those of the processor's name are left, without AVX and all that needs it."""
    assert run(SAY, **environment) == vectors


@pytest.mark.skipif(not X86, reason="names of x86 processors")
def test_a_name_without_features_leaves_numba_those_of_this_processor():
    """NUMBA_CPU_NAME=nehalem alone still writes AVX2 or AVX-512 on a processor that has them."""
    found = {run(SAY), run(SAY, NUMBA_CPU_NAME="nehalem")}
    assert len(found) == 1


def test_more_than_the_processor_has_is_refused(monkeypatch):
    here = Vectors(256, 16, False)
    monkeypatch.setattr(target, "compiled_for", lambda: ("", "sapphirerapids", ""))
    monkeypatch.setattr(target, "written_for", lambda _, name, __: Vectors(512, 32, True) if "sapph" in name else here)
    with pytest.raises(ValueError) as error:
        target.vectors.__wrapped__()
    told = "told to compile for 'sapphirerapids', with 32 vector registers of 512 bits and an FMA"
    for part in (told, "has 16 vector registers of 256 bits and no FMA", "fix: unset", "NUMBA_CPU_NAME"):
        assert part in str(error.value)
    monkeypatch.setattr(target, "written_for", lambda _, name, __: Vectors(128, 16, False) if "sapph" in name else here)
    assert target.vectors.__wrapped__() == (128, 16, False)
