"""A team of threads inside compiled code: all threads run the same kernel, and each does its share of it.

A kernel for a team is one compiled function. Its first arguments are `me`, the number of the thread, and `team`:

    @fast
    def double(me, team, x, y):
        begin(me, team)                             # from here on the helpers run this function, too
        for i in shares(me, team, len(x)):          # each i goes to one thread; all wait for the last one
            y[i] = 2 * x[i]
        end(me, team)                               # the helpers have left

`threads.run` calls it. To hand a job to another thread by way of Python costs some 30 microseconds, as long as a small
layer. Here a helper looks at a counter in memory, in compiled code, and the hand-over costs about one.

Shares. Of n shares each of T threads owns n / T, rounded up, one after the other, and takes them in order: so from one
kernel to the next its images stay in its core's cache. Then it takes those that the others have not begun. So a thread
whose core is busy with another program holds nobody up, and a helper that never comes does no harm. What a share
computes depends on its number, and not on the thread that does it: the same machine gives the same bits.

Denormal numbers (below 1.2e-38 in float32) count as 0 inside a kernel: some processors take 150 cycles for each of
them. See denormals.py.

`team` is an array of integers. Each has a cache line of its own, so that two threads that write do not disturb each
other.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from minigan.kernels.machine.compiling import OPTIONS, fast, inner
from minigan.kernels.machine.denormals import flush_here, restore

LINE = 8  # integers in a cache line
ORDER = 0 * LINE  # counts the jobs: odd while helpers may enter
CALL = 1 * LINE  # the job: the address of a function, and of its arguments; 0: a job in Python
INSIDE = 2 * LINE  # how many helpers are inside
DONE = 3 * LINE  # shares that are done, of all loops of this job
SIZE = 4 * LINE  # T, how many threads
OVER = 5 * LINE  # 1: the helpers shall end
MEMBERS = 6  # lines before those of the threads
TAKEN, PAST, SEEN, STATE = 0, 1, 2, 3  # in a thread's line: its shares that are taken, those of loops before, the last
# job seen, how it took denormal numbers before

PAUSES = 1 << 6  # looks at a counter before a waiting thread lets other programs have the core
WAIT, PYTHON, END = 0, 1, 2  # why `serve` returns


def assembled(size: int) -> np.ndarray:
    """A team of so many threads."""
    raw = np.zeros((MEMBERS + size + 1) * LINE, np.int64)
    offset = -raw.ctypes.data // 8 % LINE
    team = raw[offset : offset + (MEMBERS + size) * LINE]
    team[SIZE] = size
    return team


@intrinsic
def load(typing_context: Any, team: types.Array, i: types.Integer) -> tuple:
    """team[i] as it is in memory now."""

    def write(context, builder, signature, args):
        return builder.load_atomic(place(context, builder, signature, args, args[1]), ordering="seq_cst", align=8)

    return types.int64(team, types.intp), write


@intrinsic
def add(typing_context: Any, team: types.Array, i: types.Integer, value: types.Integer) -> tuple:
    """team[i] += value, at once for all threads."""

    def write(context, builder, signature, args):
        builder.atomic_rmw("add", place(context, builder, signature, args, args[1]), args[2], "seq_cst")
        return context.get_dummy_value()

    return types.void(team, types.intp, types.int64), write


@intrinsic
def swap(typing_context: Any, team: types.Array, i: types.Integer, old: types.Integer, new: types.Integer) -> tuple:
    """team[i] = new if it is `old` -> whether it was, at once for all threads."""

    def write(context, builder, signature, args):
        pointer = place(context, builder, signature, args, args[1])
        return builder.extract_value(builder.cmpxchg(pointer, args[2], args[3], "seq_cst", "seq_cst"), 1)

    return types.boolean(team, types.intp, types.int64, types.int64), write


def place(context: Any, builder: ir.IRBuilder, signature: Any, args: tuple, i: int | ir.Value) -> ir.Value:
    """The address of team[i], for an intrinsic that has `team` among its arguments."""
    (k,) = [k for k, kind in enumerate(signature.args) if isinstance(kind, types.Array)]
    data = context.make_array(signature.args[k])(context, builder, args[k]).data
    return builder.gep(data, [int64(i) if isinstance(i, int) else i])


def int64(number: int) -> ir.Constant:
    return ir.Constant(ir.IntType(64), number)


YIELD = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
let_others_run = types.ExternalFunction(YIELD, types.int32())  # of the operating system

PAUSE = {"x86_64": ["llvm.x86.sse2.pause"], "aarch64": ["llvm.aarch64.hint", 1], "arm64": ["llvm.aarch64.hint", 1]}


@intrinsic
def relax(typing_context: Any) -> tuple:
    """A short pause: the core's other thread may run meanwhile, and less power is used."""

    def write(context, builder, signature, args):
        machine = builder.module.triple.partition("-")[0]
        if machine in PAUSE:
            name, *numbers = PAUSE[machine]
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(32)] * len(numbers))
            pause = cgutils.get_or_insert_function(builder.module, kind, name)
            builder.call(pause, [ir.Constant(ir.IntType(32), number) for number in numbers])
        return context.get_dummy_value()

    return types.void(), write


HELP = ir.FunctionType(ir.VoidType(), [ir.IntType(64), ir.IntType(8).as_pointer()])  # (me, the stored arguments)


