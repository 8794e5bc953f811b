"""Which vector instructions the compiler writes: those of this processor, or of the one that numba is told.

Three things decide how fast a loop can be: how many bits a vector register holds, how many registers there are, and
whether a * b + c is one instruction (FMA). They must come from the compiler. NUMBA_CPU_NAME and NUMBA_CPU_FEATURES
let numba compile for another processor than this one; a kernel that believes in wider registers than the compiler
writes loses numbers. Names of features do not tell either: a feature may imply or exclude others. So `written_for`
gives the compiler a few lines, and reads what it writes.
"""

import functools
import hashlib
import re
from typing import NamedTuple

from llvmlite import binding, ir
from numba.core.registry import cpu_target

LIVE = 20  # vectors that the probe needs at the same time: more than 16 registers, fewer than 32
REGISTER = re.compile(r"\b(?:[xyz]mm|[vq])(\d+)")  # x86: xmm3, ymm3, zmm3; ARM: v3, q3


class Vectors(NamedTuple):
    """The vector registers that the compiler uses, and whether it can fuse a * b + c into one instruction."""

    bits: int  # of a register
    registers: int
    fused: bool


@functools.cache
def vectors() -> Vectors:
    """What numba writes in this process. Raises ValueError if the environment asks for more than this processor has."""
    triple, name, features = compiled_for()
    asked = written_for(triple, name, features)
    here = written_for(triple, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    if any(a > b for a, b in zip(asked, here, strict=True)):
        raise ValueError(
            f"numba is told to compile for {name!r}, with {in_words(asked)}; this processor has {in_words(here)}; "
            f"fix: unset the environment variables NUMBA_CPU_NAME and NUMBA_CPU_FEATURES"
        )
    return asked


def compiled_for() -> tuple[str, str, str]:
    """What numba compiles for: LLVM's triple, the name of the processor, its features. numba's own cache asks the same
    question."""
    return cpu_target.target_context.codegen().magic_tuple()


@functools.cache
def written_for(triple: str, name: str, features: str) -> Vectors:
    """The Vectors in what LLVM writes for a processor.

    The probe computes 20 times x * f + x', on vectors of 512 bits. The compiler cuts them into the registers it has.
    """
    machine = binding.Target.from_triple(triple).create_target_machine(cpu=name, features=features)
    text = machine.emit_assembly(binding.parse_assembly(probe(triple)))
    bits = 512 if "zmm" in text else 256 if "ymm" in text else 128
    registers = 32 if max((int(number) for number in REGISTER.findall(text)), default=0) >= 16 else 16
    return Vectors(bits, registers, "mul" not in text)


def probe(triple: str) -> str:
    """The lines that are given to the compiler, in LLVM's language."""
    module = ir.Module("probe")
    module.triple, vector = triple, ir.VectorType(ir.FloatType(), 16)
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [vector.as_pointer()] * 2), "probe")
    builder = ir.IRBuilder(function.append_basic_block())
    source, target = function.args
    places = [ir.Constant(ir.IntType(64), i) for i in range(LIVE + 1)]
    *x, factor = [builder.load(builder.gep(source, [place]), align=4) for place in places]
    for i in range(LIVE):
        result = builder.fmul(x[i], factor, flags=("contract",))
        result = builder.fadd(result, x[(i + 1) % LIVE], flags=("contract",))
        builder.store(result, builder.gep(target, [places[i]]), align=4)
    builder.ret_void()
    return str(module)


@functools.cache
def key() -> str:
    """Twelve digits that differ where numba compiles for another processor, or the kernels for other registers."""
    return hashlib.sha256(repr((compiled_for(), tuple(vectors()))).encode()).hexdigest()[:12]


def in_words(found: Vectors) -> str:
    return f"{found.registers} vector registers of {found.bits} bits and {'an' if found.fused else 'no'} FMA"
