"""Denormal numbers are 0 between `flush` and `restore`, and only there."""

import threading

import numpy as np
import pytest
from llvmlite import binding, ir

from minigan.kernels.machine import denormals
from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.denormals import SWITCH, flush, restore

KINDS = [np.float32, np.float64]
flushes = pytest.mark.skipif(SWITCH is None, reason="this kind of processor has no switch that we know")


@fast
def scaled(x, y, by, flushed):
    """y = x * by, flushed or not."""
    before = flush() if flushed else np.uint64(0)
    for i in range(x.size):
        y[i] = x[i] * by
    if flushed:
        restore(before)


NOTED = 0x3F if denormals.SWITCH == denormals.X86 else 0  # bits for what went wrong, which stay


@fast
def state():
    """The state of this thread, unchanged."""
    before = flush()
    restore(before)
    return before


def small(dtype):
    """Denormal operands, operands whose halves are denormal, normal ones."""
    info = np.finfo(dtype)
    return np.array(
        [info.smallest_subnormal * 4, -info.tiny / 4, info.tiny, -info.tiny * 1.5, info.tiny * 2, 1, -3], dtype
    )


@flushes
@pytest.mark.parametrize("dtype", KINDS)
def test_denormal_operands_and_results_are_0(dtype):
    x = small(dtype)
    y = np.full_like(x, 7)
    scaled(x, y, x.dtype.type(0.5), True)
    assert y.tolist() == [0, 0, 0, 0, np.finfo(dtype).tiny, 0.5, -1.5]
    scaled(x, y, x.dtype.type(0.5), False)
    assert (y == x / 2).all() and y[0] > 0
    large = dtype(2**60)
    scaled(x, y, large, True)  # the operand is denormal, the product would not be
    assert y[:2].tolist() == [0, 0] and (y[2:] == x[2:] * large).all()
    scaled(x, y, large, False)
    assert (y == x * large).all() and y[0] > 0


@pytest.mark.parametrize("dtype", KINDS)
def test_a_thread_has_its_state_back(dtype):
    x, y, before = small(dtype), small(dtype), state() & ~NOTED
    scaled(x, y, x.dtype.type(0.5), True)
    assert state() & ~NOTED == before
    assert 5e-324 * 2 > 5e-324 > 0 and (x / 2 != 0).all()  # Python's numbers and NumPy's


@flushes
def test_another_thread_is_not_changed():
    """While one thread flushes, and for a thread that it starts later."""
    found = []

    def other():
        x = small(np.float32)
        found.append((x / 2 != 0).all())

    before = begin()
    try:
        assert np.float64(5e-324) * 2 == 0  # of this thread
    finally:
        end(before)
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found == [True]


@fast
def begin():
    return flush()


@fast
def end(before):
    restore(before)


@pytest.mark.parametrize("dtype", KINDS)
def test_without_denormals_all_bits_are_the_same(dtype, rng):
    x = rng.standard_normal(1000).astype(dtype)
    x[:4] = 0, -0.0, np.inf, np.nan
    got, want = np.empty_like(x), np.empty_like(x)
    scaled(x, got, x.dtype.type(0.5), True)
    scaled(x, want, x.dtype.type(0.5), False)
    assert got.tobytes() == want.tobytes()


def test_a_processor_without_a_switch_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(denormals, "SWITCH", None)

    @fast
    def pass_through(x, y):
        before = flush()
        y[0] = x[0] / 2
        restore(before)
        return before

    x, y = small(np.float32), np.zeros(1, np.float32)
    assert pass_through(x, y) == 0 and y[0] == x[0] / 2 != 0


@pytest.mark.parametrize("triple", ["aarch64-linux-gnu", "arm64-apple-macosx"])
def test_the_instructions_of_arm(triple, monkeypatch):
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    try:
        machine = binding.Target.from_triple(triple).create_target_machine()
    except RuntimeError:
        pytest.skip("this LLVM writes for its own processor only")
    monkeypatch.setattr(denormals, "SWITCH", denormals.SWITCHES[triple.partition("-")[0]])
    module = ir.Module()
    module.triple = triple
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    denormals.write_state(builder, denormals.read_state(builder))
    builder.ret_void()
    text = machine.emit_assembly(binding.parse_assembly(str(module))).lower()
    assert text.index("mrs\t") < text.index("msr\tfpcr")
