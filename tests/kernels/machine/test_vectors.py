"""The kernels on registers of every width that this processor can be told to use."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from llvmlite import binding
from numba import njit

from minigan.kernels.machine import target, vectors
from minigan.kernels.machine.compiling import OPTIONS
from minigan.kernels.machine.target import written_for
from minigan.kernels.machine.vectors import rows_of_blocks

# NUMBA_CPU_NAME and NUMBA_CPU_FEATURES, and what they must bring. AVX-512 implies FMA.
FORCED = {
    "512 bits": ("x86-64-v4", "", (512, 32, True)),
    "256 bits": ("x86-64-v3", "", (256, 16, True)),
    "256 bits, no FMA, no AVX2": ("x86-64-v3", "-fma,-avx2", (256, 16, False)),
    "128 bits, no FMA": ("generic", "", (128, 16, False)),
}
TESTS = Path(__file__).parents[1]  # those of the kernels: each against its plain twin, float32 and float64
RUN = """
import sys, pytest
from minigan.kernels.machine import target, vectors
print((vectors.REGISTER_BITS, vectors.REGISTERS, target.vectors().fused), flush=True)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("registers, rows", [(16, (4, 6)), (32, (8, 8))])
def test_the_sums_of_a_block_fit_into_the_registers(registers, rows):
    assert rows_of_blocks(registers) == rows
    assert all(2 * r + 2 + 1 <= registers for r in rows)


def test_a_vector_is_as_wide_as_the_compiler_writes():
    assert vectors.REGISTER_BITS == target.vectors().bits
    assert (vectors.ROWS, vectors.TALL) == rows_of_blocks(target.vectors().registers)


@pytest.mark.long
@pytest.mark.parametrize("wanted", FORCED)
def test_all_kernels_on_other_vectors(wanted, tmp_path):
    """The tests of the kernels in a process that compiles for them, with a cache of its own."""
    name, features, expected = FORCED[wanted]
    if platform.machine().lower() not in ("x86_64", "amd64"):
        pytest.skip("only x86 processors have vectors of several widths")
    triple = target.compiled_for()[0]
    here = written_for(triple, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    if any(a > b for a, b in zip(expected, here, strict=True)):
        pytest.skip(f"this processor has {target.in_words(here)}")
    if expected == target.vectors():
        pytest.skip("the other tests run on these vectors")
    processor = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    environment = os.environ | processor | {"NUMBA_CACHE_DIR": str(tmp_path)}
    others = [Path(__file__).parent, TESTS / "test_plain.py", TESTS / "test_costs.py"]  # no kernels, but what uses them
    command = [sys.executable, "-c", RUN, str(TESTS), *(f"--ignore={other}" for other in others)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    first, *rest = done.stdout.splitlines()
    assert first == str(expected)
    assert done.returncode == 0, "\n".join(rest[-60:])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 instructions")
def test_the_loop_over_k_is_not_unrolled_so_its_sums_stay_in_registers():
    multiply, K = vectors.block_product(vectors.TALL, 2), 16

    @njit(**OPTIONS)
    def block(a, b, c, K):
        multiply(a, 0, 16, 1, 0, b, 0, 64, c, 0, 64, K, False)

    block(*np.zeros((3, 4096), np.float32), K)
    most = max(sum(word in line for line in loop for word in ("fmadd", "mulps")) for loop in loops(block))
    assert most == 2 * vectors.TALL


def loops(compiled):
    """The lines of each loop in the assembly of a function: from a label to a jump back to it."""
    (text,) = compiled.inspect_asm().values()
    lines = text.splitlines()
    labels = {found[1]: i for i, line in enumerate(lines) if (found := re.match(r"([.\w]+):", line))}
    for i, line in enumerate(lines):
        jump = re.match(r"\s+j\w+\s+([.\w]+)", line)
        if jump and labels.get(jump[1], i) < i:
            yield lines[labels[jump[1]] : i]