@intrinsic
def begin(typing_context: Any, me: types.Integer, team: types.Array) -> tuple:
    """The first line of a kernel f(me, team, ...): the helpers call f, too, with the same arguments and their own `me`.

    numba compiles f into a function with two arguments more, for its result and for an error; and an array is several
    arguments. All of them are stored as they are, and a small function reads them back and calls f.
    """

    def write(context, builder, signature, args):
        result, error, _, *given = builder.function.args
        pack = ir.LiteralStructType([value.type for value in given])
        helped = ir.Function(builder.module, HELP, f"{builder.function.name}.helped")
        helped.linkage = "internal"
        inner = ir.IRBuilder(helped.append_basic_block())
        stored = inner.load(inner.bitcast(helped.args[1], pack.as_pointer()))
        slots = [inner.alloca(slot.type.pointee) for slot in (result, error)]
        values = [inner.extract_value(stored, k) for k in range(len(given))]
        inner.call(builder.function, [*slots, helped.args[0], *values])
        inner.ret_void()

        memory = cgutils.alloca_once(builder, pack)
        alone = builder.icmp_signed("==", builder.load(place(context, builder, signature, args, SIZE)), int64(1))
        helper = builder.icmp_signed("!=", args[0], int64(0))
        with builder.if_then(builder.not_(builder.or_(alone, helper))):
            for k, value in enumerate(given):
                builder.store(value, cgutils.gep_inbounds(builder, memory, 0, k))
            for k, pointer in enumerate((helped, memory)):
                number = builder.ptrtoint(pointer, ir.IntType(64))
                builder.store(number, place(context, builder, signature, args, CALL + k))
            builder.atomic_rmw("add", place(context, builder, signature, args, ORDER), int64(1), "seq_cst")
        line = builder.mul(builder.add(args[0], int64(MEMBERS)), int64(LINE))
        state = place(context, builder, signature, args, builder.add(line, int64(STATE)))
        builder.store(flush_here(builder), state)
        return context.get_dummy_value()

    return types.void(types.int64, team), write


@intrinsic
def call(typing_context: Any, address: types.Integer, me: types.Integer, stored: types.Integer) -> tuple:
    """Call what `begin` has stored."""

    def write(context, builder, signature, args):
        function = builder.inttoptr(args[0], HELP.as_pointer())
        builder.call(function, [args[1], builder.inttoptr(args[2], ir.IntType(8).as_pointer())])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), write


@inner
def end(me: int, team: np.ndarray) -> None:
    """The last line of a kernel: the thread gets its state back, and the caller waits until the helpers have left."""
    restore(np.uint64(team[(MEMBERS + me) * LINE + STATE]))
    if me == 0:
        close(team)


@fast
def close(team: np.ndarray) -> None:
    """No helper may enter any more. Wait until all have left, and clear the counters."""
    if team[SIZE] > 1:
        add(team, ORDER, 1)
        looks = 0
        while load(team, INSIDE) > 0:
            looks = patient(looks)
    clear(team)


@fast
def open_for_python(team: np.ndarray) -> None:
    """Let the helpers begin a job in Python. `close` ends it."""
    team[CALL] = 0
    add(team, ORDER, 1)


@fast
def leave(team: np.ndarray) -> None:
    """A helper has done its part of a job in Python."""
    add(team, INSIDE, -1)


@inner
def clear(team: np.ndarray) -> None:
    team[DONE] = 0
    for k in range(team[SIZE]):
        line = (MEMBERS + k) * LINE
        team[line + TAKEN], team[line + PAST] = 0, 0


@njit(**OPTIONS)  # not kept on disk: numba cannot compile a loop over a generator that it has read from there
def shares(me: int, team: np.ndarray, n: int) -> Iterator[int]:
    """The shares 0 ... n - 1 that this thread has taken, one by one. It ends when all threads have done theirs.

    Each thread owns the next `each` numbers of its counter; those behind share n - 1 stand for nothing.
    """
    size = team[SIZE]
    each = -(-n // size)
    mine = (MEMBERS + me) * LINE
    past = team[mine + PAST]
    for k in range(size):
        owner = (me + k) % size
        counter = (MEMBERS + owner) * LINE + TAKEN
        while True:
            number = load(team, counter)
            if number >= past + each:
                break
            if swap(team, counter, number, number + 1):
                share = owner * each + number - past
                if share < n:
                    yield share
                add(team, DONE, 1)
    past += each
    team[mine + PAST] = past
    looks = 0
    while load(team, DONE) < size * past:
        looks = patient(looks)


@inner
def parts_of(team: np.ndarray) -> int:
    """Into how many shares to cut what may be cut anywhere: two for each thread, so that one that is held up by another
    program can leave one of its own to the others."""
    return 1 if team[SIZE] == 1 else 2 * team[SIZE]


@inner
def patient(looks: int) -> int:
    """A thread that waits calls this between two looks at a counter. At times it lets other programs have the core."""
    relax()
    if looks % PAUSES == PAUSES - 1:
        let_others_run()
    return looks + 1


@fast
def serve(me: int, team: np.ndarray, looks: int) -> int:
    """What a helper does: wait for jobs, and do its shares -> why it stopped waiting.

    WAIT: after so many looks nothing had come. PYTHON: the job is one of Python; the helper counts as inside.
    """
    line = (MEMBERS + me) * LINE
    waited = 0
    while waited < looks:
        if team[OVER] != 0:
            return END
        order = load(team, ORDER)
        if order % 2 == 0 or order == team[line + SEEN]:
            waited = patient(waited)
            continue
        waited = 0
        add(team, INSIDE, 1)
        if load(team, ORDER) == order:
            team[line + SEEN] = order
            if team[CALL] == 0:
                return PYTHON
            call(team[CALL], me, team[CALL + 1])
        add(team, INSIDE, -1)
    return WAIT
