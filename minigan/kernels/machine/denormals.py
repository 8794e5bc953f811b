"""Numbers too small for full precision: let the processor take them for 0 inside a kernel.

Below 1.2e-38 a float32 has fewer digits than usual (it is denormal, or subnormal); below 1.4e-45 it is 0. Some
processors need 150 cycles for an operation on one. `flush` makes the calling thread take denormal operands for 0, and
write 0 for denormal results. `restore` puts back what was before:

    before = flush()
    ...                 # loops
    restore(before)

Only compiled functions call them. A thread that runs Python must get its state back: elsewhere x - y == 0 means x == y.
Where no operand and no result is denormal, all bits are the same. The places of the switch: bits 6 and 15 of MXCSR
(Intel's manual, volume 1, section 10.2.3), bit 24 of FPCR (Arm's manual, "FPCR, Floating-point Control Register").
"""

from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from minigan.kernels.machine.target import compiled_for


class Switch(NamedTuple):
    """How a kind of processor is told, in LLVM's words."""

    bits: int  # of the control register
    mask: int  # those of them that flush
    read: str
    write: str
    by_address: bool  # whether both take a place in memory


X86 = Switch(32, 1 << 15 | 1 << 6, "llvm.x86.sse.stmxcsr", "llvm.x86.sse.ldmxcsr", True)
ARM = Switch(64, 1 << 24, "llvm.aarch64.get.fpcr", "llvm.aarch64.set.fpcr", False)
SWITCHES = {"x86_64": X86, "aarch64": ARM, "arm64": ARM}  # by the first word of LLVM's triple; arm64: macOS
SWITCH = SWITCHES.get(compiled_for()[0].partition("-")[0])  # None: this kind of processor is left as it is


@intrinsic
def flush(typing_context: Any) -> tuple:
    """Take denormal numbers for 0 from now on, in this thread. -> the state before, for `restore`."""

    def write(context, builder, signature, args):
        return flush_here(builder)

    return types.uint64(), write


def flush_here(builder: ir.IRBuilder) -> ir.Value:
    """`flush`, for what is written by hand: its instructions, and the state before, of 64 bits."""
    if SWITCH is None:
        return ir.Constant(ir.IntType(64), 0)
    before = read_state(builder)
    write_state(builder, builder.or_(before, ir.Constant(before.type, SWITCH.mask)))
    return builder.zext(before, ir.IntType(64)) if SWITCH.bits < 64 else before


@intrinsic
def restore(typing_context: Any, before: types.Type) -> tuple:
    """Take denormal numbers as before `flush`. All else stays: x86 keeps in the same register what went wrong, such as
    an operation on a NaN that signals, and who asks for it later must find it."""

    def write(context, builder, signature, args):
        if SWITCH is not None:
            before = builder.trunc(args[0], ir.IntType(32)) if SWITCH.bits < 64 else args[0]
            now, mask = read_state(builder), ir.Constant(before.type, SWITCH.mask)
            write_state(builder, builder.or_(builder.and_(now, builder.not_(mask)), builder.and_(before, mask)))
        return context.get_dummy_value()

    return types.void(types.uint64), write


def read_state(builder: ir.IRBuilder) -> ir.Value:
    number = ir.IntType(SWITCH.bits)
    if not SWITCH.by_address:
        return builder.call(declared(builder, SWITCH.read, ir.FunctionType(number, [])), [])
    place, takes = memory_for(builder, number)
    builder.call(declared(builder, SWITCH.read, takes), [place])
    return builder.load(builder.bitcast(place, number.as_pointer()))


def write_state(builder: ir.IRBuilder, state: ir.Value) -> None:
    """Between two fences: the compiler may not move reads and writes of arrays over them. They are no instructions."""
    builder.fence("seq_cst", "singlethread")
    operand, takes = state, ir.FunctionType(ir.VoidType(), [state.type])
    if SWITCH.by_address:
        operand, takes = memory_for(builder, state.type)
        builder.store(state, builder.bitcast(operand, state.type.as_pointer()))
    builder.call(declared(builder, SWITCH.write, takes), [operand])
    builder.fence("seq_cst", "singlethread")


def memory_for(builder: ir.IRBuilder, number: ir.IntType) -> tuple[ir.Value, ir.FunctionType]:
    """The address of memory for a number, and the type of a function that takes an address."""
    place = builder.bitcast(cgutils.alloca_once(builder, number), ir.IntType(8).as_pointer())
    return place, ir.FunctionType(ir.VoidType(), [place.type])


def declared(builder: ir.IRBuilder, name: str, kind: ir.FunctionType) -> ir.Function:
    return cgutils.get_or_insert_function(builder.module, kind, name)
